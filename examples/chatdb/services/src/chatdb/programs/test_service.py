"""Test service: runs the smoke test when it is asked to, once at a time."""

from __future__ import annotations

import threading

from fastapi import Response

from ..errors import Refused
from ..service import Service, reply
from ..settings import Settings
from .smoke_test import SmokeTest


class TestService(Service):
    live_path = "/"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._test = SmokeTest(settings)
        self._running = threading.Lock()
        self.readiness.needs("api-gateway", self._test.check)
        self.app.add_api_route("/runs", self._run, methods=["POST"])

    def _run(self) -> Response:
        if not self._running.acquire(blocking=False):
            raise Refused(409, "a test is running")
        try:
            return reply(200, self._test.run())
        finally:
            self._running.release()
