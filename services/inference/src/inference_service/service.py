"""The state of the service, and what becomes of a request for predictions."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import math
import shutil
import tempfile
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response

from . import logs
from .artifact.sources import shown
from .backends.loading import Model, load
from .batching import Batcher, Outputs
from .decode import Arrays, decode
from .errors import FetchError, StartError
from .metrics import Metrics
from .problems import MEDIA_TYPE, Problem
from .settings import Settings

JSON = "application/json"
# seconds after which a client may ask again
RETRY_LOADING = "5"
RETRY_MEMORY = "1"


class _Gone(Exception):
    """The client closed the connection."""


class Service:
    """One model, and the requests for it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics(settings.model_name, settings.model_version)
        self.model: Model | None = None
        self.batcher: Batcher | None = None
        self.loaded_at = ""
        # SIGTERM has come: no new requests are asked for, and those that come are answered
        self.stopping = False
        self.failure: Exception | None = None
        self.on_failure: Callable[[], None] = lambda: None
        self._buffered = 0
        self._head = (
            orjson.dumps({"model": settings.model_name, "version": settings.model_version})[:-1] + b',"predictions":'
        )
        self._folder = Path(tempfile.mkdtemp(prefix="model-"))

    # loading

    def start(self) -> None:
        """Loads the model in a thread, so that the process answers probes meanwhile and can be stopped."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._load, args=(loop,), name="loading", daemon=True).start()

    def _load(self, loop: asyncio.AbstractEventLoop) -> None:
        began = time.monotonic()
        try:
            model = load(self.settings, self._folder)
        except Exception as error:
            outcome = functools.partial(self._failed, error)
        else:
            outcome = functools.partial(self._loaded, model, time.monotonic() - began)
        # where the loop is closed, the service was stopped meanwhile
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(outcome)

    def _loaded(self, model: Model, seconds: float) -> None:
        settings = self.settings
        self.batcher = Batcher(
            model.backend.run,
            is_joinable=model.joined_rows > 1,
            most_rows=model.joined_rows,
            wait=settings.batch_wait,
            most_waiting=settings.max_queue,
            observe=model.features.observe,
        )
        self.metrics.features = model.features
        self.metrics.ready.set(1)
        self.loaded_at = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self.model = model
        logs.info(
            "model loaded",
            model=settings.model_name,
            version=settings.model_version,
            format=model.backend.format,
            sha256=model.artifact.sha256,
            signed=model.artifact.is_signed,
            joined_rows=model.joined_rows,
            features=len(model.features.names),
            seconds=round(seconds, 3),
        )

    def _failed(self, error: Exception) -> None:
        self.failure = error
        self.metrics.failed("load")
        expected = isinstance(error, (StartError, FetchError))
        logs.error(str(error) if expected else "the model cannot be loaded", None if expected else error)
        self.on_failure()

    def close(self) -> None:
        if self.batcher is not None:
            self.batcher.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    # what it says of itself

    def health(self) -> Response:
        stuck = 0.0 if self.batcher is None else self.batcher.stuck_for()
        if stuck > self.settings.stuck:
            problem = Problem("timeout", f"the model has been at one batch for {stuck:.0f} seconds")
            return self._problem(problem)
        return Response(b'{"status":"ok"}', media_type=JSON)

    def ready(self) -> Response:
        if self.stopping or self.model is None:
            detail = "the service is stopping" if self.stopping else "the model is being loaded"
            return self._problem(Problem("not-ready", detail, headers={"Retry-After": RETRY_LOADING}))
        return Response(b'{"status":"ready"}', media_type=JSON)

    def info(self) -> Response:
        model, settings = self.model, self.settings
        if model is None:
            return self._problem(self._not_loaded())
        content = {
            "name": settings.model_name,
            "version": settings.model_version,
            "framework": settings.framework,
            "format": model.backend.format,
            "uri": shown(settings.uri),
            "sha256": model.artifact.sha256,
            "signed": model.artifact.is_signed,
            "loaded_at": self.loaded_at,
            "signature": {**model.schema.described(), "outputs": list(model.backend.outputs)},
            "max_batch_size": settings.max_batch_size,
            "joined_rows": model.joined_rows,
            "features": model.features.names,
        }
        return Response(orjson.dumps(content), media_type=JSON)

    def _not_loaded(self) -> Problem:
        return Problem("not-ready", "the model is being loaded", headers={"Retry-After": RETRY_LOADING})

    # predictions

    async def predict(self, request: Request) -> Response:
        began = time.perf_counter()
        headers = dict(request.scope["headers"])
        trace = logs.trace_of(headers.get(b"traceparent"))
        rows = 0
        reason: str | None = None
        try:
            rows, body = await self._answer(request, headers)
            response = Response(body, media_type=JSON)
            self.metrics.predictions.inc(rows)
        except Problem as problem:
            reason = problem.type.slug
            response = self._problem(problem)
        except _Gone:
            reason = "client-gone"
            # nobody reads it
            response = Response(status_code=400)
        except Exception as error:
            reason = "model-failed"
            logs.error("the model failed", error, trace)
            response = self._problem(
                Problem("model-failed", "the model failed; the log has the reason under the trace")
            )
        if self.stopping:
            # the next request is to find another replica
            response.headers["connection"] = "close"
        seconds = time.perf_counter() - began
        status = 499 if reason == "client-gone" else response.status_code
        self.metrics.answered(status, seconds)
        if reason is not None:
            self.metrics.failed(reason)
        if self.settings.access_log:
            logs.log(
                "info" if status < 500 else "error",
                "predict",
                trace,
                status=status,
                rows=rows,
                milliseconds=round(seconds * 1000, 3),
                **({} if reason is None else {"reason": reason}),
            )
        return response

    async def _answer(self, request: Request, headers: dict[bytes, bytes]) -> tuple[int, bytes]:
        model, batcher = self.model, self.batcher
        if model is None or batcher is None:
            raise self._not_loaded()
        reserved = 0
        batcher.arriving += 1
        is_arriving = True
        try:
            _check_content(headers)
            length = _length(headers)
            if length is not None and length > self.settings.max_body:
                raise self._too_large()
            # before anything of it is read: a full queue gets no fuller by reading
            batcher.check_room()
            body = await self._read(request, length)
            reserved = len(body)
            arrays = decode(body, model.schema, self.settings.max_batch_size)
            more = max(0, sum(array.nbytes for array in arrays.values()) - reserved)
            self._reserve(more)
            reserved += more
            del body
            job = batcher.submit(arrays, self.settings.timeout)
            is_arriving = False
            batcher.arriving -= 1
            outputs = await self._wait(job.future, request) if batcher.waiting > 1 else await job.future
            return _rows(arrays, model), self._head + encode(outputs) + b"}"
        finally:
            if is_arriving:
                batcher.arriving -= 1
            self._buffered -= reserved

    async def _read(self, request: Request, length: int | None) -> bytes:
        """The body, of which no more is held than the limits allow. What it holds stays reserved."""
        held = length or 0
        self._reserve(held)
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self.settings.body_timeout):
                while True:
                    message = await request.receive()
                    if message["type"] == "http.disconnect":
                        raise _Gone
                    chunk = message.get("body", b"")
                    size += len(chunk)
                    if size > self.settings.max_body:
                        raise self._too_large()
                    if size > held:
                        self._reserve(size - held)
                        held = size
                    parts.append(chunk)
                    if not message.get("more_body", False):
                        break
        except TimeoutError as error:
            self._buffered -= held
            limit = self.settings.body_timeout
            raise Problem(
                "body-timeout", f"the body must come within {limit} seconds", headers={"Connection": "close"}
            ) from error
        except BaseException:
            self._buffered -= held
            raise
        self._buffered -= held - size
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def _wait(self, future: asyncio.Future[Outputs], request: Request) -> Outputs:
        """Waits for the answer only as long as the client does."""
        gone = False

        async def watch() -> None:
            nonlocal gone
            while (await request.receive())["type"] != "http.disconnect":
                pass
            if not future.done():
                gone = True
                future.cancel()

        watcher = asyncio.ensure_future(watch())
        try:
            return await future
        except asyncio.CancelledError:
            if gone:
                raise _Gone from None
            raise
        finally:
            watcher.cancel()

    def _reserve(self, size: int) -> None:
        if self._buffered + size > self.settings.max_buffer:
            detail = "the requests that are being answered take all the memory that there is for them"
            raise Problem("overloaded", detail, headers={"Retry-After": RETRY_MEMORY})
        self._buffered += size

    def _too_large(self) -> Problem:
        # what is left of the body is not read
        return Problem(
            "body-too-large",
            f"the body must have at most {self.settings.max_body} bytes",
            headers={"Connection": "close"},
        )

    def _problem(self, problem: Problem) -> Response:
        return problem_response(problem)


def problem_response(problem: Problem) -> Response:
    return Response(problem.body(), problem.type.status, problem.headers, MEDIA_TYPE)


def _check_content(headers: dict[bytes, bytes]) -> None:
    media, *parameters = headers.get(b"content-type", b"").decode("latin-1").lower().split(";")
    charsets = [one.strip() for one in parameters if one.strip()]
    if media.strip() != JSON or any(one not in ("charset=utf-8", 'charset="utf-8"') for one in charsets):
        raise Problem("unsupported-media-type", f"the content type must be {JSON} in UTF-8", headers={"Accept": JSON})
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Problem(
            "unsupported-media-type", "the body must not be compressed", headers={"Accept-Encoding": "identity"}
        )


def _length(headers: dict[bytes, bytes]) -> int | None:
    given = headers.get(b"content-length")
    return int(given) if given is not None and given.isdigit() else None


def _rows(arrays: Arrays, model: Model) -> int:
    return len(next(iter(arrays.values()))) if model.schema.batched else 1


def encode(outputs: Outputs) -> bytes:
    """The outputs as JSON. Raises Problem where they are not finite: JSON has no such numbers, and null would be a lie."""
    return orjson.dumps(
        {name: _plain(name, values) for name, values in outputs.items()}, option=orjson.OPT_SERIALIZE_NUMPY
    )


def _plain(name: str, values: Any) -> Any:
    if isinstance(values, np.ndarray):
        if values.dtype.kind == "f":
            if not np.isfinite(values).all():
                raise Problem("output-not-finite", f"the output {name} has NaN or Infinity")
            return np.ascontiguousarray(values)
        return np.ascontiguousarray(values) if values.dtype.kind in "biu" else values.tolist()
    if isinstance(values, dict):
        return {str(key): _plain(name, value) for key, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [_plain(name, value) for value in values]
    if isinstance(values, (float, np.floating)) and not math.isfinite(values):
        raise Problem("output-not-finite", f"the output {name} has NaN or Infinity")
    return values
