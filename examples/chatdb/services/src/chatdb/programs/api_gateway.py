"""A gateway with the routes of the platform's, for where that one does not run: it checks no tokens and counts no requests."""

from __future__ import annotations

from typing import Any

import urllib3
from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from urllib3.util import Retry

from ..errors import Unavailable
from ..http_client import HttpClient
from ..service import Service, problem
from ..settings import Settings

# the prefix is not part of what the service gets
ROUTES = {
    "/api/training": "training-orchestrator",
    "/api/ml": "ml-engine",
    "/api/query": "query-parser",
    "/api/models": "model-registry",
    "/api/predictions": "prediction-service",
    "/api/databases": "db-connector",
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
            prefix: HttpClient(service, settings.url(service), _RETRY, _TIMEOUT) for prefix, service in ROUTES.items()
        }
        for prefix in ROUTES:
            methods = ["GET", "POST", "PUT"]
            self.app.add_api_route(f"{prefix}/{{path:path}}", self._route(prefix), methods=methods)

    def _route(self, prefix: str) -> Any:
        async def forward(request: Request, path: str) -> Response:
            body = await request.body()
            return await run_in_threadpool(self._forward, prefix, path, request, body)

        return forward

    def _forward(self, prefix: str, path: str, request: Request, body: bytes) -> Response:
        headers = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        query = f"?{request.url.query}" if request.url.query else ""
        try:
            found = self._clients[prefix].request(request.method, f"/{path}{query}", body or None, headers)
        except Unavailable as error:
            return problem(503, str(error), {"Retry-After": "1"})
        answered = {name: found.headers[name] for name in _ANSWERED if name in found.headers}
        return Response(found.data, found.status, answered)
