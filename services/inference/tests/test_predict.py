"""What clients are answered, by a service that runs as a process."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import skops.io

from conftest import COLUMNS, Running, Start, iris

ROW = [5.1, 3.5, 1.4, 0.2]


def test_answers_are_those_of_the_model(served: Running, models: Path) -> None:
    rows, _ = iris()
    session = onnxruntime.InferenceSession(str(models / "iris.onnx"))
    expected = dict(zip(("label", "probabilities"), session.run(None, {"X": rows[:60]}), strict=True))
    for body in (
        {"instances": rows[:60].tolist()},
        {"inputs": {"X": rows[:60].tolist()}},
        {"inputs": rows[:60].tolist()},
    ):
        found = served.predict(body).predictions()
        assert found["label"] == expected["label"].tolist()
        np.testing.assert_allclose(found["probabilities"], expected["probabilities"], rtol=1e-5)


def test_an_answer_names_the_model(served: Running) -> None:
    answer = served.predict({"instances": [{"X": ROW}]}).json
    assert (answer["model"], answer["version"], answer["predictions"]["label"]) == ("iris", "1.4.0", [0])


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ([], [""]),
        ({}, [""]),
        ({"instances": [ROW], "inputs": [ROW]}, [""]),
        ({"instance": [ROW]}, ["/instance"]),
        ({"dataframe_records": [{"X": ROW}]}, ["/dataframe_records"]),
        ({"instances": ROW}, ["/instances/0", "/instances/1", "/instances/2", "/instances/3"]),
        ({"instances": []}, ["/instances"]),
        ({"instances": [ROW] * 65}, ["/instances"]),
        ({"instances": [ROW, ROW[:3]]}, ["/instances/1"]),
        (
            {"instances": [[5.1, 3.5, "1.4", 0.2], [None, 1, True, 1]]},
            ["/instances/0/2", "/instances/1/0", "/instances/1/2"],
        ),
        ({"instances": [[5.1, 3.5, 1e39, 0.2]]}, ["/instances/0/2"]),
        ({"instances": [{"x": ROW}]}, ["/instances/0/X", "/instances/0/x"]),
        ({"instances": [{"X": ROW}, {"X": [1, 2, 3]}]}, ["/instances/1/X"]),
        ({"instances": [{"X": ROW}, ROW]}, ["/instances/0"]),
        ({"inputs": {"X": [[1, 2, 3, {}]]}}, ["/inputs/X/0/3"]),
        ({"inputs": {"X": [ROW], "a/b~c": 1}}, ["/inputs/a~1b~0c"]),
        ({"inputs": {"X": [[ROW]]}}, ["/inputs/X/0"]),
        ({"inputs": 1}, ["/inputs"]),
    ],
)
def test_wrong_input_is_refused_with_the_field(served: Running, body: Any, pointers: list[str]) -> None:
    assert served.predict(body).pointers() == pointers


def test_an_error_says_what_is_wanted(served: Running) -> None:
    problem = served.predict({"instances": [[5.1, 3.5, "secret", 0.2]]}).problem(422, "invalid-input")
    assert problem["errors"] == [{"pointer": "/instances/0/2", "detail": "must be a number, got a string"}]
    assert problem["title"] == "The input does not fit the model"
    assert "secret" not in json.dumps(problem)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"instances": [[1, 2, 3, NaN]]}',
        b'{"instances": [[1, 2, 3, Infinity]]}',
        b'{"instances": [[1, 2, 3, -Infinity]]}',
        b'{"instances": [[1, 2, 3, 1e999]]}',
        b"\xff\xfe{",
        b'{"instances": ["\xff"]}',
        b"[" * 100_000,
        b'{"a":' * 10_000,
    ],
)
def test_what_is_no_json_is_refused(served: Running, body: bytes) -> None:
    served.predict(body).problem(400, "malformed-body")


def test_content_types_are_compared(served: Running) -> None:
    body = json.dumps({"instances": [ROW]}).encode()
    for accepted in ("application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"):
        assert served.predict(body, {"content-type": accepted}).status == 200
    for refused in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "application/jsonx",
    ):
        served.predict(body, {"content-type": refused}).problem(415, "unsupported-media-type")
    served.ask("POST", "/predict", body).problem(415, "unsupported-media-type")
    served.predict(gzip.compress(body), {"content-encoding": "gzip"}).problem(415, "unsupported-media-type")


def test_other_paths_and_methods_are_problems_too(served: Running) -> None:
    served.get("/nothing").problem(404, "not-found")
    served.get("/docs").problem(404, "not-found")
    assert served.get("/predict").problem(405, "method-not-allowed")
    assert served.get("/predict").headers["allow"] == "POST"
    served.ask("DELETE", "/model/info").problem(405, "method-not-allowed")


def test_probes_and_the_description_of_the_model(served: Running) -> None:
    assert served.get("/health").json == {"status": "ok"}
    assert served.get("/ready").json == {"status": "ready"}
    info = served.get("/model/info").json
    assert (info["name"], info["version"], info["format"], info["signed"]) == ("iris", "1.4.0", "onnx", False)
    assert info["signature"]["inputs"] == [{"name": "X", "datatype": "FP32", "shape": [-1, 4]}]
    assert info["joined_rows"] > 1


def test_columns_of_the_signature_are_the_fields_of_a_row(start: Start, models: Path) -> None:
    service = start(models / "packed")
    row = dict(zip(COLUMNS, ROW, strict=True))
    shuffled = {"columns": [*reversed(COLUMNS)], "data": [ROW[::-1]], "index": [7]}
    bodies = [
        {"instances": [row]},
        {"instances": [ROW]},
        {"dataframe_records": [row]},
        {"dataframe_split": shuffled},
    ]
    answers = [service.predict(body).predictions() for body in bodies]
    assert answers[0]["label"] == [0]
    assert all(answer == answers[0] for answer in answers)
    missing = {name: value for name, value in row.items() if name != "petal_length"}
    assert service.predict({"instances": [row, {**missing, "petal_lenght": 1}]}).pointers() == [
        "/instances/1/petal_length",
        "/instances/1/petal_lenght",
    ]
    assert service.predict({"dataframe_split": {**shuffled, "data": [[1, "x", 2, 3]]}}).pointers() == [
        "/dataframe_split/data/0/1"
    ]
    assert service.predict({"dataframe_split": {**shuffled, "columns": ["a", "a", *COLUMNS[:2]]}}).status == 422
    assert service.predict({"instances": [{**row, "sepal_width": True}]}).pointers() == ["/instances/0/sepal_width"]
    assert service.predict({"instances": [ROW[:3]]}).pointers() == ["/instances/0"]
    assert service.predict({"inputs": [ROW]}).pointers() == ["/inputs"]
    assert [column["name"] for column in service.get("/model/info").json["signature"]["columns"]] == list(COLUMNS)


def test_tensors_of_each_type(start: Start, models: Path) -> None:
    service = start(models / "graph.onnx")
    rows = [
        {"tokens": [1, 2, 3], "weights": [[1, 0.5], [0, 0], [0, 0]], "flags": True, "words": "Grüße"},
        {"tokens": [4, 5, 6.0], "weights": [[0, 0], [0, 0], [0, -1]], "flags": False, "words": ""},
    ]
    expected = {"total": [7.5, 14.0], "flipped": [False, True], "said": ["Grüße", ""]}
    assert service.predict({"instances": rows}).predictions() == expected
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    assert service.predict({"inputs": columns}).predictions() == expected
    wrong = {
        "tokens": [[2**31, 2, 3], [1.5, "x", 1]],
        "weights": [[[1, 2], [3, 4]], [[1, 2], [3, 4], [5, 6]]],
        "flags": [1, False],
        "words": [1, "x"],
    }
    expected_pointers = {
        "tokens": ["/inputs/tokens/0/0", "/inputs/tokens/1/0", "/inputs/tokens/1/1"],
        "weights": ["/inputs/weights/0"],
        "flags": ["/inputs/flags/0"],
        "words": ["/inputs/words/0"],
    }
    for name, value in wrong.items():
        assert service.predict({"inputs": {**columns, name: value}}).pointers() == expected_pointers[name]
    assert service.predict({"inputs": {**columns, "flags": [True]}}).pointers() == ["/inputs"]
    assert service.predict({"instances": [rows[0], {**rows[1], "tokens": [1]}]}).status == 422


def test_scikit_learn_by_skops_answers_as_the_estimator(start: Start, models: Path) -> None:
    service = start(models / "iris.skops", MODEL_FRAMEWORK="sklearn")
    rows, _ = iris()
    estimator = skops.io.load(models / "iris.skops")
    found = service.predict({"instances": rows[::4].tolist()}).predictions()
    assert found["predictions"] == estimator.predict(rows[::4]).tolist()
    np.testing.assert_allclose(found["probabilities"], estimator.predict_proba(rows[::4]), rtol=1e-4)
    assert service.get("/model/info").json["format"] == "skops"


def test_maps_of_scikit_learn_are_objects(start: Start, models: Path) -> None:
    found = start(models / "zipmap.onnx").predict({"instances": [ROW, ROW]}).predictions()
    assert found["output_label"] == [0, 0]
    assert [sorted(one) for one in found["output_probability"]] == [["0", "1", "2"]] * 2


def test_an_answer_that_is_no_number_is_an_error(start: Start, tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    from conftest import model_of

    graph = helper.make_graph(
        [helper.make_node("Log", ["X"], ["Y"])],
        "log",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["rows", 1])],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["rows", 1])],
    )
    onnx.save(model_of(graph), tmp_path / "log.onnx")
    service = start(tmp_path / "log.onnx")
    assert service.predict({"instances": [[1]]}).predictions() == {"Y": [[0.0]]}
    for value in (0, -1):
        service.predict({"instances": [[value]]}).problem(500, "output-not-finite")
    assert service.metric("inference_errors_total", reason="output-not-finite") == 2


def test_requests_are_joined_only_where_that_changes_no_answer(start: Start, tmp_path: Path) -> None:
    """A model that compares its rows with each other would tell one client of another's."""
    import onnx
    from onnx import TensorProto, helper

    from conftest import model_of

    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["X", "axis"], ["mean"], keepdims=1),
            helper.make_node("Sub", ["X", "mean"], ["Y"]),
        ],
        "centered",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["rows", 2])],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["rows", 2])],
        [helper.make_tensor("axis", TensorProto.INT64, [1], [0])],
    )
    onnx.save(model_of(graph), tmp_path / "centered.onnx")
    service = start(tmp_path / "centered.onnx")
    assert service.get("/model/info").json["joined_rows"] == 1
    assert service.predict({"instances": [[1, 2], [3, 4]]}).predictions() == {"Y": [[-1, -1], [1, 1]]}
