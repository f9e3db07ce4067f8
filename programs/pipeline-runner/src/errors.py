"""Errors that name the field of the spec, and the texts that must never reach a log."""

from __future__ import annotations

import logging
import re
from typing import Any, Optional

_hidden: set[str] = set()


class PipelineError(Exception):
    """The run cannot go on. `field` is the path in the spec, such as `transformations[1].config.query`."""

    exit_code = 1

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class SpecError(PipelineError):
    """The spec or what it refers to is wrong; the same run would fail again."""

    exit_code = 2


class QualityError(PipelineError):
    """A quality check with `onFailure: fail` failed; nothing was written to the sink."""

    exit_code = 3

    def __init__(self, field: str, message: str, failed: list[str]) -> None:
        super().__init__(field, message)
        self.failed = failed


def hide(value: Optional[str]) -> Optional[str]:
    """Has `redact` replace this text from now on; gives it back."""
    if value and len(value) > 2:
        _hidden.add(value)
    return value


def redact(text: str) -> str:
    """The text without secrets: those of the connections, and passwords in URLs."""
    for value in sorted(_hidden, key=len, reverse=True):
        text = text.replace(value, "***")
    text = re.sub(r"(?i)\b(password|passwd|pwd|secret|token)=[^&;\s\"']+", r"\1=***", text)
    return re.sub(r"(\w+://[^/\s:@]+):[^@\s/]+@", r"\1:***@", text)


def reason(error: BaseException) -> str:
    """What went wrong, in one line: the deepest cause of a Java error, without its stack."""
    java: Any = getattr(error, "java_exception", None)
    text = str(error)
    if java is not None:
        cause = java
        while cause.getCause() is not None:
            cause = cause.getCause()
        text = f"{cause.getClass().getSimpleName()}: {cause.getMessage()}"
    text = text.split("JVM stacktrace:")[0].split("\n\tat ")[0]
    return redact(" ".join(text.split()))[:1500]


class RedactingFormatter(logging.Formatter):
    """Log lines without secrets, those in tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
