"""Prediction service: answers with models of the registry, which it keeps in memory, and with those alone while the registry is away."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass
from typing import Any

from fastapi import Response
from pydantic import BaseModel, Field

from .. import logs
from ..errors import Refused, Unavailable
from ..http_client import HttpClient
from ..learning import Model, load
from ..service import Service, reply
from ..settings import Settings

LATEST_SECONDS = 2.0
MOST_MODELS = 32


class Inputs(BaseModel):
    inputs: list[Any] = Field(min_length=1, max_length=1000)
    version: int | None = Field(None, ge=1)


@dataclass(frozen=True)
class Loaded:
    version: int
    model: Model


class PredictionService(Service):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._registry = HttpClient("model-registry", settings.url("model-registry"))
        self._models: dict[tuple[str, int], Model] = {}
        # the newest version of each model, and when the registry was asked for it
        self._latest: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()
        self._seen = False
        self.readiness.needs("model-registry", self._check)
        self.app.add_api_route("/predictions/{model}", self._predict, methods=["POST"])

    def _check(self) -> None:
        """Needed until it was there once: after that, a replica that goes on with what it has is better than none."""
        try:
            self._registry.check()
            self._seen = True
        except Unavailable:
            if not self._seen:
                raise

    def _predict(self, model: str, given: Inputs) -> Response:
        loaded = self._load(model, self._version(model) if given.version is None else given.version)
        try:
            predictions = loaded.model.predict(given.inputs)
        except ValueError as error:
            raise Refused(422, str(error)) from None
        return reply(200, {"model": model, "version": loaded.version, "predictions": predictions})

    def _version(self, model: str) -> int:
        known = self._latest.get(model)
        if known is not None and time.monotonic() - known[1] < LATEST_SECONDS:
            return known[0]
        try:
            found = self._registry.get(f"/models/{model}/versions/latest")
        except Unavailable:
            if known is None:
                raise
            logs.warning("the registry is away: the version that is known answers", model=model, version=known[0])
            self._latest[model] = (known[0], time.monotonic())
            return known[0]
        if found is None:
            raise Refused(404, "there is no such model")
        self._latest[model] = (int(found["version"]), time.monotonic())
        return int(found["version"])

    def _load(self, model: str, version: int) -> Loaded:
        known = self._models.get((model, version))
        if known is not None:
            return Loaded(version, known)
        # one loads, and the others wait for it
        with self._lock:
            known = self._models.get((model, version))
            if known is None:
                known = self._fetch(model, version)
                self._models[model, version] = known
                while len(self._models) > MOST_MODELS:
                    del self._models[next(iter(self._models))]
        return Loaded(version, known)

    def _fetch(self, model: str, version: int) -> Model:
        path = f"/models/{model}/versions/{version}"
        about = self._registry.get(path)
        if about is None:
            raise Refused(404, "there is no such version")
        data = self._registry.request("GET", f"{path}/artifact").data
        if hashlib.sha256(data).hexdigest() != about["sha256"]:
            raise Unavailable("the artifact is not the one that was registered")
        logs.info("a model is loaded", model=model, version=version)
        return load(data)
