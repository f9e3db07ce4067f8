"""The environment variables of the service."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping

from .errors import StartError

MEBIBYTE = 1024 * 1024
FRAMEWORKS = ("huggingface", "lightgbm", "onnx", "pytorch", "sklearn", "tensorflow", "xgboost")


@dataclass(frozen=True)
class Settings:
    """What the environment says."""

    model_name: str
    model_version: str
    framework: str | None = None
    uri: str = "/model"
    sha256: str | None = None
    public_key: Path | None = None
    host: str = "0.0.0.0"
    port: int = 8080
    max_batch_size: int = 64
    batch_wait: float = 0.002
    max_queue: int = 128
    timeout: float = 10.0
    threads: int = 1
    max_body: int = 4 * MEBIBYTE
    max_buffer: int = 64 * MEBIBYTE
    body_timeout: float = 10.0
    max_artifact: int = 2048 * MEBIBYTE
    fetch_timeout: float = 240.0
    drain: float = 1.0
    stop_timeout: float = 20.0
    stuck: float = 120.0
    access_log: bool = True
    baseline: Path | None = None
    skops_trusted: tuple[str, ...] = field(default_factory=tuple)

    @staticmethod
    def read(environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings of an environment. Raises StartError where a variable is missing or wrong."""
        read = _Reader(environment)
        framework = read.text("MODEL_FRAMEWORK", None)
        if framework is not None and framework not in FRAMEWORKS:
            raise StartError(f"MODEL_FRAMEWORK must be one of {', '.join(FRAMEWORKS)}, got {framework!r}")
        sha256 = read.text("MODEL_SHA256", None)
        if sha256 is not None and not re.fullmatch("[0-9a-f]{64}", sha256):
            raise StartError(f"MODEL_SHA256 must be 64 hexadecimal digits in lower case, got {sha256!r}")
        settings = Settings(
            model_name=read.label("MODEL_NAME"),
            model_version=read.label("MODEL_VERSION"),
            framework=framework,
            uri=read.text("MODEL_URI", None) or "/model",
            sha256=sha256,
            public_key=read.path("MODEL_PUBLIC_KEY_FILE"),
            host=read.text("INFERENCE_HOST", None) or "0.0.0.0",
            port=read.whole("INFERENCE_PORT", 8080, 0, 65535),
            max_batch_size=read.whole("INFERENCE_MAX_BATCH_SIZE", 64, 1, 65536),
            batch_wait=read.number("INFERENCE_BATCH_WAIT_MS", 2, 0, 1000) / 1000,
            max_queue=read.whole("INFERENCE_MAX_QUEUE", 128, 1, 100_000),
            timeout=read.number("INFERENCE_TIMEOUT_SECONDS", 10, 0.01, 3600),
            threads=read.whole("INFERENCE_THREADS", available_cpus(), 1, 1024),
            max_body=read.whole("INFERENCE_MAX_BODY_BYTES", 4 * MEBIBYTE, 64, 1024 * MEBIBYTE),
            max_buffer=read.whole("INFERENCE_MAX_BUFFER_BYTES", 64 * MEBIBYTE, 64, 65536 * MEBIBYTE),
            body_timeout=read.number("INFERENCE_BODY_TIMEOUT_SECONDS", 10, 0.1, 3600),
            max_artifact=read.whole("INFERENCE_MAX_ARTIFACT_BYTES", 2048 * MEBIBYTE, 1, 1024 * 1024 * MEBIBYTE),
            fetch_timeout=read.number("INFERENCE_FETCH_TIMEOUT_SECONDS", 240, 1, 86_400),
            drain=read.number("INFERENCE_DRAIN_SECONDS", 1, 0, 600),
            stop_timeout=read.number("INFERENCE_STOP_TIMEOUT_SECONDS", 20, 0.1, 3600),
            stuck=read.number("INFERENCE_STUCK_SECONDS", 120, 1, 86_400),
            access_log=read.truth("INFERENCE_ACCESS_LOG", True),
            baseline=read.path("INFERENCE_DRIFT_BASELINE"),
            skops_trusted=tuple(read.listed("INFERENCE_SKOPS_TRUSTED")),
        )
        if settings.max_buffer < settings.max_body:
            raise StartError(
                f"INFERENCE_MAX_BUFFER_BYTES must be at least INFERENCE_MAX_BODY_BYTES ({settings.max_body}), got {settings.max_buffer}"
            )
        unknown = sorted(name for name in environment if name.startswith("INFERENCE_") and name not in read.known)
        if unknown:
            raise StartError(f"{unknown[0]} is no setting: use {', '.join(sorted(read.inference()))}")
        return settings


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.known: set[str] = set()

    def inference(self) -> set[str]:
        return {name for name in self.known if name.startswith("INFERENCE_")}

    def text(self, name: str, default: str | None) -> str | None:
        self.known.add(name)
        # an empty variable is one that is not set
        return self.environment.get(name) or default

    def label(self, name: str) -> str:
        value = self.text(name, None)
        if value is None:
            raise StartError(f"{name} must be set: it names the model in the metrics")
        if len(value) > 253 or not value.isprintable():
            raise StartError(f"{name} must be at most 253 printable characters, got {value[:253]!r}")
        return value

    def number(self, name: str, default: float, least: float, most: float) -> float:
        text = self.text(name, None)
        try:
            value = default if text is None else float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise StartError(f"{name} must be a number from {least} to {most}, got {text!r}")
        return value

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        text = self.text(name, None)
        value = default if text is None else int(text) if re.fullmatch(r"[0-9]{1,18}", text) else -1
        if not least <= value <= most:
            raise StartError(f"{name} must be a whole number from {least} to {most}, got {text!r}")
        return value

    def truth(self, name: str, default: bool) -> bool:
        text = self.text(name, None)
        if text not in (None, "true", "false"):
            raise StartError(f"{name} must be true or false, got {text!r}")
        return default if text is None else text == "true"

    def path(self, name: str) -> Path | None:
        text = self.text(name, None)
        if text is not None and not text.startswith("/"):
            raise StartError(f"{name} must be an absolute path, got {text!r}")
        return None if text is None else Path(text)

    def listed(self, name: str) -> list[str]:
        return [item.strip() for item in (self.text(name, None) or "").split(",") if item.strip()]


def available_cpus() -> int:
    """CPUs that the process may use by its control group, else those of the machine."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max":
            return max(1, int(quota) // int(period))
    except (OSError, ValueError):
        pass
    return max(1, len(os.sched_getaffinity(0)))
