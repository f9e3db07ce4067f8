"""The program of a training Job: learns from the rows of its request, and registers what it has learned. Run twice, it registers once."""

from __future__ import annotations

import json
import threading

from .. import logs
from ..backoff import Backoff
from ..errors import StartError, Unavailable
from ..http_client import HttpClient
from ..learning import train
from ..settings import NAME, Settings

TRIES = 20


def run(settings: Settings) -> None:
    """Raises StartError where the request cannot be fulfilled: a second pod would fare no better."""
    registry = HttpClient("model-registry", settings.url("model-registry"))
    try:
        request = json.loads(settings.text("TRAINING_REQUEST"))
        id, name = str(request["id"]), str(request["model"])
        if not NAME.fullmatch(name):
            raise ValueError("a model has a name of small letters, digits and dashes")
        rows = request["rows"]
        model = train(str(request["kind"]), rows)
        quality = model.quality(rows)
    except (ValueError, KeyError, TypeError) as error:
        raise StartError(f"the request cannot be trained ({type(error).__name__}: {error})") from None
    logs.info("trained", job=settings.text("JOB_NAME", id), model=name, rows=len(rows), **quality)
    backoff = Backoff()
    for _ in range(TRIES):
        try:
            version = registry.put(f"/models/{name}/trainings/{id}", model.to_json())
            logs.info("registered", model=name, version=version["version"])
            return
        except Unavailable as error:
            logs.warning("the registry takes nothing yet", reason=str(error))
            backoff.wait(threading.Event())
    raise Unavailable(f"the registry took nothing in {TRIES} tries")
