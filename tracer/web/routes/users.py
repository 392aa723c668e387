"""Who may do what: users and keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.access import ApiKey, Scope, User
from tracer.services.access.log_in import LINK_MINUTES, make_login_link
from tracer.services.access.manage_keys import make_key, revoke_key
from tracer.services.access.manage_users import add_user, change_user
from tracer.web.forms import problems_of
from tracer.web.page import go, page
from tracer.web.refusals import told
from tracer.web.routes.issue import REFUSED
from tracer.web.visitor import Sent, Visitor, sending, visiting
from tracer.web.words import role_options, scope_options

router = APIRouter(include_in_schema=False)
Keeping = Annotated[Visitor, visiting(Scope.MANAGE_ACCESS)]
Sending = Annotated[tuple[Visitor, Sent], sending(Scope.MANAGE_ACCESS)]
DAYS = ("30", "90", "365", "")


@router.get("/users")
def users(request: Request, visitor: Keeping) -> Response:
    """Everybody who may log in."""
    return _users(request, visitor, {"role": "operator"}, {})


@router.post("/users")
def add(request: Request, sent: Sending) -> Response:
    """Add somebody; without a password only a link lets them in."""
    visitor, given = sent
    password = given.fields.get("password")
    try:
        with visitor.app.writing(visitor.principal.principal_id) as work:
            add_user(work, given.text("login"), given.text("role"), str(password) if password else None)
            work.commit()
    except REFUSED as error:
        values = {name: value for name, value in given.values().items() if name != "password"}
        return _users(request, visitor, values, problems_of(request, error))
    return go("/users?done=user-added")


@router.post("/users/{user_id}")
def change(request: Request, user_id: str, sent: Sending) -> Response:
    """Give another role, disable or enable."""
    visitor, given = sent
    act = given.text("act")
    try:
        with visitor.app.writing(visitor.principal.principal_id) as work:
            role = given.text("role") if act == "role" else None
            disabled = act == "disable" if act in {"disable", "enable"} else None
            change_user(work, user_id, role=role, disabled=disabled)
            work.commit()
    except REFUSED as error:
        with visitor.app.reading() as work:
            work.users.get(user_id)
        return _users(request, visitor, {"role": "operator"}, {"": told(request, error)})
    return go("/users?done=user-changed")


@router.post("/users/{user_id}/link")
def link(request: Request, user_id: str, sent: Sending) -> Response:
    """A link that logs them in once; shown this once."""
    visitor, _ = sent
    with visitor.app.writing(visitor.principal.principal_id) as work:
        token = make_login_link(work, user_id, LINK_MINUTES)
        work.commit()
    address = f"{str(request.base_url).rstrip('/')}/login?token={token}"
    return page(request, "secret.html", kind="link", secret=address, minutes=LINK_MINUTES, back="/users")


@router.get("/keys")
def keys(request: Request, visitor: Keeping) -> Response:
    """Every key that was made."""
    return _keys(request, visitor, {"days": "90"}, [Scope.LOG_CALLS.value], {})


@router.post("/keys")
def make(request: Request, sent: Sending) -> Response:
    """Make a key; shown this once."""
    visitor, given = sent
    days, scopes = given.text("days"), given.texts("scopes")
    try:
        with visitor.app.writing(visitor.principal.principal_id) as work:
            expires_at = work.now + timedelta(days=int(days)) if days in DAYS and days else None
            text, _ = make_key(work, given.text("label"), scopes, expires_at, visitor.principal)
            work.commit()
    except REFUSED as error:
        problems = problems_of(request, error)
        return _keys(request, visitor, given.values(), scopes, problems)
    return page(request, "secret.html", kind="key", secret=text, minutes=0, back="/keys")


@router.post("/keys/{key_id}/revoke")
def revoke(key_id: str, sent: Sending) -> Response:
    """From now on the key opens nothing."""
    visitor, _ = sent
    with visitor.app.writing(visitor.principal.principal_id) as work:
        revoke_key(work, key_id)
        work.commit()
    return go("/keys?done=key-revoked")


def _users(request: Request, visitor: Visitor, values: Mapping[str, str], problems: Mapping[str, str]) -> Response:
    with visitor.app.reading() as work:
        found: list[User] = list(work.users.all())
    named = {"login" if name.startswith("log_in") else name: told for name, told in problems.items()}
    return page(
        request,
        "users.html",
        422 if problems else 200,
        users=found,
        roles=role_options(request),
        values=values,
        problems=named,
    )


def _keys(
    request: Request, visitor: Visitor, values: Mapping[str, str], scopes: list[str], problems: Mapping[str, str]
) -> Response:
    with visitor.app.reading() as work:
        found: list[ApiKey] = list(work.api_keys.all())
    return page(
        request,
        "keys.html",
        422 if problems else 200,
        keys=found,
        now=visitor.app.clock(),
        scopes=scope_options(request, (scope for scope in Scope if visitor.principal.may(scope))),
        chosen=scopes,
        values=values,
        problems=problems,
    )
