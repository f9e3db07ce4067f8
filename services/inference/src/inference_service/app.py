"""The application."""

from __future__ import annotations

import contextlib
from typing import Any, AsyncIterator

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from . import logs
from .metrics import CONTENT_TYPE
from .openapi import document
from .problems import Problem
from .service import Service, problem_response


def create_app(service: Service) -> FastAPI:
    """The application of a service. Its start begins to load the model, and its end drops it."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        service.start()
        try:
            yield
        finally:
            service.close()

    # the pages of the documentation would load scripts from elsewhere
    app = FastAPI(
        title=service.settings.model_name, lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False
    )

    def openapi() -> dict[str, Any]:
        model, settings = service.model, service.settings
        schema, outputs = (None, ()) if model is None else (model.schema, model.backend.outputs)
        return document(settings.model_name, settings.model_version, schema, outputs, settings.max_batch_size)

    app.openapi = openapi  # type: ignore[method-assign]

    @app.get("/health")
    async def health() -> Response:
        return service.health()

    @app.get("/ready")
    async def ready() -> Response:
        return service.ready()

    @app.get("/model/info")
    async def info() -> Response:
        return service.info()

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(service.metrics.text(), media_type=CONTENT_TYPE)

    # a plain route: FastAPI's own would read the body whole before there is a limit
    app.router.add_route("/predict", service.predict, methods=["POST"])

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> Response:
        slug = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "internal-error")
        detail = {"not-found": "there is no such path", "method-not-allowed": "the path has no such method"}.get(
            slug, ""
        )
        return problem_response(Problem(slug, detail, headers=error.headers))

    @app.exception_handler(Exception)
    async def failed(_request: Request, error: Exception) -> Response:
        logs.error("a request failed", error)
        return problem_response(Problem("internal-error", "the log has the reason"))

    return app
