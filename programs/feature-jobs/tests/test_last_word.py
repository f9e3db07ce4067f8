"""What a job says at its end, in no more than the kubelet takes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
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
    tell(message_of({"v": error}, {"v": 7, "w": 9}, {"bytes": 1, "partitions": 1}, {"keys": 2, "bytes": 3}), str(place))
    assert json.loads(place.read_text()) == {
        "format": 1,
        "failed": {"v": "ValueError: no"},
        "offline": {"bytes": 1, "partitions": 1},
        "online": {"keys": 2, "bytes": 3},
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


# a program whose main thread is in a library that does not return, which a handler would have to wait for
STUCK = """
import sys, time, threading
sys.path.insert(0, sys.argv[1])
from last_word import heed_stop
heed_stop("it was told to stop", 143, sys.argv[2])
print("up", flush=True)
lock = threading.Lock()
lock.acquire()
lock.acquire()
"""


def test_a_program_that_hangs_ends_with_a_last_word_when_it_is_told_to(tmp_path: Path) -> None:
    place = tmp_path / "termination-log"
    place.touch()
    source = str(Path(__file__).resolve().parents[1] / "src")
    with subprocess.Popen([sys.executable, "-c", STUCK, source, str(place)], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"up\n"
        began = time.monotonic()
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=20) == 143
        assert time.monotonic() - began < 10
    assert place.read_text() == "it was told to stop"


@pytest.mark.parametrize(("program", "code"), [("materialize", 143), ("model_features", 143), ("feature_metrics", 0)])
def test_a_program_heeds_a_signal_while_its_libraries_are_loaded(program: str, code: int, tmp_path: Path) -> None:
    for library in ("numpy", "pyarrow"):
        (tmp_path / f"{library}.py").write_text('print("loading", flush=True)\nimport time\ntime.sleep(60)\n')
    source = Path(__file__).resolve().parents[1] / "src" / f"{program}.py"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, str(source), "job.json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"loading\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == code
