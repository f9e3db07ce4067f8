"""The OpenAPI document is true: schemathesis asks the service all that it allows, and much that it does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from conftest import COLUMNS, Running, Start
from inference_service.openapi import document
from inference_service.problems import TYPES

ROW = [5.1, 3.5, 1.4, 0.2]


@pytest.mark.parametrize("model", ["forest.onnx", "trees"])
def test_schemathesis_finds_nothing(start: Start, models: Path, tmp_path: Path, model: str) -> None:
    service = start(models / model, INFERENCE_MAX_BATCH_SIZE="8", INFERENCE_ACCESS_LOG="false")
    program = Path(sys.executable).parent / "schemathesis"
    address = f"http://127.0.0.1:{service.port}"
    command = [str(program), "run", f"{address}/openapi.json", "--checks", "all", "--max-examples", "60", "--seed", "1"]
    command += [
        "--phases",
        "examples,coverage,fuzzing",
        "--no-color",
        "--suppress-health-check",
        "all",
        "--continue-on-failure",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert service.metric("inference_requests_total", status="200") > 10
    assert service.metric("inference_requests_total", status="422") > 10
    assert service.metric("inference_requests_total", status="500") == 0


def test_answers_are_as_the_document_says(start: Start, models: Path) -> None:
    service = start(models / "packed")
    found = service.get("/openapi.json").json
    asked = [
        ("/predict", "post", service.predict({"instances": [ROW]})),
        ("/predict", "post", service.predict({"instances": [1]})),
        ("/predict", "post", service.predict(b"{")),
        ("/predict", "post", service.ask("POST", "/predict", b"x")),
        ("/health", "get", service.get("/health")),
        ("/ready", "get", service.get("/ready")),
        ("/model/info", "get", service.get("/model/info")),
    ]
    for path, method, answer in asked:
        content = found["paths"][path][method]["responses"][str(answer.status)]["content"]
        [(media, described)] = content.items()
        assert answer.headers["content-type"] == media
        validator(found, described["schema"]).validate(answer.json)


def validator(found: Any, schema: Any) -> Draft202012Validator:
    resource = Resource.from_contents({"$schema": "https://json-schema.org/draft/2020-12/schema", **found})
    whole = {"$ref": f"urn:doc{schema['$ref']}"} if "$ref" in schema else schema
    return Draft202012Validator(whole, registry=Registry().with_resource("urn:doc", resource))


def test_what_the_document_allows_is_accepted(start: Start, models: Path) -> None:
    service = start(models / "packed")
    found = service.get("/openapi.json").json
    check = validator(found, {"$ref": "#/components/schemas/PredictRequest"})
    row = dict(zip(COLUMNS, ROW, strict=True))
    bodies: list[Any] = [
        {"instances": [row]},
        {"instances": [ROW, ROW]},
        {"dataframe_records": [row]},
        {"dataframe_split": {"columns": [*COLUMNS], "data": [ROW], "index": [0]}},
        {"instances": []},
        {"instances": [row, ROW]},
        {"instances": [{**row, "more": 1}]},
        {"instances": [ROW] * 65},
        {"instances": [[1, 2, 3, 1e300]]},
        {"instances": [[1, 2, 3, None]]},
        {"instances": [ROW], "dataframe_records": [row]},
        {"inputs": [ROW]},
        {},
        [],
    ]
    for body in bodies:
        assert (service.predict(body).status == 200) == check.is_valid(body), body


def test_every_problem_is_in_the_document(served: Running) -> None:
    found = json.dumps(served.get("/openapi.json").json)
    elsewhere = {"not-found", "method-not-allowed"}
    assert [slug for slug in TYPES if f"`{slug}`" not in found and slug not in elsewhere] == []


def test_before_the_model_is_there_the_document_is_too() -> None:
    found = document("iris", "1", None, (), 8)
    assert found["components"]["schemas"]["PredictRequest"] == {"type": "object"}
