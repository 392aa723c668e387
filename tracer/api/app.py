"""The HTTP API as an ASGI application."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, Response

from tracer import __version__
from tracer.api.addresses import V1
from tracer.api.around import Around
from tracer.api.body_limit import BodyLimit
from tracer.api.docs_page import STYLE_POLICY, docs_page, style
from tracer.api.heavy import Heavy, InOneProcess
from tracer.api.problems import refuse, refuse_http, refuse_request
from tracer.api.routes import calls, canaries, channels, health, identify, jobs, ledger, numbers, orders, reports, users
from tracer.api.routes import session as sessions
from tracer.api.service import Service
from tracer.bootstrap import Application
from tracer.domain.errors import TracerError

BODY_BYTES = 1 << 20
_DESCRIPTION = (
    "Register decoy recipients, log scam calls, and read which link of the chain leaked. Records have the columns of "
    "the CSV bundle; every refusal is a problem (RFC 9457) that says what was expected and what to do. Send a key as "
    "Authorization: Bearer trc_…, or log in. Every POST takes an Idempotency-Key: sent again, it is done once."
)


def create_app(application: Application, heavy: Heavy | None = None) -> FastAPI:
    """The API on an application; heavy work is done in a process of its own unless said otherwise."""
    service = Service(application, heavy or InOneProcess(application.settings.home))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        service.heavy.close()

    uploads = {f"{V1}/imports": application.settings.upload_megabytes << 20}
    app = FastAPI(
        title="Tracer",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[Middleware(Around, service=service), Middleware(BodyLimit, usual=BODY_BYTES, larger=uploads)],
        lifespan=lifespan,
    )
    app.state.service = service
    _add_refusals(app)
    _add_routes(app)
    return app


def _add_refusals(app: FastAPI) -> None:
    @app.exception_handler(TracerError)
    async def tracer_error(request: Request, error: TracerError) -> Response:
        return refuse(request, error)

    @app.exception_handler(RequestValidationError)
    async def bad_request(_request: Request, error: RequestValidationError) -> Response:
        return refuse_request(error)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        return refuse_http(request, error)


def _add_routes(app: FastAPI) -> None:
    for part in (channels, numbers, canaries, orders, calls, identify, reports, jobs, users, sessions, ledger):
        app.include_router(part.router)
    app.include_router(sessions.pages)
    app.include_router(health.router)
    policy = STYLE_POLICY.format(base64.b64encode(sha256(style().encode()).digest()).decode())

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(docs_page(app.openapi()), headers={"Content-Security-Policy": policy})

    original = app.openapi

    def openapi() -> dict[str, Any]:
        document = original()
        schemes = {"key": {"type": "http", "scheme": "bearer"}}
        document.setdefault("components", {})["securitySchemes"] = schemes
        for path, operations in document["paths"].items():
            if path.startswith(V1):
                for operation in operations.values():
                    operation.setdefault("security", [{"key": []}])
        return document

    app.openapi = openapi  # type: ignore[method-assign]
