"""What Prometheus reads: the four metrics of the documents, and the histograms that the drift rules compare."""

from __future__ import annotations

import importlib.util
import json
import random
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from conftest import COLUMNS, Start, iris
from inference_service.features import DEFAULT_BOUNDS, FeatureHistograms, shown
from inference_service.schema import Column, Schema, Tensor

JOBS = Path(__file__).resolve().parents[3] / "programs" / "model-jobs" / "src"
ROW = [5.1, 3.5, 1.4, 0.2]


def collector() -> ModuleType:
    """The program that counts the values of models on stock servers; the drift rules read both."""
    specification = importlib.util.spec_from_file_location("feature_collector", JOBS / "feature_collector.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


COLLECTOR = collector()


def test_the_four_metrics_are_as_documented(start: Start, models: Path) -> None:
    service = start(models / "iris.onnx")
    for _ in range(3):
        service.predict({"instances": [ROW, ROW]})
    service.predict({"instances": [["x"] * 4]})
    answer = service.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {family.name: family for family in text_string_to_metric_families(answer.body.decode())}
    kinds = {name: families[name].type for name in families if name.startswith("inference_")}
    assert kinds == {
        "inference_requests": "counter",
        "inference_predictions": "counter",
        "inference_errors": "counter",
        "inference_latency_seconds": "histogram",
        "inference_ready": "gauge",
    }
    for name in kinds:
        for sample in families[name].samples:
            assert (sample.labels["model"], sample.labels["version"]) == ("iris", "1.4.0")
    assert service.metric("inference_requests_total", status="200") == 3
    assert service.metric("inference_requests_total", status="422") == 1
    assert service.metric("inference_predictions_total") == 6
    assert service.metric("inference_errors_total", reason="invalid-input") == 1
    assert service.metric("inference_latency_seconds_count") == 4
    assert 0 < service.metric("inference_latency_seconds_sum") < 60
    assert "process_resident_memory_bytes" in families


BOUNDS = st.lists(
    st.floats(-1e9, 1e9).map(lambda value: float(f"{value:.3g}")), min_size=1, max_size=20, unique=True
).map(sorted)


@settings(max_examples=200, deadline=None)
@given(BOUNDS, BOUNDS, st.data())
def test_histograms_are_those_of_the_drift_collector(
    first: list[float], second: list[float], data: st.DataObject
) -> None:
    """One job reads both: the same rows give the same text, also where values are equal to bounds."""
    bounds = {"a": first, 'b"\\': second}
    value = st.sampled_from([*first, *second]) | st.floats(-1e9, 1e9)
    rows = data.draw(st.lists(st.tuples(value, value), min_size=1, max_size=30))
    theirs = COLLECTOR.Histograms(bounds)
    for row in rows:
        theirs.observe(dict(zip(bounds, row, strict=True)))
    schema = Schema(
        (Tensor("X", "float64", (None, 2)),), tuple(Column(name, "float64") for name in bounds), packed=True
    )
    ours = FeatureHistograms(schema, bounds)
    array = np.array(rows)
    for part in np.array_split(array, 3):
        if len(part) > 0:
            ours.observe({"X": part})
    labels = {"model_name": "iris", "model_version": "1"}
    buckets = [[line for line in lines if "_sum" not in line] for lines in (ours.lines(labels), theirs.lines(labels))]
    assert buckets[0] == buckets[1]


@settings(max_examples=300, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_bounds_are_written_as_the_collector_writes_them(bound: float) -> None:
    assert shown(bound) == COLLECTOR.shown(bound)


def test_values_in_single_precision_are_counted_at_their_bounds() -> None:
    schema = Schema((Tensor("X", "float32", (None, 1)),))
    ours = FeatureHistograms(schema, {"X": [0.1, 0.2]})
    ours.observe({"X": np.array([[0.1], [0.2], [0.3], [np.nan]], dtype=np.float32)})
    counts = [line.rsplit(" ", 1)[1] for line in ours.lines({}) if "bucket" in line]
    assert counts == ["1", "2", "3"]


def baseline_of(names: Any, drops: bool = False) -> dict[str, Any]:
    rows, _ = iris()
    features = [[name, [2.0, 5.0], [1, 2, 3]] for name in names]
    return {"format": 1, "rows": len(rows), "features": features, **({"dropped": ["x"]} if drops else {})}


def test_the_baseline_beside_the_model_gives_names_and_bounds(start: Start, models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "model.onnx").write_bytes((models / "iris.onnx").read_bytes())
    (folder / "baseline.json").write_text(json.dumps(baseline_of(COLUMNS)))
    service = start(folder)
    rows, _ = iris()
    for at in range(0, 150, 50):
        service.predict({"instances": rows[at : at + 50].tolist()})
    for index, name in enumerate(COLUMNS):
        column = rows[:, index]
        for le, bound in (("2.0", 2), ("5.0", 5), ("+Inf", 1e9)):
            labels = {"model_name": "iris", "model_version": "1.4.0", "feature": name, "le": le}
            assert service.metric("model_feature_bucket", **labels) == (column <= bound).sum()
        assert abs(service.metric("model_feature_sum", feature=name) - column.sum()) < 0.01
    # what is refused is not counted
    service.predict({"instances": [["x"] * 4]})
    assert service.metric("model_feature_count", feature=COLUMNS[0]) == 150


def test_a_baseline_without_some_features_gives_no_names_to_others(start: Start, models: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    baseline.write_text(json.dumps(baseline_of(COLUMNS, drops=True)))
    assert start(models / "iris.onnx", INFERENCE_DRIFT_BASELINE=str(baseline)).get("/model/info").json["features"] == []
    baseline.write_text(json.dumps(baseline_of(COLUMNS[1:3])))
    assert start(models / "packed", INFERENCE_DRIFT_BASELINE=str(baseline)).get("/model/info").json["features"] == [
        *COLUMNS[1:3]
    ]


def test_a_baseline_that_is_none_is_the_end(start: Start, models: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    wrong = (
        "",
        "[]",
        "{}",
        '{"format": 2}',
        '{"format":1,"rows":1,"features":[["a",[2,1],[1,1,1]]]}',
        '{"error":"no data"}',
    )
    for text in wrong:
        baseline.write_text(text)
        status, message = start(models / "iris.onnx", ready=False, INFERENCE_DRIFT_BASELINE=str(baseline)).ended()
        assert status == 1 and message.startswith("baseline.json must be the JSON that drift_baseline.py writes")


def test_without_a_baseline_the_bounds_are_for_every_size(start: Start, models: Path) -> None:
    service = start(models / "packed")
    values = [random.Random(at).uniform(-1e7, 1e7) for at in range(40)]
    service.predict({"instances": [[value] * 4 for value in values]})
    text = service.get("/metrics").body.decode()
    found = re.findall(r'model_feature_bucket\{[^}]*feature="sepal_width",le="([^"]*)"\} (\d+)', text)
    assert [le for le, _ in found] == [*map(shown, DEFAULT_BOUNDS), "+Inf"]
    expected = [sum(value <= bound for value in values) for bound in (*DEFAULT_BOUNDS, 1e9)]
    assert [int(count) for _, count in found] == expected
