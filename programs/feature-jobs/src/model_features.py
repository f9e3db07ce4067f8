"""
Asks a model for the value of a feature, for every entity that has other features in the store.

The model is asked by the Open Inference Protocol (v2), one named input per stored feature of the entity, in alphabetical
order; a feature that an entity lacks is NaN, or an empty text. The first output is the value. It goes to the offline store
and to the online store.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone
from typing import Any

from last_word import heed_stop, message_of, tell
from redaction import guard, print_error

# the libraries take seconds to load, in which the first process of a container would not notice a signal
# ruff: noqa: E402
if __name__ == "__main__":
    heed_stop("it was told to stop before it had ended")

import numpy
import pandas
import pyarrow

from feature_data import append, dataset_of, read_job
from materialize import latest_rows

ATTEMPTS = 5
NUMBERS = {"float", "double", "int", "int32", "int64", "bool"}


def inputs_of(job: dict[str, Any], view: dict[str, Any]) -> pandas.DataFrame | None:
    """A row per entity: the latest value of each of its stored features."""
    frame = None
    for other in job["inputs"][view["name"]]:
        dataset = dataset_of(job, other)
        latest = None if dataset is None else latest_rows(dataset, other, None)[0]
        if latest is None:
            continue
        values = latest.set_index(other["joinKey"])[[feature["name"] for feature in other["features"]]]
        frame = values if frame is None else frame.join(values, how="outer")
    return frame


def request_of(frame: pandas.DataFrame, types: dict[str, str]) -> dict[str, Any]:
    inputs: list[dict[str, Any]] = []
    for name in sorted(frame.columns):
        column = frame[name]
        data: list[float | str | None]
        if types[name] in NUMBERS:
            # JSON has no NaN; the protocol's servers read null as one
            data = [None if value != value else float(value) for value in column.astype("float64")]
            inputs.append({"name": name, "shape": [len(frame), 1], "datatype": "FP64", "data": data})
        else:
            data = ["" if value is None or value != value else str(value) for value in column]
            inputs.append({"name": name, "shape": [len(frame), 1], "datatype": "BYTES", "data": data})
    return {"inputs": inputs}


def ask(url: str, body: dict[str, Any]) -> Any:
    """The answer of a model, tried again while it is busy or away."""
    for attempt in range(ATTEMPTS):
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise RuntimeError(f"{url} answered {error.code}: {error.read(500)!r}") from error
            if attempt == ATTEMPTS - 1:
                raise
        except OSError:
            if attempt == ATTEMPTS - 1:
                raise
        time.sleep(2**attempt)
    raise AssertionError


def values_of(answer: Any, count: int) -> Any:
    output = answer["outputs"][0]
    values = numpy.asarray(output["data"], dtype=object).reshape(output.get("shape") or [-1])
    if values.shape[0] != count:
        raise ValueError(f"the model gave {values.shape[0]} values for {count} entities")
    # of a list of classes, the last one is the positive one
    return values if values.ndim == 1 else values.reshape(count, -1)[:, -1]


def compute(job: dict[str, Any], view: dict[str, Any]) -> int:
    frame = inputs_of(job, view)
    if frame is None:
        return 0
    types = {feature["name"]: feature["type"] for other in job["inputs"][view["name"]] for feature in other["features"]}
    answers: list[Any] = []
    for start in range(0, len(frame), job["batchSize"]):
        part = frame.iloc[start : start + job["batchSize"]]
        answers.extend(values_of(ask(view["url"], request_of(part, types)), len(part)))
    feature = view["features"][0]
    rows = pandas.DataFrame(
        {
            view["joinKey"]: frame.index,
            feature["name"]: pandas.Series(answers).astype(PANDAS[feature["type"]]),
            view["timestampField"]: datetime.now(timezone.utc),
        }
    )
    append(job, view, pyarrow.Table.from_pandas(rows, preserve_index=False))
    return len(rows)


PANDAS = {
    "float": "float32",
    "double": "float64",
    "int": "int64",
    "int32": "int32",
    "int64": "int64",
    "string": "str",
    "bool": "bool",
}


def main() -> None:
    job = read_job(sys.argv[1])
    failed: dict[str, Exception] = {}
    for view in job["views"]:
        try:
            print(f"computed {view['name']}: {compute(job, view)} entities", flush=True)
        except Exception as error:  # the others are computed all the same
            print_error(error)
            failed[view["name"]] = error
    tell(message_of(failed))
    if failed:
        sys.exit(f"not computed: {', '.join(failed)}")


if __name__ == "__main__":
    guard()
    main()
