"""The page for users names every setting, error and metric, and the settings' defaults are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from inference_service.backends.detect import _NAMES
from inference_service.problems import TYPES
from inference_service.settings import MEBIBYTE, Settings

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "inference-service.md").read_text()
SOURCE = (Path(__file__).resolve().parents[1] / "src" / "inference_service" / "settings.py").read_text()
DEFAULTS = {
    "INFERENCE_PORT": Settings.port,
    "INFERENCE_MAX_BATCH_SIZE": Settings.max_batch_size,
    "INFERENCE_BATCH_WAIT_MS": Settings.batch_wait * 1000,
    "INFERENCE_MAX_QUEUE": Settings.max_queue,
    "INFERENCE_TIMEOUT_SECONDS": Settings.timeout,
    "INFERENCE_MAX_BODY_BYTES": Settings.max_body,
    "INFERENCE_MAX_BUFFER_BYTES": Settings.max_buffer,
    "INFERENCE_BODY_TIMEOUT_SECONDS": Settings.body_timeout,
    "INFERENCE_MAX_ARTIFACT_BYTES": Settings.max_artifact,
    "INFERENCE_FETCH_TIMEOUT_SECONDS": Settings.fetch_timeout,
    "INFERENCE_DRAIN_SECONDS": Settings.drain,
    "INFERENCE_STOP_TIMEOUT_SECONDS": Settings.stop_timeout,
    "INFERENCE_STUCK_SECONDS": Settings.stuck,
}


def number(text: str) -> float:
    value, _, unit = text.partition(" ")
    return float(value) * {"": 1, "MiB": MEBIBYTE, "GiB": 1024 * MEBIBYTE}[unit]


def test_the_page_has_every_setting_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(INFERENCE_\w+)`\s*\| ([^|]*?) +\|", PAGE, re.MULTILINE))
    assert sorted(rows) == sorted(set(re.findall(r'"(INFERENCE_[A-Z_]+)"', SOURCE)))
    assert all(name in PAGE for name in re.findall(r'"(MODEL_[A-Z0-9_]+)"', SOURCE))
    read = Settings.read({"MODEL_NAME": "a", "MODEL_VERSION": "1"})
    fields = dict(DEFAULTS)
    assert {name: number(rows[name]) for name in fields} == fields
    defaults = Settings("a", "1", threads=read.threads)
    assert read == defaults


def test_the_page_has_every_error_and_every_ending() -> None:
    assert dict(re.findall(r"^\| `([a-z-]+)` +\| (\d{3}) ", PAGE, re.MULTILINE)) == {
        slug: str(kind.status) for slug, kind in TYPES.items()
    }
    assert [ending for ending in _NAMES if f"`{ending}`" not in PAGE] == []
