"""Errors that name the field of the spec."""

from __future__ import annotations

from typing import Any

from redaction import redact


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
    return " ".join(redact(text).split())[:1500]
