from __future__ import annotations

import json
from typing import Any, cast

import pytest
from confluent_kafka import Message

from chatdb.bus import LONGEST, Malformed, decoded, id_of, text_of


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


@pytest.mark.parametrize("id", ["", "1", "../jobs", None])
def test_an_id_is_a_uuid(id: str | None) -> None:
    with pytest.raises(Malformed):
        id_of({"id": id})
    assert id_of({"id": "0B1A6F2E-5A1C-4F0E-9D9E-6F6A3C1F2B3D"}) == "0b1a6f2e-5a1c-4f0e-9d9e-6f6a3c1f2b3d"
