"""Reads the environment variables that the platform gives a service."""

from __future__ import annotations

import os
import re
from typing import Mapping

from .errors import StartError

NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


class Settings:
    """The environment of one program. A missing or malformed variable is a StartError that names it, not its value."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    def text(self, name: str, default: str | None = None) -> str:
        # an empty variable is one that is not set
        value = self._environment.get(name) or default
        if value is None:
            raise StartError(f"{name} must be set")
        return value

    def optional(self, name: str) -> str | None:
        return self._environment.get(name) or None

    def whole(self, name: str, default: int | None, least: int, most: int) -> int:
        text = self.text(name, None if default is None else str(default))
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise StartError(f"{name} must be a whole number from {least} to {most}")
        return int(text)

    def number(self, name: str, default: float, least: float, most: float) -> float:
        try:
            value = float(self.text(name, str(default)))
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise StartError(f"{name} must be a number from {least} to {most}")
        return value

    def url(self, service: str) -> str:
        """The address of another service, such as `http://model-registry.chatdb-services.svc.cluster.local:8080`."""
        name = f"{variable(service)}_URL"
        value = self.text(name)
        if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?/?", value):
            raise StartError(f"{name} must be http(s)://host:port")
        return value.rstrip("/")

    def names(self, name: str) -> list[str]:
        """A list of names, with commas between them. There may be none."""
        found = [part.strip() for part in (self.optional(name) or "").split(",") if part.strip()]
        if not all(NAME.fullmatch(part) for part in found):
            raise StartError(f"{name} must be names of small letters, digits and dashes with commas between them")
        return found


def variable(name: str) -> str:
    """The prefix of the variables of a dependency: `model-registry` has `MODEL_REGISTRY`."""
    return name.upper().replace("-", "_")
