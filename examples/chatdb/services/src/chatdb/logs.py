"""Log lines as JSON objects on the standard output, without secrets."""

from __future__ import annotations

import json
import logging
import sys
import threading
from datetime import datetime, timezone

from .redaction import redact

_lock = threading.Lock()


def log(level: str, message: str, **fields: object) -> None:
    """Writes one line."""
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    line = {"timestamp": now, "level": level, "message": message, **fields}
    text = redact(json.dumps(line, default=str))
    with _lock:
        print(text, file=sys.stdout, flush=True)


def info(message: str, **fields: object) -> None:
    log("info", message, **fields)


def warning(message: str, **fields: object) -> None:
    log("warning", message, **fields)


class Handler(logging.Handler):
    """Lines of libraries in the same form."""

    def emit(self, record: logging.LogRecord) -> None:
        log(record.levelname.lower(), record.getMessage(), logger=record.name)


def quiet(name: str) -> logging.Logger:
    """A logger for a library that tells of each lost connection: readiness says the same once."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.CRITICAL)
    return logger
