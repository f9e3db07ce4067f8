"""What can go wrong."""

from __future__ import annotations


class StartError(Exception):
    """The environment is wrong: no second try helps."""


class Unavailable(Exception):
    """A dependency does not answer now. Who asks may ask again."""


class Refused(Exception):
    """A request cannot be fulfilled, whoever asks again."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
