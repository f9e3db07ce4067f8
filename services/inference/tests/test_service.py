"""How the service behaves when it is asked too much, slowly, or not to the end, and how it stops."""

from __future__ import annotations

import concurrent.futures
import json
import os
import signal
import socket
import time
from pathlib import Path

from conftest import SRC, Running, Start, eventually

ROW = [5.1, 3.5, 1.4, 0.2]
SLOW = {"instances": [[[1.0]]]}


def raw(service: Running, *parts: bytes, pause: float = 0.0) -> bytes:
    """What comes back for bytes."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        answer = b""
        while block := connection.recv(65536):
            answer += block
        return answer


def head(length: int | str, *more: str) -> bytes:
    lines = ["POST /predict HTTP/1.1", "host: x", "content-type: application/json", "connection: close", *more]
    lines += [f"content-length: {length}"] if length != "" else ["transfer-encoding: chunked"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_a_body_that_is_too_large_is_refused_before_it_is_read(start: Start, models: Path) -> None:
    service = start(models / "iris.onnx", INFERENCE_MAX_BODY_BYTES="1000")
    began = time.monotonic()
    assert b" 413 " in raw(service, head(10**9)).split(b"\r\n")[0]
    chunk = b"100\r\n" + b" " * 256 + b"\r\n"
    assert b" 413 " in raw(service, head(""), chunk * 8).split(b"\r\n")[0]
    assert time.monotonic() - began < 10
    service.predict(b" " * 1001).problem(413, "body-too-large")
    body = json.dumps({"instances": [ROW]}).encode()
    assert service.predict(body.ljust(1000)).status == 200


def test_a_body_that_comes_too_slowly_is_given_up(start: Start, models: Path) -> None:
    service = start(models / "iris.onnx", INFERENCE_BODY_TIMEOUT_SECONDS="0.3")
    assert b" 408 " in raw(service, head(1000), b"{").split(b"\r\n")[0]
    # one that is cut off is nobody's fault, and costs nothing
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(head(1000) + b"{")
    eventually(lambda: service.metric("inference_errors_total", reason="client-gone") == 1)
    assert service.predict({"instances": [ROW]}).status == 200


def test_memory_for_bodies_has_a_bound(start: Start, models: Path) -> None:
    limits = {"INFERENCE_MAX_BODY_BYTES": "100000", "INFERENCE_MAX_BUFFER_BYTES": "250000"}
    service = start(models / "iris.onnx", **limits)
    held = []
    for _ in range(2):
        connection = socket.create_connection(("127.0.0.1", service.port))
        connection.sendall(head(100_000) + b" ")
        held.append(connection)
    eventually(lambda: b" 503 " in raw(service, head(100_000)).split(b"\r\n")[0])
    answer = service.predict(b"{}".ljust(60_000))
    answer.problem(503, "overloaded")
    assert answer.headers["retry-after"] == "1"
    # small requests go on
    assert service.predict({"instances": [ROW]}).status == 200
    for connection in held:
        connection.close()
    eventually(lambda: service.predict(b"{}".ljust(60_000)).status == 422)


def test_too_many_requests_are_told_when_to_come_again(start: Start, models: Path) -> None:
    service = start(models / "slow.onnx", INFERENCE_MAX_QUEUE="4")
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda _: service.predict(SLOW), range(200)))
        statuses = {answer.status for answer in answers}
        assert statuses == {200, 429}
        for answer in answers:
            if answer.status == 429:
                answer.problem(429, "too-many-requests")
                assert 1 <= int(answer.headers["retry-after"]) <= 60
        # it never fell over: probes are answered all the while
        busy = [pool.submit(service.predict, SLOW) for _ in range(100)]
        assert service.get("/health").status == service.get("/ready").status == 200
        assert {one.result().status for one in busy} <= {200, 429}
    assert service.predict(SLOW).status == 200
    assert service.metric("inference_errors_total", reason="too-many-requests") > 0


def test_a_request_waits_no_longer_than_it_may(start: Start, models: Path) -> None:
    service = start(models / "slow.onnx", INFERENCE_TIMEOUT_SECONDS="0.01", INFERENCE_STUCK_SECONDS="1")
    service.predict(SLOW).problem(504, "timeout")
    assert service.get("/health").status == 200
    assert service.metric("inference_errors_total", reason="timeout") >= 1


def test_who_is_gone_is_not_waited_for(start: Start, models: Path) -> None:
    service = start(models / "slow.onnx", INFERENCE_MAX_QUEUE="64", INFERENCE_MAX_BATCH_SIZE="1")
    body = json.dumps(SLOW).encode()
    connections = []
    for _ in range(30):
        connection = socket.create_connection(("127.0.0.1", service.port))
        connection.sendall(head(len(body)) + body)
        connections.append(connection)
    for connection in connections:
        connection.close()
    eventually(lambda: service.metric("inference_requests_total") >= 30)
    assert service.metric("inference_errors_total", reason="client-gone") > 0
    # what nobody waits for is not predicted
    assert service.metric("inference_predictions_total") < 30
    assert service.predict(SLOW).status == 200


def test_it_stops_when_what_came_is_answered(start: Start, models: Path) -> None:
    service = start(
        models / "slow.onnx",
        INFERENCE_MAX_BATCH_SIZE="1",
        INFERENCE_DRAIN_SECONDS="600",
        INFERENCE_STOP_TIMEOUT_SECONDS="600",
    )
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(service.predict, SLOW) for _ in range(16)]
        eventually(lambda: service.metric("inference_predictions_total") > 0)
        service.process.send_signal(signal.SIGTERM)
        eventually(lambda: service.get("/ready").status == 503)
        # who has not noticed yet is served, and told to go elsewhere
        late = service.predict(SLOW)
        assert late.status == 200 and late.headers["connection"] == "close"
        assert service.get("/health").status == 200
        asked += [pool.submit(service.predict, SLOW) for _ in range(16)]
        eventually(lambda: _waiting(service) >= 8)
        # a second signal ends the time for those who have not noticed; what came is answered all the same
        service.process.send_signal(signal.SIGTERM)
        assert [one.result().status for one in asked] == [200] * 32
    assert service.ended() == (0, "")
    assert [line["message"] for line in service.lines if line["message"] in ("stopped",)] == ["stopped"]


def _waiting(service: Running) -> float:
    connections = Path(f"/proc/{service.process.pid}/net/tcp").read_text()
    # established, to the port of the service
    return len(
        [
            line
            for line in connections.splitlines()
            if f":{service.port:04X} " in line.split(" rem")[0][:26] and " 01 " in line
        ]
    )


def test_it_stops_while_the_model_is_fetched(start: Start, tmp_path: Path) -> None:
    # nobody listens there
    service = start("http://127.0.0.1:9/model.onnx", ready=False, MODEL_SHA256="0" * 64)
    eventually(lambda: bool(service.lines))
    eventually(lambda: _status(service, "/health") == 200)
    service.get("/ready").problem(503, "not-ready")
    service.get("/model/info").problem(503, "not-ready")
    answer = service.predict({"instances": [ROW]})
    answer.problem(503, "not-ready")
    assert answer.headers["retry-after"] == "5"
    service.process.send_signal(signal.SIGTERM)
    assert service.ended()[0] == 0


def _status(service: Running, path: str) -> int:
    try:
        return service.get(path).status
    except OSError:
        return 0


def test_a_model_that_never_comes_is_the_end(start: Start) -> None:
    service = start(
        "http://127.0.0.1:9/model.onnx", ready=False, MODEL_SHA256="0" * 64, INFERENCE_FETCH_TIMEOUT_SECONDS="1"
    )
    status, message = service.ended()
    assert status == 1 and message.startswith("http://127.0.0.1:9/model.onnx: ")


def test_a_wrong_setting_is_named(start: Start, models: Path) -> None:
    wrong = {
        "INFERENCE_MAX_BATCH_SIZE": "0",
        "INFERENCE_TIMEOUT_SECONDS": "nan",
        "INFERENCE_ACCESS_LOG": "yes",
        "INFERENCE_MAX_QUEUES": "1",
        "MODEL_SHA256": "ABC",
        "MODEL_FRAMEWORK": "keras",
        "MODEL_PUBLIC_KEY_FILE": "cosign.pub",
    }
    for name, value in wrong.items():
        service = start(models / "iris.onnx", ready=False, **{name: value})
        status, message = service.ended()
        assert (status, message.startswith(f"{name} ")) == (1, True), message
        assert service.lines[-1]["level"] == "error" and name in service.lines[-1]["message"]


def test_it_needs_no_place_to_write_but_the_folder_for_temporary_files(
    start: Start, models: Path, tmp_path: Path
) -> None:
    """The file system is read-only in the pod; here the user is root, so that what was written is looked for."""
    before = set(SRC.rglob("*"))
    home = tmp_path / "home"
    home.mkdir()
    service = start(models / "iris.onnx", TMPDIR=str(tmp_path), HOME=str(home))
    assert service.predict({"instances": [ROW]}).status == 200
    links = [link for link in Path(f"/proc/{service.process.pid}/fd").iterdir() if int(link.name) > 2]
    opened = [os.readlink(link) for link in links]
    assert [path for path in opened if path.startswith("/") and not path.startswith(("/dev/", "/proc/"))] == []
    # neither does ONNX Runtime keep a database of what it would tell its maker
    assert list(home.iterdir()) == []
    assert set(SRC.rglob("*")) == before
    service.stop()
    assert list(tmp_path.glob("model-*")) == []


def test_log_lines_are_json_with_the_trace_of_the_request(start: Start, models: Path) -> None:
    service = start(models / "iris.onnx")
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    given = {
        f"00-{trace}-{parent}-01": (trace, parent),
        f"cc-{trace}-{parent}-01-what-the-future-will-be": (trace, parent),
        f"00-{trace}-{parent}-01-more": None,
        f"ff-{trace}-{parent}-01": None,
        f"00-{'0' * 32}-{parent}-01": None,
        "nonsense": None,
        '00-"}\\': None,
    }
    for header in given:
        assert service.predict({"instances": [ROW]}, {"traceparent": header}).status == 200
    service.predict({"instances": [["secret"] * 4]})
    eventually(lambda: sum(line["message"] == "predict" for line in service.lines) == len(given) + 1)
    lines = [line for line in service.lines if line["message"] == "predict"]
    for line, expected in zip(lines, given.values(), strict=False):
        assert (line["status"], line["rows"], line["level"]) == (200, 1, "info")
        if expected is None:
            assert len(line["trace_id"]) == 32 and line["trace_id"] != trace and "parent_id" not in line
        else:
            assert (line["trace_id"], line["parent_id"]) == expected
        assert len(line["span_id"]) == 16 and line["span_id"] != parent
    assert (lines[-1]["status"], lines[-1]["reason"]) == (422, "invalid-input")
    assert "secret" not in json.dumps(service.lines)


def test_bytes_that_are_no_http_do_no_harm(start: Start, models: Path) -> None:
    service = start(models / "iris.onnx")
    for nonsense in (
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /predict HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"\r\n" * 10,
    ):
        with socket.create_connection(("127.0.0.1", service.port), timeout=5) as connection:
            connection.sendall(nonsense)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(65536)
    body = json.dumps({"instances": [ROW]}).encode()
    # two bodies in one: what the length does not cover is not read as a request of another
    smuggled = raw(service, head(len(body), "transfer-encoding: chunked") + body)
    assert not smuggled or b" 400 " in smuggled.split(b"\r\n")[0]
    assert service.predict({"instances": [ROW]}).status == 200
