"""What the tests of the jobs share: a job called as in its pod, a program of its own told by arguments and environment only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping

import pytest

# as the jobs have it, for the tests that use MLflow themselves
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
SRC = Path(__file__).resolve().parents[1] / "src"


@dataclass(frozen=True)
class Outcome:
    """How a job ended and what it said: its termination message, and the figures that it passes on."""

    status: int
    message: str
    metrics: Any
    printed: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program of src."""

    def call(program: str, *arguments: str, variables: Mapping[str, str] | None = None) -> Outcome:
        message, metrics = tmp_path / "message", tmp_path / "metrics-out.json"
        for file in (message, metrics):
            file.unlink(missing_ok=True)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONDONTWRITEBYTECODE": "1",
            "RETRY_SECONDS": "0",
            "TERMINATION_LOG": str(message),
            "METRICS_OUTPUT": str(metrics),
            **(variables or {}),
        }
        ended = subprocess.run(
            [sys.executable, str(SRC / program), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Outcome(
            status=ended.returncode,
            message=message.read_text() if message.exists() else "",
            metrics=json.loads(metrics.read_text()) if metrics.exists() else None,
            printed=ended.stdout + ended.stderr,
        )

    return call
