"""Errors that a client sees, as RFC 9457 problem details."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

import orjson

BASE = "https://mlifecycle.io/problems/"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class ProblemType:
    """A kind of problem: the last part of its URI, the status, and a title that is the same each time."""

    slug: str
    status: int
    title: str
    meaning: str


TYPES = {
    kind.slug: kind
    for kind in (
        ProblemType("malformed-body", 400, "The body cannot be read", "not JSON, NaN or Infinity, or cut off"),
        ProblemType("not-found", 404, "There is nothing here", "no such path"),
        ProblemType("method-not-allowed", 405, "The method is not allowed", "see the header Allow"),
        ProblemType("body-timeout", 408, "The body came too slowly", "INFERENCE_BODY_TIMEOUT_SECONDS"),
        ProblemType("body-too-large", 413, "The body is too large", "INFERENCE_MAX_BODY_BYTES"),
        ProblemType("unsupported-media-type", 415, "The content type is not supported", "send application/json"),
        ProblemType("invalid-input", 422, "The input does not fit the model", "`errors` names each field"),
        ProblemType("too-many-requests", 429, "Too many requests are waiting", "INFERENCE_MAX_QUEUE; see Retry-After"),
        ProblemType("model-failed", 500, "The model failed", "the log has the reason"),
        ProblemType("output-not-finite", 500, "The model's answer is not a number", "NaN or Infinity in an output"),
        ProblemType("internal-error", 500, "The service failed", "the log has the reason"),
        ProblemType("not-ready", 503, "The model is not ready", "it is being loaded; see Retry-After"),
        ProblemType("overloaded", 503, "The service has no memory for the request", "INFERENCE_MAX_BUFFER_BYTES"),
        ProblemType("timeout", 504, "The model did not answer in time", "INFERENCE_TIMEOUT_SECONDS"),
    )
}


@dataclass(frozen=True)
class FieldError:
    """What is wrong with a part of the body; `pointer` is a JSON pointer (RFC 6901) to it."""

    pointer: str
    detail: str


class Problem(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        slug: str,
        detail: str,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.type = TYPES[slug]
        self.detail = detail
        self.errors = errors
        self.headers = {**(headers or {})}

    def body(self) -> bytes:
        content: dict[str, Any] = {
            "type": BASE + self.type.slug,
            "title": self.type.title,
            "status": self.type.status,
            "detail": self.detail,
        }
        if self.errors:
            content["errors"] = [{"pointer": error.pointer, "detail": error.detail} for error in self.errors]
        return orjson.dumps(content)


def invalid(*errors: FieldError) -> Problem:
    first = errors[0]
    return Problem("invalid-input", f"{first.pointer or 'the body'}: {first.detail}", errors)


def pointer(*parts: object) -> str:
    """A JSON pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
