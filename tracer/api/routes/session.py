"""/session: a person with a browser."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import BODIED, done, problems, reads
from tracer.api.asked import Asked, asking, only_json
from tracer.api.schemas.access import PasswordIn, WhoOut
from tracer.domain.access import ROLE_SCOPES, Scope
from tracer.domain.errors import NotAuthenticated
from tracer.http.access import client_of, cookie_name, is_secure, refuse_other_site, set_session_cookie
from tracer.http.service import service_of
from tracer.services.access.log_in import csrf_token, finish_log_in, log_out, try_password

router = APIRouter(prefix=V1, tags=["session"])
_LOGGED_IN = done(201, "Logged in; the cookie is set.", WhoOut)
_LOGGED_OUT = done(204, "Logged out.")
_REFUSALS = problems(400, 401, 403, 422, 429, 503)
Anyone = Annotated[Asked, asking(*Scope)]


@router.post(
    "/session",
    status_code=201,
    responses={**_LOGGED_IN, **_REFUSALS, **problems(*BODIED)},
    summary="Log in",
    dependencies=[Depends(only_json)],
)
def log_in(body: PasswordIn, request: Request) -> Response:
    """Log in by name and password. The answer sets the session's cookie and tells the CSRF token."""
    refuse_other_site(request)
    service = service_of(request)
    app, rules = service.application, service.application.settings.access_rules
    with app.reading() as work:  # Argon2 takes its time: nobody waits for it
        attempt = try_password(work, body.login, body.password, client_of(request), rules=rules)
    with app.writing("unknown") as work:
        try:
            token, begun = finish_log_in(work, attempt, rules=rules)
        except NotAuthenticated:
            work.commit()  # the failure counts
            service.metrics.refused.inc()
            raise
        scopes = sorted(ROLE_SCOPES[work.users.get(begun.user_id).role])
        work.commit()
    who = {"principal_id": begun.user_id, "user_id": begun.user_id, "scopes": scopes, "csrf_token": csrf_token(token)}
    answer = Asked.json(201, who)
    set_session_cookie(request, answer, token, begun)
    return answer


@router.get("/session", responses=reads(WhoOut), summary="Who am I")
def who_am_i(asked: Anyone) -> Response:
    """Who asks and what may be done; with a cookie also the CSRF token that changes need."""
    principal = asked.principal
    token = asked.request.cookies.get(cookie_name(asked.request)) if principal.session_id else None
    return asked.answer(
        {
            "principal_id": principal.principal_id,
            "user_id": principal.user_id,
            "scopes": sorted(principal.scopes),
            "csrf_token": csrf_token(token) if token else None,
        }
    )


@router.delete(
    "/session",
    status_code=204,
    responses={**_LOGGED_OUT, **_REFUSALS},
    summary="Log out",
)
def leave(asked: Anyone) -> Response:
    """End the session. A key has none, and stays as it is."""
    if asked.principal.session_id is not None:
        with asked.app.writing(asked.principal.principal_id) as work:
            log_out(work, asked.principal.session_id)
            work.commit()
    answer = Response(status_code=204)
    answer.delete_cookie(cookie_name(asked.request), secure=is_secure(asked.request), httponly=True, samesite="lax")
    return answer
