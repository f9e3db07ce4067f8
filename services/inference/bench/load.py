"""
Compares the service with the bare call of the model: load.py [--requests N] [--soak N]

Prints the latency at 1, 8 and 64 clients, the throughput as a share of what the bare call has, and the resident memory over a soak. It is
run by a person: how fast a machine is with others on it is no test. The server and its clients share the CPUs, so that the clients
are one thread of plain sockets; what the clients take is subtracted by nothing, and `cpu` is the server's own CPU time per request.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, cast

import numpy as np
import onnx
import uvloop
from onnx import TensorProto, helper

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from conftest import Running, model_of, running, slow_model  # noqa: E402

CLIENTS = (1, 8, 64)


def small_model() -> onnx.ModelProto:
    """A perceptron with 30 features, which a row takes some microseconds."""
    random = np.random.default_rng(1)
    sizes = [30, 64, 32, 2]
    nodes, constants = [], []
    for at, (one, other) in enumerate(zip(sizes, sizes[1:], strict=False)):
        weights = random.standard_normal((one, other)).astype(np.float32)
        constants.append(helper.make_tensor(f"w{at}", TensorProto.FLOAT, weights.shape, weights.tobytes(), raw=True))
        nodes.append(helper.make_node("MatMul", ["X" if at == 0 else f"a{at}", f"w{at}"], [f"m{at}"]))
        nodes.append(helper.make_node("Sigmoid", [f"m{at}"], ["Y" if at == len(sizes) - 2 else f"a{at + 1}"]))
    value = helper.make_tensor_value_info
    inputs, outputs = value("X", TensorProto.FLOAT, ["rows", 30]), value("Y", TensorProto.FLOAT, ["rows", 2])
    return model_of(helper.make_graph(nodes, "small", [inputs], [outputs], constants))


def bare(path: Path, row: Any, seconds: float) -> tuple[float, float, float]:
    """Calls of the model a second by one after the other, the median of their milliseconds, and their CPU milliseconds."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options)
    name = session.get_inputs()[0].name
    array = np.array([row], dtype=np.float32)
    times = []
    used = time.process_time()
    until = time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        session.run(None, {name: array})
        times.append(time.perf_counter() - began)
    used = time.process_time() - used
    return len(times) / sum(times), statistics.median(times) * 1000, used / len(times) * 1000


class Client(asyncio.Protocol):
    """A connection that sends the same request again as soon as it has the answer."""

    def __init__(self, request: bytes, done: Callable[[float, int], bool]) -> None:
        self.request = request
        self.done = done
        self.buffer = b""
        self.began = 0.0
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.send()

    def send(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        at = head.lower().index(b"content-length:") + 15
        if len(body) < int(head[at:].split(b"\r\n", 1)[0]):
            return
        self.buffer = b""
        if self.done(time.perf_counter() - self.began, int(head[9:12])):
            self.send()
        else:
            self.transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)


async def load(
    port: int, body: bytes, clients: int, requests: int, tick: Callable[[int], None] | None = None
) -> dict[str, float]:
    head = f"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    times: list[float] = []
    failed = 0
    left = requests

    def done(seconds: float, status: int) -> bool:
        nonlocal left, failed
        failed += status != 200
        times.append(seconds)
        left -= 1
        if tick is not None:
            tick(requests - left)
        return left >= clients

    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = [
        await loop.create_connection(lambda: Client(head.encode() + body, done), "127.0.0.1", port)
        for _ in range(clients)
    ]
    await asyncio.gather(*(protocol.closed for _, protocol in made))
    whole = time.perf_counter() - began
    times.sort()
    return {
        "p50": times[len(times) // 2] * 1000,
        "p99": times[int(len(times) * 0.99)] * 1000,
        "rate": len(times) / whole,
        "failed": failed,
    }


def cpu(service: Running) -> float:
    fields = Path(f"/proc/{service.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(service: Running) -> float:
    """Resident megabytes."""
    pages = int(Path(f"/proc/{service.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def compare(folder: Path, name: str, model: onnx.ModelProto, row: Any, requests: int, seconds: float) -> None:
    path = folder / f"{name}.onnx"
    onnx.save(model, path)
    body = json.dumps({"instances": [row]}).encode()
    with running(
        folder, path, INFERENCE_ACCESS_LOG="false", INFERENCE_MAX_QUEUE="256", INFERENCE_TIMEOUT_SECONDS="60"
    ) as service:
        service.wait_ready()
        uvloop.run(load(service.port, body, 8, min(requests, 500)))
        for clients in CLIENTS:
            # the bare call before and after, since others use the machine, too
            before, one, _ = bare(path, row, seconds)
            used = cpu(service)
            found = uvloop.run(load(service.port, body, clients, requests))
            used = cpu(service) - used
            after, other, work = bare(path, row, seconds)
            call, median = (before + after) / 2, (one + other) / 2
            print(
                f"{name:6} {clients:3} clients: p50 {found['p50']:7.3f} ms, p99 {found['p99']:7.3f} ms, {found['rate']:7.1f}/s; "
                f"bare {median:7.3f} ms, {call:8.1f}/s; over it {found['p50'] / clients - median:+7.3f} ms a request, "
                f"throughput x {found['rate'] / call:5.2f}; cpu {used / requests * 1000:6.3f} ms a request, of which "
                f"the bare call x {work * requests / used / 1000:5.2f}; failed {found['failed']:.0f}",
                flush=True,
            )


def soak(folder: Path, requests: int) -> None:
    path = folder / "small.onnx"
    body = json.dumps({"instances": [[0.5] * 30]}).encode()
    with running(folder, path, INFERENCE_ACCESS_LOG="false") as service:
        service.wait_ready()
        uvloop.run(load(service.port, body, 8, 5000))
        sizes: list[float] = []

        def tick(done: int) -> None:
            if done % max(1, requests // 40) == 0:
                sizes.append(memory(service))

        began = time.perf_counter()
        uvloop.run(load(service.port, body, 8, requests, tick))
        seconds = time.perf_counter() - began
        slope = np.polyfit(np.linspace(0, requests, len(sizes)), sizes, 1)[0] * 100_000
        print(
            f"soak: {requests} requests in {seconds:.0f} s ({requests / seconds:.0f}/s); resident {sizes[0]:.1f} MiB first, {sizes[-1]:.1f} "
            f"MiB last, at most {max(sizes):.1f}; slope {slope:+.3f} MiB per 100,000 requests"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--soak", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=2.0, help="of the bare calls before and after each load")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
        compare(folder, "small", small_model(), [0.5] * 30, options.requests, options.seconds)
        compare(
            folder, "medium", slow_model(loops=8, size=420), [[1.0]], max(200, options.requests // 8), options.seconds
        )
        compare(
            folder, "large", slow_model(loops=40, size=420), [[1.0]], max(100, options.requests // 32), options.seconds
        )
        if options.soak:
            soak(folder, options.soak)


if __name__ == "__main__":
    main()
