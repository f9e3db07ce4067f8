"""
Runs one of the programs until it is done or told to end: `python -m chatdb <name>`. Without a name it is that of the variable SERVICE_NAME,
which the platform gives each service.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from pathlib import Path

from . import logs
from .errors import Refused, StartError, Unavailable
from .redaction import guard, redact
from .service import Service, serve
from .settings import Settings

# the module and the class of each service: no program loads the packages of the others
SERVICES = {
    "db-connector": ("db_connector", "DbConnector"),
    "ml-engine": ("ml_engine", "MlEngine"),
    "model-registry": ("model_registry", "ModelRegistry"),
    "prediction-service": ("prediction_service", "PredictionService"),
    "query-parser": ("query_parser", "QueryParser"),
    "test-service": ("test_service", "TestService"),
    "training-orchestrator": ("training_orchestrator", "TrainingOrchestrator"),
}
JOBS = ("test-runner", "train-model")
# what a kubelet shows of the end of a container
LONGEST_MESSAGE = 4096


def main(arguments: list[str]) -> int:
    guard()
    logging.basicConfig(level=logging.WARNING, handlers=[logs.Handler()])
    settings = Settings()
    [name, *more] = arguments or [settings.optional("SERVICE_NAME") or ""]
    if more or name not in (*SERVICES, *JOBS):
        return _failed(f"give one of {', '.join([*SERVICES, *JOBS])}")
    try:
        if name == "train-model":
            from .programs import train_model

            train_model.run(settings)
        elif name == "test-runner":
            from .programs.smoke_test import SmokeTest

            logs.info("passed", **SmokeTest(settings).run())
        else:
            module, service = SERVICES[name]
            found: type[Service] = getattr(importlib.import_module(f"chatdb.programs.{module}"), service)
            serve(found(settings))
    except (StartError, Unavailable, Refused) as error:
        return _failed(str(error))
    return 0


def _failed(reason: str) -> int:
    """Says why where a kubelet looks for it."""
    logs.log("error", "ended", reason=reason)
    log = Path(os.environ.get("TERMINATION_LOG", "/dev/termination-log"))
    if log.exists():
        log.write_text(redact(reason)[:LONGEST_MESSAGE], "utf-8")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
