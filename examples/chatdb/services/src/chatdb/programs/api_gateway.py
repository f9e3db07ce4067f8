"""A gateway with the routes of the platform's, for where that one does not run: it checks no tokens and counts no requests."""

from __future__ import annotations

import urllib3
from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from urllib3.util import Retry

from ..errors import Unavailable
from ..http_client import HttpClient
from ..service import Service, problem
from ..settings import Settings

ROUTES = {
    "training": "training-orchestrator",
    "engine": "ml-engine",
    "query": "query-parser",
    "models": "model-registry",
    "predictions": "prediction-service",
    "databases": "db-connector",
}
_FORWARDED = ("accept", "content-type", "idempotency-key", "traceparent")
_ANSWERED = ("content-type", "location", "retry-after")
# what has an answer is not sent again; what reached nobody is
_RETRY = Retry(total=2, connect=2, read=0, redirect=0, status=0, other=0, backoff_factor=0.1)
_TIMEOUT = urllib3.Timeout(connect=1, read=15)


class ApiGateway(Service):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._clients = {
            part: HttpClient(service, settings.url(service), _RETRY, _TIMEOUT) for part, service in ROUTES.items()
        }
        self.app.add_api_route("/api/{path:path}", self._route, methods=["GET", "POST", "PUT"])

    async def _route(self, request: Request, path: str) -> Response:
        body = await request.body()
        return await run_in_threadpool(self._forward, path, request, body)

    def _forward(self, path: str, request: Request, body: bytes) -> Response:
        client = self._clients.get(path.partition("/")[0])
        if client is None:
            return problem(404, "there is no such route")
        headers = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        query = f"?{request.url.query}" if request.url.query else ""
        try:
            found = client.request(request.method, f"/{path}{query}", body or None, headers)
        except Unavailable as error:
            return problem(503, str(error), {"Retry-After": "1"})
        answered = {name: found.headers[name] for name in _ANSWERED if name in found.headers}
        return Response(found.data, found.status, answered)
