"""One's own account: the password, and where one is logged in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.errors import InvalidValue, NotAuthenticated
from tracer.http.access import client_of
from tracer.services.access.log_in import finish_log_in, try_password
from tracer.services.access.manage_sessions import end_session, sessions_of
from tracer.services.access.manage_users import set_password
from tracer.web.forms import problems_of
from tracer.web.page import go, page, translate
from tracer.web.visitor import Sent, Visitor, sending, visiting

router = APIRouter(include_in_schema=False)
Sending = Annotated[tuple[Visitor, Sent], sending()]


@router.get("/account")
def account(request: Request, visitor: Annotated[Visitor, visiting()]) -> Response:
    """The page."""
    return _page(request, visitor, {})


@router.post("/account/password")
def change_password(request: Request, sent: Sending) -> Response:
    """Set a password: who has one gives it first. Other log-ins end."""
    visitor, given = sent
    new = str(given.fields.get("new", ""))
    user_id = str(visitor.principal.user_id)
    if new != str(given.fields.get("again", "")):
        return _page(request, visitor, {"again": translate(request, "The two are not the same.")})
    if not _knows_password(visitor, user_id, str(given.fields.get("current", ""))):
        return _page(request, visitor, {"current": translate(request, "This is not your password.")})
    try:
        with visitor.app.writing(visitor.principal.principal_id) as work:
            set_password(work, user_id, new, keep_session=visitor.principal.session_id)
            work.commit()
    except InvalidValue as error:
        return _page(request, visitor, {"new": problems_of(request, error)["password"]})
    return go("/account?done=changed")


@router.post("/account/sessions")
def end(sent: Sending) -> Response:
    """Log out elsewhere."""
    visitor, given = sent
    with visitor.app.writing(visitor.principal.principal_id) as work:
        end_session(work, str(visitor.principal.user_id), given.text("session_id"))
        work.commit()
    return go("/account?done=changed")


def _knows_password(visitor: Visitor, user_id: str, current: str) -> bool:
    """Whether the password fits, or there is none. One that does not counts as a failed log-in: a session that was
    taken is no way to try them all. Raises TooManyRequests."""
    app, rules = visitor.app, visitor.app.settings.access_rules
    with app.reading() as work:
        user = work.users.get(user_id)
        if not user.has_password:
            return True
        attempt = try_password(work, user.login, current, client_of(visitor.request), rules=rules)
    if attempt.fits:
        return True
    with app.writing("unknown") as work:
        try:
            finish_log_in(work, attempt, rules=rules)
        except NotAuthenticated:
            work.commit()  # the failure counts
    return False


def _page(request: Request, visitor: Visitor, problems: Mapping[str, str]) -> Response:
    with visitor.app.reading() as work:
        user = work.users.get(str(visitor.principal.user_id))
        sessions = sessions_of(work, user.user_id, visitor.app.settings.access_rules)
    return page(
        request,
        "account.html",
        422 if problems else 200,
        user=user,
        sessions=sessions,
        current=visitor.principal.session_id,
        problems=problems,
    )
