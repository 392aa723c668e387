"""The ASGI application: the API, the pages, and what goes around every request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
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
from tracer.http.problems import problem, refuse, refuse_http, refuse_request
from tracer.http.service import Service
from tracer.scheduler.recurring.jobs import planned_jobs
from tracer.serving.drain import draining
from tracer.web.app import add_web, problem_page, refusal_page, web_upload_limits

BODY_BYTES = 1 << 20
_FOR_PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/hooks/")


def create_app(
    application: Application, heavy: Heavy | None = None, leaving: Callable[[], None] = lambda: None
) -> FastAPI:
    """Everything that is served, on an application; heavy work is done in another process unless said otherwise.

    `leaving` is called when the process is told to end, and still answers for a while.
    """
    heavy = heavy or InOneProcess(application.settings.home)
    service = Service(application, heavy, planned_jobs(application))
    settings = application.settings

    def leave() -> None:
        service.readiness.is_leaving = True
        leaving()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            with draining(settings.drain_seconds, leave):
                yield
        finally:  # also where a second Ctrl-C cut everything off
            service.close()

    upload, attached = settings.upload_megabytes << 20, settings.attachment_megabytes << 20
    larger = {**upload_limits(upload, attached), **web_upload_limits(upload, attached)}
    app = FastAPI(
        title="Tracer",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(Around, service=service),
            Middleware(BodyLimit, usual=BODY_BYTES, larger=larger, refuse=_too_large),
        ],
        lifespan=lifespan,
    )
    app.state.service = service
    _add_refusals(app)
    add_api(app)
    add_web(app)
    return app


def _too_large(request: Request, detail: str) -> Response:
    return problem_page(request, 413, detail) if _is_page(request) else problem("body-too-large", 413, detail)


def _add_refusals(app: FastAPI) -> None:
    """Programs are refused with a problem, people with a page."""

    @app.exception_handler(TracerError)
    async def tracer_error(request: Request, error: TracerError) -> Response:
        return refusal_page(request, error) if _is_page(request) else refuse(request, error)

    @app.exception_handler(RequestValidationError)
    async def bad_request(request: Request, error: RequestValidationError) -> Response:
        if _is_page(request):
            return problem_page(request, 422, "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()))
        return refuse_request(error)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        return (
            problem_page(request, error.status_code, error.detail) if _is_page(request) else refuse_http(request, error)
        )


def _is_page(request: Request) -> bool:
    """Whether a person asks: a browser says that it reads HTML, and the addresses for programs are known."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(_FOR_PROGRAMS)
