"""Lets a run go on only when its figures are good enough.

The figures come from the stages before, which wrote them as JSON (in base64 here), and for those that are missing from the runs of this workflow run
in MLflow. A figure that is missing, not a number or below the threshold fails the stage with exit code 3, for which it is not tried
again; the message names every such figure. Needs nothing but Python.
"""

from __future__ import annotations

import base64
import json
import math
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Mapping

from redaction import guard, redact

FAILED = 3
MESSAGE_BYTES = 2000


class Unreachable(Exception):
    """MLflow did not answer; another attempt may help."""


def numbers(given: str) -> dict[str, float]:
    """The figures of a JSON text: {"accuracy": 0.9} or [{"name": "accuracy", "value": "0.9"}]."""
    try:
        value = json.loads(given) if given.strip() else {}
    except ValueError as error:
        raise ValueError(f"metrics are no JSON: {error}") from error
    if isinstance(value, list):
        value = {entry["name"]: entry.get("value") for entry in value if isinstance(entry, dict) and "name" in entry}
    if not isinstance(value, dict):
        raise ValueError("metrics must be a JSON object of names and numbers")
    found: dict[str, float] = {}
    for name, figure in value.items():
        if isinstance(figure, bool):
            continue
        try:
            found[str(name)] = float(figure)
        except (TypeError, ValueError):
            continue
    return found


def decoded(given: str) -> str:
    """The text of a stage before, which comes in base64: Argo fills in what stands in a plain one."""
    try:
        return base64.b64decode(given, validate=True).decode()
    except ValueError as error:
        raise ValueError(f"metrics are not in base64: {error}") from error


def ask(base: str, path: str, body: dict[str, Any] | None = None) -> Any:
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


def tracked(base: str, experiment: str, run: str) -> dict[str, float]:
    """The figures of the runs in MLflow that carry the tag of this workflow run, `<namespace>/<run>`; a newer run wins."""
    found = ask(base, "experiments/get-by-name?" + urllib.parse.urlencode({"experiment_name": experiment}))
    if found is None:
        return {}
    query = {
        "experiment_ids": [found["experiment"]["experiment_id"]],
        "filter": f"tags.`nstarx.io/workflow-run` = '{run}'",
        "order_by": ["attributes.start_time ASC"],
        "max_results": 1000,
    }
    metrics: dict[str, float] = {}
    for entry in (ask(base, "runs/search", query) or {}).get("runs", []):
        for metric in entry.get("data", {}).get("metrics", []):
            metrics[metric["key"]] = float(metric["value"])
    return metrics


def collect(wanted: list[str], environment: Mapping[str, str]) -> dict[str, float]:
    """The wanted figures that there are."""
    metrics: dict[str, float] = {}
    # in the order of the stages: the last one that has a figure wins
    for index in range(int(environment.get("METRICS_INPUTS", "0"))):
        metrics.update(numbers(decoded(environment.get(f"METRICS_INPUT_{index}", ""))))
    own = environment.get("METRICS_FILE")
    if own and os.path.exists(own):
        with open(own, encoding="utf-8") as file:
            metrics.update(numbers(file.read()))
    missing = [name for name in wanted if name not in metrics]
    base = environment.get("MLFLOW_TRACKING_URI")
    if missing and base:
        run = f"{environment['WORKFLOW_NAMESPACE']}/{environment['WORKFLOW_RUN']}"
        known = tracked(base, environment["MLFLOW_EXPERIMENT_NAME"], run)
        metrics.update({name: known[name] for name in missing if name in known})
    return {name: metrics[name] for name in wanted if name in metrics}


def verdict(wanted: list[str], metrics: Mapping[str, float], threshold: float | None) -> list[str]:
    """What is wrong, one text for each figure."""
    wrong = []
    for name in wanted:
        figure = metrics.get(name)
        if figure is None:
            wrong.append(f"{name} was reported by no stage before and by no run in MLflow")
        elif not math.isfinite(figure):
            wrong.append(f"{name} is {figure}, which is not a number")
        elif threshold is not None and figure < threshold:
            wrong.append(f"{name} is {figure:g}, below the threshold {threshold:g}")
    return wrong


def main(environment: Mapping[str, str]) -> tuple[int, str, dict[str, float]]:
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


def write(path: str | None, text: str) -> None:
    if path:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    guard()
    code, message, metrics = main(os.environ)
    message = redact(message)
    print(message)
    write(os.environ.get("METRICS_OUTPUT"), json.dumps(metrics, sort_keys=True))
    write(os.environ.get("TERMINATION_LOG"), message.encode()[:MESSAGE_BYTES].decode(errors="ignore"))
    sys.exit(code)
