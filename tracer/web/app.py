"""The pages, put on an application whose state holds the service."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from starlette.formparsers import MultiPartParser
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from tracer.documents.evidence.pack_zip import MOST_BYTES
from tracer.domain.errors import TracerError
from tracer.http.problems import status_of
from tracer.web.explaining import Explanations
from tracer.web.page import go, page, translate
from tracer.web.refusals import in_words, told
from tracer.web.routes import (
    account,
    backups,
    calls_list,
    calls_new,
    calls_page,
    campaigns,
    canaries,
    channels,
    entrance,
    erasures,
    evidence,
    home,
    intake,
    issue,
    jobs,
    ledger,
    letters,
    more,
    notifications,
    numbers,
    orders,
    plan,
    recurring,
    report,
    selected,
    users,
)
from tracer.web.visitor import LogInFirst

STATIC = Path(__file__).parent / "static"
TITLES = {
    0: "Something went wrong",
    401: "Log in first",
    403: "You may not do this",
    404: "There is nothing here",
    405: "This cannot be done here",
    409: "A rule forbids it now",
    413: "That is too large",
    422: "Something is not as expected",
    429: "Too often: wait a little",
    503: "The database does not answer",
}


_FORM_BYTES = 1 << 16


class _Static(StaticFiles):
    """Ours for everybody, asked for by version: a browser may keep it for an hour."""

    def file_response(self, *arguments: Any, **more: Any) -> Response:
        answer = super().file_response(*arguments, **more)
        answer.headers["Cache-Control"] = "public, max-age=3600"
        return answer


def web_upload_limits(upload_bytes: int, attached_bytes: int) -> Mapping[str, int]:
    """The paths that take larger bodies than usual, in bytes.

    For a call twice what may be attached: of files that are a little too large the form itself tells, with everything
    that was typed.
    """
    attached = 2 * attached_bytes + (1 << 20)
    return {
        "/import": upload_bytes + _FORM_BYTES,
        "/calls/new": attached,
        "/calls/*/attachments": attached,
        "/evidence/verify": MOST_BYTES + _FORM_BYTES,
    }


def add_web(app: FastAPI) -> None:
    """Add every page."""
    settings = app.state.service.application.settings
    limits = web_upload_limits(settings.upload_megabytes << 20, settings.attachment_megabytes << 20)
    # What is uploaded is personal: it waits in memory, not in a temporary file. Its size is limited before.
    MultiPartParser.spool_max_size = max(limits.values())
    app.state.explanations = Explanations()
    for part in (
        account,
        backups,
        calls_list,
        calls_new,
        calls_page,
        campaigns,
        channels,
        entrance,
        erasures,
        evidence,
        home,
        intake,
        issue,
        jobs,
        ledger,
        letters,
        more,
        notifications,
        numbers,
        orders,
        plan,
        recurring,
        report,
        selected,
        users,
    ):
        app.include_router(part.router)
    app.include_router(canaries.router)  # after issue and selected: /canaries/new is no canary
    app.mount("/static", _Static(directory=STATIC), name="static")

    @app.exception_handler(LogInFirst)
    async def log_in_first(_request: Request, error: LogInFirst) -> Response:
        return go(f"/login?next={quote(error.next_path)}")


def refusal_page(request: Request, error: TracerError) -> Response:
    """A refusal of a service, as a page."""
    return problem_page(request, status_of(error), told(request, error))


def problem_page(request: Request, status: int, detail: str) -> Response:
    """A page that says what went wrong."""
    title = translate(request, TITLES.get(status, TITLES[0]))
    return page(request, "problem.html", status, title=title, detail=in_words(request, detail))
