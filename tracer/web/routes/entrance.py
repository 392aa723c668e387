"""The way in and out: log-in, log-out, language."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from tracer.domain.access import LogIn
from tracer.domain.errors import InvalidValue, NotAuthenticated, TooManyRequests
from tracer.http.access import client_of, cookie_name, is_secure, refuse_other_site, set_session_cookie
from tracer.http.service import service_of
from tracer.services.access.log_in import finish_log_in, log_out, try_password, use_login_link
from tracer.web.languages import COOKIE, LANGUAGES
from tracer.web.page import go, page, translate
from tracer.web.visitor import Sent, Visitor, safe_path, sending

router = APIRouter(include_in_schema=False)
Next = Annotated[str, Query(max_length=2_000, alias="next")]
YEAR = 365 * 24 * 3_600


@router.get("/login")
def entrance(request: Request, token: Annotated[str, Query(max_length=200)] = "", next_path: Next = "/") -> Response:
    """The log-in form; with a token, the log-in itself: a link works once."""
    if token and not request.headers.get("sec-purpose", "").startswith("prefetch"):
        return _by_link(request, token)
    return _form(request, next_path)


@router.post("/login")
def by_password(
    request: Request,
    login: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1_000)],
    next_path: Annotated[str, Form(max_length=2_000, alias="next")] = "/",
) -> Response:
    """Log in by name and password, and go on to where one wanted to go."""
    refuse_other_site(request)
    app = service_of(request).application
    rules = app.settings.access_rules
    try:
        with app.reading() as work:
            attempt = try_password(work, login, password, client_of(request), rules=rules)
        with app.writing("unknown") as work:
            try:
                token, begun = finish_log_in(work, attempt, rules=rules)
            except NotAuthenticated:
                work.commit()  # the failure counts
                raise
            work.commit()
    except TooManyRequests as error:
        wait = translate(request, "Too many attempts. Try again in %(minutes)s minutes.", minutes=_minutes(error))
        return _form(request, next_path, login, wait, 429)
    except (NotAuthenticated, InvalidValue):
        service_of(request).metrics.refused.inc()
        return _form(request, next_path, login, translate(request, "The name or the password is wrong."), 401)
    return _logged_in(request, safe_path(next_path), token, begun)


@router.post("/logout")
def leave(request: Request, sent: Annotated[tuple[Visitor, Sent], sending()]) -> Response:
    """End the session."""
    visitor, _ = sent
    if visitor.principal.session_id is not None:
        with visitor.app.writing(visitor.principal.principal_id) as work:
            log_out(work, visitor.principal.session_id)
            work.commit()
    answer = go("/login?done=logged-out")
    answer.delete_cookie(cookie_name(request), secure=is_secure(request), httponly=True, samesite="lax")
    return answer


@router.post("/language")
def choose_language(
    request: Request,
    language: Annotated[str, Form(max_length=20)],
    back: Annotated[str, Form(max_length=2_000)] = "/",
) -> Response:
    """Read the pages in another language from now on."""
    refuse_other_site(request)
    answer = go(safe_path(back))
    if language in LANGUAGES:
        answer.set_cookie(COOKIE, language, max_age=YEAR, secure=is_secure(request), httponly=True, samesite="lax")
    return answer


def _by_link(request: Request, token: str) -> Response:
    service = service_of(request)
    app = service.application
    try:
        with app.writing("unknown") as work:
            try:
                session, begun = use_login_link(work, token, client_of(request), rules=app.settings.access_rules)
            except NotAuthenticated:
                work.commit()  # the failure counts
                raise
            work.commit()
    except TooManyRequests as error:
        wait = translate(request, "Too many attempts. Try again in %(minutes)s minutes.", minutes=_minutes(error))
        return _form(request, "/", problem=wait, status=429)
    except NotAuthenticated:
        service.metrics.refused.inc()
        used = translate(request, "This link was used or has expired. Ask for a new one.")
        return _form(request, "/", problem=used, status=401)
    return _logged_in(request, "/", session, begun)


def _form(request: Request, next_path: str, login: str = "", problem: str = "", status: int = 200) -> Response:
    return page(request, "login.html", status, next_path=safe_path(next_path), login=login, problem=problem)


def _minutes(error: TooManyRequests) -> str:
    return str(max(1, round(error.retry_after / 60)))


def _logged_in(request: Request, path: str, token: str, begun: LogIn) -> Response:
    answer = go(path)
    set_session_cookie(request, answer, token, begun)
    return answer
