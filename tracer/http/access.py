"""Who asks, and whether that may be: keys in the Authorization header, sessions in a cookie."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tracer.domain.access import LogIn, Principal, Scope
from tracer.domain.errors import NotAuthenticated, NotPermitted
from tracer.http.service import Service, service_of
from tracer.services.access.limit_failures import record_failure
from tracer.services.access.log_in import csrf_token, principal_of_session, touch_session
from tracer.services.access.manage_keys import principal_of_key, touch_key

COOKIE = "tracer_session"
SECURE_COOKIE = "__Host-tracer_session"
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_HOW = "Log in, or send a key: Authorization: Bearer trc_…"


def is_secure(request: Request) -> bool:
    """Whether the request came over TLS, to here or to a proxy that uvicorn was told to trust."""
    return request.url.scheme == "https"


def cookie_name(request: Request) -> str:
    """The session cookie's name; over TLS its prefix binds it to this host."""
    return SECURE_COOKIE if is_secure(request) else COOKIE


def client_of(request: Request) -> str:
    """Whose failures are counted together: the address that the request came from."""
    return request.client.host if request.client else "unknown"


def who_asks(request: Request) -> Principal:
    """The principal behind a request. Raises NotAuthenticated, TooManyRequests; HTTPException 403 for a forged one."""
    service = service_of(request)
    authorization = request.headers.get("authorization")
    if authorization is not None:
        found = _by_key(service, request, authorization)
    else:
        token = request.cookies.get(cookie_name(request))
        if not token:
            raise NotAuthenticated(_HOW)
        found = _by_session(service, request, token)
    request.state.principal = found
    return found


def _by_key(service: Service, request: Request, authorization: str) -> Principal:
    scheme, _, text = authorization.partition(" ")
    app = service.application
    try:
        if scheme.lower() != "bearer":
            raise NotAuthenticated(f"expected the scheme Bearer in the Authorization header. {_HOW}")
        with app.reading() as work:
            principal, due = principal_of_key(work, text.strip(), client_of(request), rules=app.settings.access_rules)
    except NotAuthenticated:
        _count_failure(service, request)
        raise
    if due:
        with app.writing(principal.principal_id) as work:
            touch_key(work, principal.principal_id)
            work.commit()
    return principal


def _by_session(service: Service, request: Request, token: str) -> Principal:
    app = service.application
    with app.reading() as work:
        principal, due = principal_of_session(work, token, rules=app.settings.access_rules)
    if request.method not in _SAFE:
        _refuse_forged(request, token)
    if due and principal.session_id is not None:
        with app.writing(principal.principal_id) as work:
            touch_session(work, principal.session_id)
            work.commit()
    return principal


def _count_failure(service: Service, request: Request) -> None:
    service.metrics.refused.inc()
    with service.application.writing("unknown") as work:
        record_failure(work, client_of(request), rules=service.application.settings.access_rules)
        work.commit()


def _refuse_forged(request: Request, token: str) -> None:
    """Refuse a change that another site's page sent with this browser's cookie."""
    refuse_other_site(request)
    given = request.headers.get("x-csrf-token", "")
    if not hmac.compare_digest(given.encode(), csrf_token(token).encode()):
        raise HTTPException(
            403, "a change made with a cookie needs the header X-CSRF-Token; GET /api/v1/session tells it"
        )


def refuse_other_site(request: Request) -> None:
    """Raise 403 where the browser says that another site's page sent this."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise HTTPException(403, "this came from a page of another site")
    origin = request.headers.get("origin")
    if origin is not None and _host_of(origin) != request.headers.get("host", ""):
        raise HTTPException(403, "this came from a page of another site")


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # no browser sends such a one
        return None


def permitted(*scopes: Scope) -> Callable[[Request], Principal]:
    """A dependency: whoever asks holds one of the scopes. Raises NotPermitted."""

    def check(request: Request) -> Principal:
        principal = who_asks(request)
        if not any(principal.may(scope) for scope in scopes):
            raise NotPermitted(scopes[0].value)
        return principal

    return check


def set_session_cookie(request: Request, answer: Response, token: str, begun: LogIn) -> None:
    """Give the browser the session that has just begun."""
    left = begun.expires_at - service_of(request).application.clock()
    answer.set_cookie(
        cookie_name(request),
        token,
        max_age=int(left.total_seconds()),
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )
