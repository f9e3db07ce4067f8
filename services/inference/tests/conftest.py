"""What the tests share: small models that are trained here, and the service as a process that is asked over the network."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping

import numpy as np
import onnx
import pytest
import skops.io
from numpy.typing import NDArray
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# its packages are several gigabytes: the tests of the other formats do without
collect_ignore = [] if importlib.util.find_spec("torch") else ["with_torch"]
# as the service has it, for the tests that import it before the service
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
SRC = Path(__file__).resolve().parents[1] / "src"
COLUMNS = ("sepal_length", "sepal_width", "petal_length", "petal_width")
MLMODEL = {
    "flavors": {"onnx": {"data": "model.onnx"}},
    "signature": {
        "inputs": json.dumps([{"type": "double", "name": name, "required": True} for name in COLUMNS]),
        "outputs": None,
        "params": None,
    },
}

Floats = NDArray[np.float32]


def iris() -> tuple[Floats, NDArray[np.int64]]:
    rows, labels = load_iris(return_X_y=True)
    return rows.astype(np.float32), labels.astype(np.int64)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with trained models in the formats that the service loads without PyTorch."""
    folder = tmp_path_factory.mktemp("models")
    rows, labels = iris()
    regression = LogisticRegression(max_iter=500).fit(rows, labels)
    (folder / "iris.onnx").write_bytes(to_onnx(regression, rows[:1], options={"zipmap": False}).SerializeToString())
    forest = RandomForestClassifier(20, random_state=1).fit(rows, labels)
    (folder / "zipmap.onnx").write_bytes(to_onnx(forest, rows[:1], options={"zipmap": True}).SerializeToString())
    skops.io.dump(make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels), folder / "iris.skops")
    skops.io.dump(forest, folder / "forest.skops")
    onnx.save(graph_model(), folder / "graph.onnx")
    onnx.save(slow_model(), folder / "slow.onnx")
    # trees have an answer for numbers of any size
    (folder / "forest.onnx").write_bytes(to_onnx(forest, rows[:1], options={"zipmap": False}).SerializeToString())
    trees = folder / "trees"
    trees.mkdir()
    (trees / "model.onnx").write_bytes((folder / "forest.onnx").read_bytes())
    (trees / "MLmodel").write_text(json.dumps(MLMODEL))
    packed = folder / "packed"
    packed.mkdir()
    (packed / "model.onnx").write_bytes((folder / "iris.onnx").read_bytes())
    (packed / "MLmodel").write_text(json.dumps(MLMODEL))
    return folder


def graph_model() -> onnx.ModelProto:
    """Inputs of several types: tokens [-1, -1], weights [-1, 3, 2], flags [-1]; the sum of each row and the flags back."""
    inputs = [
        helper.make_tensor_value_info("tokens", TensorProto.INT32, ["rows", "length"]),
        helper.make_tensor_value_info("weights", TensorProto.DOUBLE, ["rows", 3, 2]),
        helper.make_tensor_value_info("flags", TensorProto.BOOL, ["rows"]),
        helper.make_tensor_value_info("words", TensorProto.STRING, ["rows"]),
    ]
    outputs = [
        helper.make_tensor_value_info("total", TensorProto.DOUBLE, ["rows"]),
        helper.make_tensor_value_info("flipped", TensorProto.BOOL, ["rows"]),
        helper.make_tensor_value_info("said", TensorProto.STRING, ["rows"]),
    ]
    nodes = [
        helper.make_node("Cast", ["tokens"], ["numbers"], to=TensorProto.DOUBLE),
        helper.make_node("ReduceSum", ["numbers", "last"], ["first"], keepdims=0),
        helper.make_node("ReduceSum", ["weights", "both"], ["second"], keepdims=0),
        helper.make_node("Add", ["first", "second"], ["total"]),
        helper.make_node("Not", ["flags"], ["flipped"]),
        helper.make_node("Identity", ["words"], ["said"]),
    ]
    axes = [
        helper.make_tensor("last", TensorProto.INT64, [1], [1]),
        helper.make_tensor("both", TensorProto.INT64, [2], [1, 2]),
    ]
    return model_of(helper.make_graph(nodes, "graph", inputs, outputs, axes))


def slow_model(loops: int = 40, size: int = 400) -> onnx.ModelProto:
    """Multiplies matrices again and again: some tens of milliseconds whatever it is asked."""
    weights = np.random.default_rng(1).standard_normal((size, size)).astype(np.float32) / size
    nodes = [helper.make_node("Expand", ["X", "shape"], ["wide0"])]
    nodes += [helper.make_node("MatMul", [f"wide{at}", "weights"], [f"wide{at + 1}"]) for at in range(loops)]
    nodes += [helper.make_node("ReduceSum", [f"wide{loops}", "axes"], ["Y"], keepdims=0)]
    constants = [
        helper.make_tensor("weights", TensorProto.FLOAT, [size, size], weights.tobytes(), raw=True),
        helper.make_tensor("shape", TensorProto.INT64, [3], [1, size, size]),
        helper.make_tensor("axes", TensorProto.INT64, [2], [1, 2]),
    ]
    inputs = [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["rows", 1, 1])]
    return model_of(
        helper.make_graph(
            nodes, "slow", inputs, [helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["rows"])], constants
        )
    )


def model_of(graph: onnx.GraphProto) -> onnx.ModelProto:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    return model


class Answer:
    """The answer to a request."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def predictions(self) -> Any:
        assert self.status == 200, self.body
        return self.json["predictions"]

    def problem(self, status: int, slug: str) -> Any:
        """The problem, which must be of this kind."""
        assert (self.status, self.headers["content-type"]) == (status, "application/problem+json"), self.body
        found = self.json
        assert (found["status"], found["type"].rsplit("/", 1)[1]) == (status, slug)
        return found

    def pointers(self) -> list[str]:
        return [error["pointer"] for error in self.problem(422, "invalid-input")["errors"]]


class Running:
    """A service that runs."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, ending: Path) -> None:
        self.process = process
        self.port = port
        self.ending = ending
        self.lines: list[Any] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)) as connection:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def predict(self, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", "/predict", data, {"content-type": "application/json", **(headers or {})})

    def series(self) -> dict[str, float]:
        pairs = (
            line.rsplit(" ", 1) for line in self.get("/metrics").body.decode().splitlines() if not line.startswith("#")
        )
        return {name: float(value) for name, value in pairs}

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the series of a name with these labels."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        found = self.series().items()
        return sum(value for key, value in found if key.partition("{")[0] == name and all(one in key for one in wanted))

    def wait_ready(self) -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if self.process.poll() is not None:
                self._reader.join(10)
                raise AssertionError(f"it ended with {self.process.returncode}: {self.lines[-3:]}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/ready").status == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(f"it was not ready in time: {self.lines[-3:]}")

    def ended(self) -> tuple[int, str]:
        """How it ended, and what it left for the kubelet."""
        status = self.process.wait(120)
        self._reader.join(10)
        return status, self.ending.read_text()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


Start = Callable[..., Running]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def environment(uri: str | Path, port: int, ending: Path, **variables: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(SRC),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MODEL_NAME": "iris",
        "MODEL_VERSION": "1.4.0",
        "MODEL_URI": str(uri),
        "INFERENCE_HOST": "127.0.0.1",
        "INFERENCE_PORT": str(port),
        "INFERENCE_THREADS": "1",
        "INFERENCE_DRAIN_SECONDS": "0.2",
        # however busy the machine is, it is not the time-out that answers
        "INFERENCE_TIMEOUT_SECONDS": "600",
        "TERMINATION_LOG": str(ending),
        **variables,
    }


@contextlib.contextmanager
def running(folder: Path, uri: str | Path, python: str = sys.executable, **variables: str) -> Iterator[Running]:
    port = free_port()
    ending = folder / f"ending-{port}"
    ending.touch()
    command = [python, "-m", "inference_service"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(uri, port, ending, **variables)) as process:
        service = Running(process, port, ending)
        try:
            yield service
        finally:
            service.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts services that end with the test; `ready=False` does not wait for the model."""
    with contextlib.ExitStack() as stack:

        def begin(uri: str | Path, ready: bool = True, **variables: str) -> Running:
            service = stack.enter_context(running(tmp_path, uri, **variables))
            if ready:
                service.wait_ready()
            return service

        yield begin


@pytest.fixture(scope="module")
def served(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service of `iris.onnx` that the tests of a file share."""
    with running(tmp_path_factory.mktemp("served"), models / "iris.onnx") as service:
        service.wait_ready()
        yield service


def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.02)
