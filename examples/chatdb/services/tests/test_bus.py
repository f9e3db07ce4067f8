from __future__ import annotations

import json
from typing import Any, cast

import pytest
from confluent_kafka import Message

from chatdb.bus import LONGEST, Malformed, decoded, text_of


class Given:
    """A message with this value."""

    def __init__(self, data: bytes | None) -> None:
        self._data = data

    def value(self) -> bytes | None:
        return self._data


def message(data: bytes | None) -> Message[bytes, bytes]:
    return cast("Message[bytes, bytes]", Given(data))


@pytest.mark.parametrize("data", [None, b"", b"{", b"[]", b"1", b"\xff", b'{"a":"' + b"x" * LONGEST + b'"}'])
def test_what_is_no_object_is_malformed(data: bytes | None) -> None:
    with pytest.raises(Malformed):
        decoded(message(data))


def test_an_object_is_decoded() -> None:
    assert decoded(message(json.dumps({"id": "a"}).encode())) == {"id": "a"}


@pytest.mark.parametrize("value", [{}, {"id": ""}, {"id": 1}, {"id": None}])
def test_a_field_that_must_be_a_text_is_one(value: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="id is no text"):
        text_of(value, "id")
