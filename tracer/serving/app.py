"""The ASGI application: the API and what goes around every request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response

from tracer import __version__
from tracer.api.app import DESCRIPTION, add_api, upload_limits
from tracer.bootstrap import Application
from tracer.domain.errors import TracerError
from tracer.http.around import Around
from tracer.http.body_limit import BodyLimit
from tracer.http.heavy import Heavy, InOneProcess
from tracer.http.problems import refuse, refuse_http, refuse_request
from tracer.http.service import Service

BODY_BYTES = 1 << 20


def create_app(application: Application, heavy: Heavy | None = None) -> FastAPI:
    """Everything that is served, on an application; heavy work is done in another process unless said otherwise."""
    service = Service(application, heavy or InOneProcess(application.settings.home))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        service.heavy.close()

    larger = upload_limits(application.settings.upload_megabytes << 20)
    app = FastAPI(
        title="Tracer",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[Middleware(Around, service=service), Middleware(BodyLimit, usual=BODY_BYTES, larger=larger)],
        lifespan=lifespan,
    )
    app.state.service = service
    _add_refusals(app)
    add_api(app)
    return app


def _add_refusals(app: FastAPI) -> None:
    @app.exception_handler(TracerError)
    async def tracer_error(request: Request, error: TracerError) -> Response:
        return refuse(request, error)

    @app.exception_handler(RequestValidationError)
    async def bad_request(_request: Request, error: RequestValidationError) -> Response:
        return refuse_request(error)

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> Response:
        return refuse_http(error)
