"""Registers in MLflow the model that this workflow run made.

It is the newest model of the runs that carry the tag of this workflow run, `<namespace>/<run>`, or the one at MODEL_URI. Registered again for the same
workflow run, it is found and only its tags are written: an attempt that was cut short does no harm. Needs Python with mlflow.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Iterable, Iterator, Mapping

# before MLflow is imported: it tells its maker of its calls, and the thread that does changes the environment while requests read it
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from redaction import guard, redact

FAILED = 3
MESSAGE_BYTES = 2000
RUN_TAG = "nstarx.io/workflow-run"


class NoModel(Exception):
    """There is nothing to register; another attempt does not help."""


def tags_of(given: Iterable[str]) -> dict[str, str]:
    """["production-ready", "owner=fraud"] as {"production-ready": "true", "owner": "fraud"}."""
    pairs = (tag.partition("=") for tag in given)
    return {key: value if separator else "true" for key, separator, value in pairs if key}


def runs_of(client: MlflowClient, experiment: str, workflow_run: str) -> tuple[str, list[Run]]:
    """The runs of this workflow run, newest first."""
    found = client.get_experiment_by_name(experiment)
    if found is None:
        raise NoModel(f"there is no experiment {experiment} in MLflow: a stage before must log a model there")
    return found.experiment_id, client.search_runs(
        [found.experiment_id],
        filter_string=f"tags.`{RUN_TAG}` = '{workflow_run}'",
        order_by=["attributes.start_time DESC"],
    )


def artifact_models(client: MlflowClient, run_id: str) -> Iterator[str]:
    """Folders of a run that hold a model, as MLflow 2 wrote them."""
    for entry in client.list_artifacts(run_id):
        if entry.is_dir and any(file.path.endswith("/MLmodel") for file in client.list_artifacts(run_id, entry.path)):
            yield entry.path


def newest_model(client: MlflowClient, experiment: str, workflow_run: str) -> tuple[str, str]:
    """URI of the newest model, and the run that made it."""
    experiment_id, runs = runs_of(client, experiment, workflow_run)
    for run in runs:
        run_id = run.info.run_id
        logged = client.search_logged_models(
            [experiment_id],
            filter_string=f"source_run_id = '{run_id}'",
            order_by=[{"field_name": "creation_timestamp", "ascending": False}],
            max_results=1,
        )
        for model in logged:
            return f"models:/{model.model_id}", run_id
        for path in sorted(artifact_models(client, run_id)):
            return f"runs:/{run_id}/{path}", run_id
    raise NoModel(
        f"no run of {workflow_run} in experiment {experiment} has a model: log it with MLflow in a stage before, "
        "in the run that the variables of the stage set up"
    )


def registered_before(client: MlflowClient, name: str, workflow_run: str) -> ModelVersion | None:
    """The version that an earlier attempt of this workflow run registered."""
    found = client.search_model_versions(f"name = '{name}'")
    return next((version for version in found if version.tags.get(RUN_TAG) == workflow_run), None)


def register(environment: Mapping[str, str]) -> ModelVersion:
    """The version, and what it is from."""
    client = MlflowClient()
    name = environment["MODEL_NAME"]
    workflow_run = f"{environment['WORKFLOW_NAMESPACE']}/{environment['WORKFLOW_RUN']}"
    tags = tags_of(json.loads(environment.get("MODEL_TAGS") or "[]"))
    tags[RUN_TAG] = workflow_run
    if environment.get("MODEL_VERSION"):
        tags["version"] = environment["MODEL_VERSION"]
    version = registered_before(client, name, workflow_run)
    if version is None:
        uri = environment.get("MODEL_URI")
        if not uri:
            uri, _ = newest_model(client, environment["MLFLOW_EXPERIMENT_NAME"], workflow_run)
        version = mlflow.register_model(uri, name, tags={RUN_TAG: workflow_run})
    for key, value in tags.items():
        client.set_model_version_tag(name, version.version, key, value)
    return version


def main(environment: Mapping[str, str]) -> tuple[int, str]:
    try:
        version = register(environment)
    except NoModel as error:
        return FAILED, str(error)
    except MlflowException as error:
        return 1, f"MLflow: {error.message}"
    return 0, f"{version.name} has version {version.version} in MLflow"


if __name__ == "__main__":
    guard()
    code, message = main(os.environ)
    message = redact(message)
    print(message)
    log = os.environ.get("TERMINATION_LOG")
    if log:
        with open(log, "w", encoding="utf-8") as file:
            file.write(message.encode()[:MESSAGE_BYTES].decode(errors="ignore"))
    sys.exit(code)
