"""What the services have in common: routes of health and metrics, errors as problems, limits, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import threading
from datetime import datetime
from typing import Any, AsyncIterator, Iterator, Protocol

import anyio.to_thread
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import logs, metrics
from .errors import Refused, Unavailable
from .readiness import Readiness
from .settings import Settings

MEBIBYTE = 1024 * 1024
# requests at one time; what comes beyond is answered with 503
MOST_REQUESTS = 256
THREADS = 32


class Task(Protocol):
    """Something that runs beside the requests."""

    def start(self) -> None: ...

    def stop(self) -> None:
        """Ends it when what it has begun is done."""


class Service:
    """One of the services. A subclass adds its dependencies to `readiness`, its tasks to `tasks`, and its routes to `app`."""

    live_path = "/health"
    ready_path = "/health/ready"
    longest_body = MEBIBYTE

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.name = settings.text("SERVICE_NAME", "chatdb")
        self.port = settings.whole("PORT", None, 0, 65535)
        self.drain = settings.number("DRAIN_SECONDS", 3, 0, 60)
        self.readiness = Readiness()
        self.tasks: list[Task] = []
        self.stopping = threading.Event()
        self.app = FastAPI(title=self.name, lifespan=self._lifespan, docs_url=None, redoc_url=None)
        self.app.add_api_route(self.live_path, self._live, methods=["GET"])
        self.app.add_api_route(self.ready_path, self._ready, methods=["GET"])
        self.app.add_api_route("/metrics", self._metrics, methods=["GET"])
        self.app.add_exception_handler(Unavailable, _unavailable)
        self.app.add_exception_handler(Refused, _refused)
        self.app.add_exception_handler(RequestValidationError, _invalid)
        self.app.add_exception_handler(HTTPException, _http)
        self.app.add_exception_handler(Exception, _failed)
        self.app.add_middleware(BodyLimit, longest=self.longest_body)
        self.app.add_middleware(metrics.RequestDurations)

    def close(self) -> None:
        """Lets go of what the service holds, after its tasks and requests have ended."""

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        self.readiness.start()
        for task in self.tasks:
            task.start()
        try:
            yield
        finally:
            self.readiness.stop()
            await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        self.stopping.set()
        for task in self.tasks:
            task.stop()
        self.close()

    # these two need no thread of the pool: liveness is that of the process, whatever the requests wait for
    async def _live(self) -> Response:
        return reply(200, {"status": "up"})

    async def _ready(self) -> Response:
        ready = self.readiness.ready
        return reply(
            200 if ready else 503, {"status": "up" if ready else "down", "dependencies": self.readiness.states}
        )

    async def _metrics(self) -> Response:
        return Response(metrics.text(), media_type=metrics.CONTENT_TYPE)


class BodyLimit:
    """Refuses bodies above a limit, of which it reads no more than that."""

    def __init__(self, app: ASGIApp, longest: int) -> None:
        self._app, self._longest = app, longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parts: list[bytes] = []
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
            if sum(map(len, parts)) > self._longest:
                answer = problem(413, f"a body has at most {self._longest} bytes", {"Connection": "close"})
                await answer(scope, receive, send)
                return
        body = b"".join(parts)
        given = False

        async def replayed() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replayed, send)


class Server(uvicorn.Server):
    """A server whose readiness ends before it does."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # unlike Uvicorn's own, it does not raise the signal again when all is done: the end that was asked for is a success
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        yield

    def _stop(self) -> None:
        self._service.readiness.stop()
        logs.info("stopping: requests that came are answered")
        # until all have noticed that it is not ready, some still send requests
        asyncio.get_running_loop().call_later(self._service.drain, self._end)

    def _end(self) -> None:
        self.should_exit = True


def serve(service: Service) -> None:
    """Serves until SIGTERM."""
    config = uvicorn.Config(
        service.app,
        # every address of the pod
        host=service.settings.text("HOST", "0.0.0.0"),
        port=service.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_REQUESTS,
        # longer than those who keep connections open to it
        timeout_keep_alive=75,
        timeout_graceful_shutdown=15,
    )
    logs.info("starting", service=service.name, port=service.port)
    Server(config, service).run()
    logs.info("stopped", service=service.name)


def reply(status: int, body: object, headers: dict[str, str] | None = None) -> Response:
    text = json.dumps(body, separators=(",", ":"), default=_text)
    return Response(text, status, headers, media_type="application/json")


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """An answer that says what is wrong (RFC 9457)."""
    body = json.dumps({"status": status, "detail": detail})
    return Response(body, status, headers, media_type="application/problem+json")


async def _unavailable(_request: Request, error: Exception) -> Response:
    return problem(503, str(error), {"Retry-After": "1"})


async def _refused(_request: Request, error: Exception) -> Response:
    return problem(error.status if isinstance(error, Refused) else 400, str(error))


async def _invalid(_request: Request, error: Exception) -> Response:
    errors: Any = error.errors() if isinstance(error, RequestValidationError) else []
    # where and why; what was given is not said again
    found = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in errors[:5]]
    return problem(422, "; ".join(found))


async def _http(_request: Request, error: Exception) -> Response:
    return problem(error.status_code, str(error.detail)) if isinstance(error, HTTPException) else problem(500, "")


async def _failed(_request: Request, error: Exception) -> Response:
    logs.warning("a request failed", error=type(error).__name__, text=str(error))
    return problem(500, "the log has the reason")
