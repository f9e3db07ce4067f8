"""What the collector counts of copies of requests, as a process that is asked over the network."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

from conftest import SRC
from feature_collector import LARGEST, Collector, rows_of, shown

BASELINE = {
    "format": 1,
    "rows": 10,
    "features": [
        {"name": "age", "bounds": [18, 40], "counts": [1, 2, 3]},
        {"name": "income", "bounds": [1e6], "counts": [1, 2]},
    ],
}


class Running:
    """A collector that runs, and its ports."""

    def __init__(self, process: subprocess.Popen[str], port: int, metrics_port: int) -> None:
        self.process = process
        self.port = port
        self.metrics_port = metrics_port

    def send(self, body: Any, method: str = "POST") -> int:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            text = body if isinstance(body, (str, bytes)) else json.dumps(body)
            connection.request(method, "/v1/models/churn:predict", text)
            return connection.getresponse().status

    def series(self) -> dict[str, float]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=20)) as connection:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def bucket(self, feature: str, le: str) -> float:
        labels = f'model_name="churn",model_version="1.4.0",feature="{feature}",le="{le}"'
        return self.series()[f"model_feature_bucket{{{labels}}}"]

    def outcome(self, outcome: str) -> float:
        labels = f'model_name="churn",model_version="1.4.0",outcome="{outcome}"'
        return self.series()[f"model_feature_requests_total{{{labels}}}"]


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Running]:
    baseline = tmp_path / "baseline.json"
    baseline.write_text(json.dumps(BASELINE))
    port, metrics_port = free_ports()
    variables = {"MODEL_NAME": "churn", "MODEL_VERSION": "1.4.0", "PORT": str(port), "METRICS_PORT": str(metrics_port)}
    command = [sys.executable, str(SRC / "feature_collector.py"), str(baseline)]
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **variables}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening")
        try:
            yield Running(process, port, metrics_port)
        finally:
            process.kill()


def test_it_counts_the_values_of_requests_in_the_buckets_of_the_baseline(collector: Running) -> None:
    assert collector.send({"instances": [{"age": 18, "income": 5}, {"age": 30}, {"age": 41, "income": 2e6}]}) == 202
    assert collector.bucket("age", "18.0") == 1
    assert collector.bucket("age", "40.0") == 2
    assert collector.bucket("age", "+Inf") == 3
    assert collector.bucket("income", "1e+06") == 1
    assert collector.bucket("income", "+Inf") == 2
    assert collector.outcome("counted") == 1


def test_what_it_cannot_read_is_counted_and_does_no_harm(collector: Running) -> None:
    deep = '{"instances":' + "[" * 100_000
    for body in ("no json", "[]", deep, {"instances": "x"}, {"instances": [None, {"age": "old"}]}):
        assert collector.send(body) == 202
    assert collector.send({"instances": [{"age": 1}]}) == 202
    assert collector.bucket("age", "+Inf") == 1
    # a row without a value that is known is a row
    assert collector.outcome("unread") == 4


def test_a_copy_that_is_too_large_is_dropped_without_being_read(collector: Running) -> None:
    with socket.create_connection(("127.0.0.1", collector.port), timeout=20) as connection:
        connection.sendall(f"POST / HTTP/1.1\r\ncontent-length: {LARGEST + 1}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 503")
    assert collector.outcome("dropped") == 1


def test_copies_that_do_not_end_hold_up_no_other_and_no_scrape(collector: Running) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            stuck = stack.enter_context(socket.create_connection(("127.0.0.1", collector.port), timeout=20))
            stuck.sendall(b"POST / HTTP/1.1\r\ncontent-length: 100\r\n\r\n{")
        until = time.monotonic() + 20
        while collector.outcome("dropped") < 8:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert collector.send({"instances": [{"age": 1}]}) == 503


def test_it_stops_at_once_when_it_is_told_to(collector: Running) -> None:
    with socket.create_connection(("127.0.0.1", collector.port), timeout=20) as stuck:
        stuck.sendall(b"POST / HTTP/1.1\r\ncontent-length: 100\r\n\r\n{")
        collector.send({"instances": [{"age": 1}]})
        collector.process.send_signal(signal.SIGTERM)
        assert collector.process.wait(timeout=20) == 0


ROW = {"age": 20, "income": 7}


@pytest.mark.parametrize(
    "body",
    [
        {"instances": [ROW]},
        {"instances": [[20, 7]]},
        {"inputs": [{"name": "age", "shape": [1], "data": [20]}, {"name": "income", "shape": [1, 1], "data": [[7]]}]},
        {"inputs": [{"name": "input-0", "shape": [1, 2], "datatype": "FP32", "data": [20, 7]}]},
        {"inputs": {"age": [20], "income": [7]}},
        {"dataframe_split": {"columns": ["age", "income"], "data": [[20, 7]]}},
        {"dataframe_records": [ROW]},
    ],
    ids=["objects", "lists", "tensors", "one-tensor", "columns", "split", "records"],
)
def test_all_ways_to_write_a_request_are_the_same_rows(body: Any) -> None:
    assert list(rows_of(body, ["age", "income"], ["age", "income"])) == [ROW]


def test_values_without_names_are_not_guessed_where_some_features_are_not_known() -> None:
    collector = Collector({**BASELINE, "dropped": ["city"]}, {})
    collector.count(b'{"instances": [[20, 7, 1]]}')
    assert collector.outcomes == {"counted": 0, "unread": 1, "dropped": 0}
    collector.count(b'{"inputs": [{"name": "age", "shape": [1], "data": [20]}]}')
    assert collector.outcomes["counted"] == 1


@pytest.mark.parametrize(
    ("bound", "text"),
    [
        (18, "18.0"),
        (0.5, "0.5"),
        (0, "0.0"),
        (1e6, "1e+06"),
        (1.5e-5, "1.5e-05"),
        (123456.5, "123456.5"),
        (-2e7, "-2e+07"),
    ],
)
def test_bounds_are_written_as_the_rules_have_them(bound: float, text: str) -> None:
    assert shown(float(bound)) == text
