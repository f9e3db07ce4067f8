// Generated from src/constructs/workflows/programs: run npx tsx scripts/generate-api.ts. Not edited by hand.

/** The Python programs of a workflow's stages, by file name. */
export const WORKFLOW_PROGRAMS: Readonly<Record<string, string>> = {
  'evaluation_gate.py': `"""Lets a run go on only when its figures are good enough.

The figures come from the stages before, which wrote them as JSON, and for those that are missing from the runs of this workflow run
in MLflow. A figure that is missing, not a number or below the threshold fails the stage with exit code 3, for which it is not tried
again; the message names every such figure. Needs nothing but Python.
"""

import json
import math
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

FAILED = 3
MESSAGE_BYTES = 2000


class Unreachable(Exception):
    """MLflow did not answer; another attempt may help."""


def numbers(given):
    """The figures of a JSON text: {"accuracy": 0.9} or [{"name": "accuracy", "value": "0.9"}]."""
    try:
        value = json.loads(given) if given.strip() else {}
    except ValueError as error:
        raise ValueError(f"metrics are no JSON: {error}") from error
    if isinstance(value, list):
        value = {entry["name"]: entry.get("value") for entry in value if isinstance(entry, dict) and "name" in entry}
    if not isinstance(value, dict):
        raise ValueError("metrics must be a JSON object of names and numbers")
    found = {}
    for name, figure in value.items():
        if isinstance(figure, bool):
            continue
        try:
            found[str(name)] = float(figure)
        except (TypeError, ValueError):
            continue
    return found


def ask(base, path, body=None):
    """The JSON that MLflow's REST API answers; None where there is no such thing."""
    request = urllib.request.Request(f"{base.rstrip('/')}/api/2.0/mlflow/{path}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    user = os.environ.get("MLFLOW_TRACKING_USERNAME")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    elif user:
        import base64

        pair = f"{user}:{os.environ.get('MLFLOW_TRACKING_PASSWORD', '')}".encode()
        request.add_header("Authorization", f"Basic {base64.b64encode(pair).decode()}")
    for attempt in range(4):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            if error.code < 500 and error.code != 429:
                raise Unreachable(f"MLflow answers {error.code} at {path}") from error
            last = f"MLflow answers {error.code}"
        except (urllib.error.URLError, TimeoutError, ValueError) as error:
            last = f"MLflow cannot be reached: {getattr(error, 'reason', error)}"
        if attempt < 3:
            time.sleep(float(os.environ.get("RETRY_SECONDS", "5")) * 2**attempt)
    raise Unreachable(last)


def tracked(base, experiment, run):
    """The figures of the runs that this workflow run made in MLflow; a newer run wins."""
    found = ask(base, "experiments/get-by-name?" + urllib.parse.urlencode({"experiment_name": experiment}))
    if found is None:
        return {}
    query = {
        "experiment_ids": [found["experiment"]["experiment_id"]],
        "filter": f"tags.\`nstarx.io/workflow-run\` = '{run}'",
        "order_by": ["attributes.start_time ASC"],
        "max_results": 1000,
    }
    metrics = {}
    for entry in (ask(base, "runs/search", query) or {}).get("runs", []):
        for metric in entry.get("data", {}).get("metrics", []):
            metrics[metric["key"]] = float(metric["value"])
    return metrics


def collect(wanted, environment):
    """The wanted figures that there are."""
    metrics = {}
    # in the order of the stages: the last one that has a figure wins
    for index in range(int(environment.get("METRICS_INPUTS", "0"))):
        metrics.update(numbers(environment.get(f"METRICS_INPUT_{index}", "")))
    own = environment.get("METRICS_FILE")
    if own and os.path.exists(own):
        with open(own, encoding="utf-8") as file:
            metrics.update(numbers(file.read()))
    missing = [name for name in wanted if name not in metrics]
    base, run = environment.get("MLFLOW_TRACKING_URI"), environment.get("WORKFLOW_RUN")
    if missing and base and run:
        known = tracked(base, environment["MLFLOW_EXPERIMENT_NAME"], run)
        metrics.update({name: known[name] for name in missing if name in known})
    return {name: metrics[name] for name in wanted if name in metrics}


def verdict(wanted, metrics, threshold):
    """What is wrong, one text for each figure."""
    wrong = []
    for name in wanted:
        figure = metrics.get(name)
        if figure is None:
            wrong.append(f"{name} was reported by no stage before and by no run in MLflow")
        elif not math.isfinite(figure):
            wrong.append(f"{name} is {figure}, which is no figure")
        elif threshold is not None and figure < threshold:
            wrong.append(f"{name} is {figure:g}, below the threshold {threshold:g}")
    return wrong


def main(environment):
    wanted = json.loads(environment["EVALUATION_METRICS"])
    threshold = float(environment["EVALUATION_THRESHOLD"]) if environment.get("EVALUATION_THRESHOLD") else None
    try:
        metrics = collect(wanted, environment)
    except (ValueError, OSError) as error:
        return FAILED, str(error), {}
    except Unreachable as error:
        return 1, str(error), {}
    wrong = verdict(wanted, metrics, threshold)
    finite = {name: figure for name, figure in metrics.items() if math.isfinite(figure)}
    if wrong:
        return FAILED, "; ".join(wrong), finite
    return 0, ", ".join(f"{name} {figure:g}" for name, figure in metrics.items()), finite


def write(path, text):
    if path:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    code, message, metrics = main(os.environ)
    print(message)
    write(os.environ.get("METRICS_OUTPUT"), json.dumps(metrics, sort_keys=True))
    write(os.environ.get("TERMINATION_LOG"), message.encode()[:MESSAGE_BYTES].decode(errors="ignore"))
    sys.exit(code)
`,
  'register_model.py': `"""Registers in MLflow the model that this workflow run made.

It is the newest model of the runs that carry the tag of this workflow run, or the one at MODEL_URI. Registered again for the same
workflow run, it is found and only its tags are written: an attempt that was cut short does no harm. Needs Python with mlflow.
"""

import json
import os
import sys

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

FAILED = 3
MESSAGE_BYTES = 2000
RUN_TAG = "nstarx.io/workflow-run"


class NoModel(Exception):
    """There is nothing to register; another attempt does not help."""


def tags_of(given):
    """["production-ready", "owner=fraud"] as {"production-ready": "true", "owner": "fraud"}."""
    pairs = (tag.partition("=") for tag in given)
    return {key: value if separator else "true" for key, separator, value in pairs if key}


def runs_of(client, experiment, workflow_run):
    """The runs of this workflow run, newest first."""
    found = client.get_experiment_by_name(experiment)
    if found is None:
        raise NoModel(f"there is no experiment {experiment} in MLflow: a stage before must log a model there")
    return found.experiment_id, client.search_runs(
        [found.experiment_id],
        filter_string=f"tags.\`{RUN_TAG}\` = '{workflow_run}'",
        order_by=["attributes.start_time DESC"],
    )


def artifact_models(client, run_id):
    """Folders of a run that hold a model, as MLflow 2 wrote them."""
    for entry in client.list_artifacts(run_id):
        if entry.is_dir and any(file.path.endswith("/MLmodel") for file in client.list_artifacts(run_id, entry.path)):
            yield entry.path


def newest_model(client, experiment, workflow_run):
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


def registered_before(client, name, workflow_run):
    """The version that an earlier attempt of this workflow run registered."""
    found = client.search_model_versions(f"name = '{name}'")
    return next((version for version in found if version.tags.get(RUN_TAG) == workflow_run), None)


def register(environment):
    """The version, and what it is from."""
    client = MlflowClient()
    name, workflow_run = environment["MODEL_NAME"], environment["WORKFLOW_RUN"]
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


def main(environment):
    try:
        version = register(environment)
    except NoModel as error:
        return FAILED, str(error)
    except MlflowException as error:
        return 1, f"MLflow: {error.message}"
    return 0, f"{version.name} has version {version.version} in MLflow"


if __name__ == "__main__":
    code, message = main(os.environ)
    print(message)
    log = os.environ.get("TERMINATION_LOG")
    if log:
        with open(log, "w", encoding="utf-8") as file:
            file.write(message.encode()[:MESSAGE_BYTES].decode(errors="ignore"))
    sys.exit(code)
`,
};
