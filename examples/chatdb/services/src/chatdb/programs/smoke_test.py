"""Asks the platform as its users do, by the gateway: a question to its answer, and a training to its prediction."""

from __future__ import annotations

import json
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Callable

from .. import logs
from ..backoff import Backoff
from ..errors import Refused, Unavailable
from ..http_client import HttpClient
from ..settings import Settings

# y = 2 x + 1
ROWS = [[float(x), 2.0 * x + 1] for x in range(8)]


class SmokeTest:
    """One run of both ways. Each request has an id of its own, so that it may be sent again."""

    def __init__(self, settings: Settings) -> None:
        self._gateway = HttpClient("api-gateway", settings.url("api-gateway"))
        self._question = settings.text("TEST_QUESTION", "how many orders are there?")
        self._seconds = settings.number("TEST_SECONDS", 120, 1, 3600)
        token = settings.optional("TEST_TOKEN_FILE")
        self._token = None if token is None else Path(token)

    def run(self) -> dict[str, Any]:
        """What came of it. Raises Unavailable where it did not in time, and Refused where an answer is wrong."""
        end = time.monotonic() + self._seconds
        answer = self._answer(end)
        prediction = self._prediction(end)
        return {"answer": answer, "prediction": prediction}

    def check(self) -> None:
        self._gateway.check()

    def _answer(self, end: float) -> Any:
        id = str(uuid.uuid4())
        self._ask(end, "POST", "/api/query/questions", {"question": self._question}, id)
        found = self._until(end, f"/api/query/questions/{id}?wait=5", lambda body: body["status"] != "pending")
        if found["status"] != "planned":
            raise Refused(502, f"the question was not understood: {found.get('reason')}")
        plan = {"plan": found["plan"], "database": found["database"]}
        return self._ask(end, "POST", "/api/databases/queries", plan)["rows"]

    def _prediction(self, end: float) -> float:
        id = str(uuid.uuid4())
        model = f"smoke-test-{id[:8]}"
        self._ask(end, "POST", "/api/training/jobs", {"model": model, "kind": "regression", "rows": ROWS}, id)
        job = self._until(end, f"/api/training/jobs/{id}", lambda body: body["status"] != "queued")
        if job["status"] != "done":
            raise Refused(502, f"the training failed: {job.get('reason')}")
        found = self._ask(end, "POST", f"/api/predictions/{model}", {"inputs": [[20.0]]})
        value = float(found["predictions"][0])
        if abs(value - 41) > 0.01:
            raise Refused(502, f"the prediction is {value} instead of 41")
        return round(value, 3)

    def _until(self, end: float, path: str, done: Callable[[Any], bool]) -> Any:
        while time.monotonic() < end:
            body = self._ask(end, "GET", path)
            if done(body):
                return body
            time.sleep(0.5)
        raise Unavailable(f"{path} took too long")

    def _ask(self, end: float, method: str, path: str, body: object | None = None, id: str | None = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if id is not None:
            headers["Idempotency-Key"] = id
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token.read_text().strip()}"
        data = None if body is None else json.dumps(body).encode()
        backoff = Backoff()
        while True:
            try:
                response = self._gateway.request(method, path, data, headers)
                if response.status >= 400:
                    raise Refused(502, f"{method} {path} is answered with {response.status}")
                return json.loads(response.data)
            except Unavailable as error:
                if time.monotonic() > end:
                    raise
                logs.warning("asked again", path=path, reason=str(error))
                backoff.wait(threading.Event())
