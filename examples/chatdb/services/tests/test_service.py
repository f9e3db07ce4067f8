from __future__ import annotations

import json
import threading
import time
from typing import Callable

import pytest
from fastapi import Response
from fastapi.testclient import TestClient
from pydantic import BaseModel

from chatdb import logs, metrics
from chatdb.backoff import Backoff
from chatdb.errors import Refused, Unavailable
from chatdb.readiness import Readiness
from chatdb.redaction import hide
from chatdb.service import Service, reply
from chatdb.settings import Settings


class Body(BaseModel):
    number: int


class Example(Service):
    longest_body = 100

    def __init__(self) -> None:
        super().__init__(Settings({"PORT": "0", "SERVICE_NAME": "example"}))
        self.app.add_api_route("/things/{id}", self._thing, methods=["GET"])
        self.app.add_api_route("/things", self._add, methods=["POST"])

    def _thing(self, id: str) -> Response:
        if id == "away":
            raise Unavailable("the shelf is away")
        if id == "none":
            raise Refused(404, "no such thing")
        if id == "broken":
            raise RuntimeError("password=hunter2-of-the-test")
        return reply(200, {"id": id})

    def _add(self, body: Body) -> Response:
        return reply(201, body.model_dump())


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_live_from_the_start_and_ready_while_the_needed_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatdb.readiness.INTERVAL", 0.01)
    service = Example()
    away = threading.Event()

    def check() -> None:
        if away.is_set():
            raise Unavailable("it is away")

    service.readiness.needs("shelf", check)
    service.readiness.watches("library", lambda: 1 / 0)  # type: ignore[arg-type]
    with TestClient(service.app) as client:
        wait_until(lambda: client.get("/health/ready").status_code == 200)
        assert client.get("/health/ready").json()["dependencies"] == {"shelf": "up", "library": "down"}
        away.set()
        wait_until(lambda: client.get("/health/ready").status_code == 503)
        assert client.get("/health").status_code == 200
        assert 'chatdb_dependency_up{dependency="shelf"} 0.0' in client.get("/metrics").text
        away.clear()
        wait_until(lambda: client.get("/health/ready").status_code == 200)
    assert not service.readiness.ready


def test_a_check_that_hangs_counts_as_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatdb.readiness.INTERVAL", 0.01)
    monkeypatch.setattr("chatdb.readiness.STALE", 0.2)
    readiness, hang, freed = Readiness(), threading.Event(), threading.Event()

    def check() -> None:
        if hang.is_set():
            freed.wait(10)

    readiness.needs("shelf", check)
    assert not readiness.ready
    readiness.start()
    wait_until(lambda: readiness.ready)
    hang.set()
    wait_until(lambda: not readiness.ready)
    hang.clear()
    freed.set()
    wait_until(lambda: readiness.ready)
    readiness.stop()
    assert not readiness.ready


def test_one_of_several_is_enough_where_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatdb.readiness.INTERVAL", 0.01)
    readiness, away = Readiness(), {"a", "b"}

    def check(name: str) -> Callable[[], None]:
        def asked() -> None:
            if name in away:
                raise Unavailable(name)

        return asked

    readiness.needs_one_of({"a": check("a"), "b": check("b")})
    readiness.start()
    time.sleep(0.1)
    assert not readiness.ready
    away.discard("b")
    wait_until(lambda: readiness.ready)
    assert readiness.states == {"a": "down", "b": "up"}
    readiness.stop()


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/things/away", 503, "the shelf is away"),
        ("/things/none", 404, "no such thing"),
        ("/nowhere", 404, "Not Found"),
        ("/things/broken", 500, "the log has the reason"),
    ],
)
def test_what_goes_wrong_is_a_problem(path: str, status: int, detail: str) -> None:
    answer = TestClient(Example().app, raise_server_exceptions=False).get(path)
    assert (answer.status_code, answer.json()["detail"]) == (status, detail)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get("retry-after") == ("1" if status == 503 else None)


def test_bodies_are_checked_and_bounded() -> None:
    client = TestClient(Example().app)
    assert client.post("/things", json={"number": 1}).status_code == 201
    refused = client.post("/things", json={"number": "a secret thing"})
    assert refused.status_code == 422
    assert "number" in refused.json()["detail"]
    assert "secret" not in refused.text
    assert client.post("/things", content=b" " * 101).status_code == 413


def test_requests_are_counted_by_route_and_not_by_path() -> None:
    client = TestClient(Example().app)
    for id in ("a", "b", "none"):
        client.get(f"/things/{id}")
    client.request("BREW", "/things/a")
    text = metrics.text().decode()
    name = "http_server_request_duration_seconds"
    labels = 'http_request_method="GET",http_response_status_code="200",http_route="/things/{id}"'
    assert f"{name}_count{{{labels}}}" in text
    assert 'http_response_status_code="404",http_route="/things/{id}"' in text
    assert 'http_request_method="_OTHER"' in text
    assert "/things/a" not in text
    for seconds in ("0.1", "0.2", "0.5"):
        assert f'{name}_bucket{{{labels},le="{seconds}"}}' in text


def test_logs_are_json_without_what_is_hidden(capsys: pytest.CaptureFixture[str], hidden: None) -> None:
    hide("correct horse battery")
    logs.warning("the password is correct horse battery", url="postgresql://user:pass@host/db")
    line = json.loads(capsys.readouterr().out)
    assert line["message"] == "the password is ***"
    assert "pass@" not in line["url"]
    assert (line["level"], "timestamp" in line) == ("warning", True)


def test_waits_grow_up_to_a_bound() -> None:
    backoff = Backoff(first=0.1, longest=2)
    waits = [backoff.next() for _ in range(2000)]
    assert all(0.05 <= wait <= 2 for wait in waits)
    assert waits[0] <= 0.1 < 1 <= min(waits[10:])
    backoff.reset()
    assert backoff.next() <= 0.1
