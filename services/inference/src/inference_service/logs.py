"""Log lines as JSON objects on the standard output, with the trace that a request belongs to and without secrets."""

from __future__ import annotations

import re
import sys
import threading
import traceback
from datetime import datetime, timezone
from secrets import token_hex
from typing import Any, NamedTuple

import orjson

from .redaction import redact

_TRACEPARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_lock = threading.Lock()


class Trace(NamedTuple):
    """A span of this service in a trace (W3C Trace Context)."""

    trace_id: str
    span_id: str
    parent_id: str | None


def trace_of(header: bytes | None) -> Trace:
    """The trace that a header `traceparent` tells of, or a new one where it tells of none."""
    match = _TRACEPARENT.fullmatch(header) if header is not None else None
    if match is not None:
        version, trace, parent, _, rest = match.groups()
        # version ff is invalid, later ones may have more parts, and nothing but zeros is no trace
        valid = version != b"ff" and (version != b"00" or rest is None)
        if valid and trace.strip(b"0") and parent.strip(b"0"):
            return Trace(trace.decode(), token_hex(8), parent.decode())
    return Trace(token_hex(16), token_hex(8), None)


def log(level: str, message: str, trace: Trace | None = None, **fields: Any) -> None:
    """Writes one line."""
    line: dict[str, Any] = {
        "timestamp": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "level": level,
        "message": message,
        **fields,
    }
    if trace is not None:
        line["trace_id"], line["span_id"] = trace.trace_id, trace.span_id
        if trace.parent_id is not None:
            line["parent_id"] = trace.parent_id
    _write(orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE))


def info(message: str, trace: Trace | None = None, **fields: Any) -> None:
    log("info", message, trace, **fields)


def warning(message: str, trace: Trace | None = None, **fields: Any) -> None:
    log("warning", redact(message), trace, **fields)


def error(message: str, cause: BaseException | None = None, trace: Trace | None = None, **fields: Any) -> None:
    if cause is not None:
        text = "".join(traceback.format_exception(type(cause), cause, cause.__traceback__))
        fields["exception"] = redact(text)
    log("error", redact(message), trace, **fields)


def _write(line: bytes) -> None:
    try:
        with _lock:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
    except (OSError, ValueError):
        # who reads the log is gone; that ends no request
        pass
