"""What a job says at its end, in no more than the kubelet takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Mapping

import pytest

from last_word import LARGEST, message_of, tell

MANY = {f"view_{number}_{'x' * 50}": number for number in range(200)}


def test_a_place_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    tell("nowhere", str(tmp_path / "termination-log"))
    assert list(tmp_path.iterdir()) == []


def test_what_failed_and_why_what_is_new_and_what_is_stored(tmp_path: Path) -> None:
    place = tmp_path / "termination-log"
    place.touch()
    error = ValueError("no\nsuch thing é")
    tell(message_of({"v": error}, {"v": 7, "w": 9}, {"bytes": 1, "partitions": 1}), str(place))
    assert json.loads(place.read_text()) == {
        "format": 1,
        "failed": {"v": "ValueError: no"},
        "offline": {"bytes": 1, "partitions": 1},
        "lastUpdate": 9,
        "updated": {"v": 7, "w": 9},
    }


@pytest.mark.parametrize("failed", [{}, {name: ValueError("y" * 500) for name in MANY}], ids=["none", "all"])
def test_it_is_never_longer(failed: Mapping[str, Exception]) -> None:
    assert len(message_of(failed, MANY)) <= LARGEST


def test_the_oldest_are_named_since_they_may_be_stale() -> None:
    said = json.loads(message_of({}, MANY))
    assert list(said["updated"].values()) == list(range(len(said["updated"])))
    assert said["others"] == len(said["updated"])
    assert said["lastUpdate"] == 199
    assert said["failed"] == {}


def test_failures_that_find_no_room_are_left_to_the_exit_code() -> None:
    said = json.loads(message_of({name: ValueError("y" * 500) for name in MANY}, MANY))
    assert "failed" not in said
