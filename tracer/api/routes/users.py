"""/users, /keys: who may do what."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import BODIED, makes, problems, reads
from tracer.api.asked import Asked, asking
from tracer.api.paging import page
from tracer.api.parameters import time_or_none
from tracer.api.schemas.access import KeyIn, KeyOut, LinkOut, NewKeyOut, UserChanges, UserIn, UserOut
from tracer.api.schemas.strict import page_of
from tracer.domain.access import ApiKey, Scope, User
from tracer.services.access.answer_once import Answer, Work
from tracer.services.access.log_in import make_login_link
from tracer.services.access.manage_keys import make_key, revoke_key
from tracer.services.access.manage_users import add_user, change_user, set_password

router = APIRouter(prefix=V1, tags=["access"])
Keeper = Annotated[Asked, asking(Scope.MANAGE_ACCESS)]
LINK_MINUTES = 10


@router.get("/users", responses=reads(page_of(UserOut)), summary="List users")
def list_users(asked: Keeper) -> Response:
    """Everybody who may log in, and who no longer may."""
    with asked.app.reading() as work:
        users = work.users.all()
    return asked.answer(page([_user(user) for user in users], None))


@router.post("/users", status_code=201, responses=makes(UserOut), summary="Add a user")
def add(body: UserIn, asked: Keeper) -> Response:
    """Add a person with a role: owner, analyst, operator or auditor."""

    def do(work: Work) -> Answer:
        user = add_user(work, body.login, body.role.value, body.password)
        return Answer(201, _user(user))

    return asked.once(do)


@router.patch("/users/{user_id}", responses={**reads(UserOut, 404, 409), **problems(*BODIED)}, summary="Change a user")
def change(user_id: str, body: UserChanges, asked: Keeper) -> Response:
    """Give another role or password, disable or enable. Who is disabled is logged out at once."""

    def do(work: Work) -> Answer:
        role = body.role.value if body.role else None
        user = change_user(work, user_id, role=role, disabled=body.disabled)
        if body.password is not None:
            set_password(work, user_id, body.password)
            user = work.users.get(user_id)
        return Answer(200, _user(user))

    return asked.change(do)


@router.post(
    "/users/{user_id}/login-links", status_code=201, responses=makes(LinkOut, 404), summary="Make a log-in link"
)
def link(user_id: str, asked: Keeper) -> Response:
    """A link that logs the user in once, within ten minutes. Hand it over in person."""

    def do(work: Work) -> Answer:
        token = make_login_link(work, user_id, LINK_MINUTES)
        return Answer(201, {"path": f"/login?token={token}", "minutes": LINK_MINUTES}, shown_once=("path",))

    return asked.once(do)


@router.get("/keys", responses=reads(page_of(KeyOut)), summary="List keys")
def list_keys(asked: Keeper) -> Response:
    """Every key that was made, without its secret."""
    with asked.app.reading() as work:
        keys = work.api_keys.all()
    return asked.answer(page([_key(key) for key in keys], None))


@router.post("/keys", status_code=201, responses=makes(NewKeyOut), summary="Make a key")
def make(body: KeyIn, asked: Keeper) -> Response:
    """A key for a program. It is shown this once; with `calls:log` alone it can post calls and read nothing."""
    scopes = [scope.value for scope in body.scopes]
    expires_at = time_or_none(body.expires_at, "expires_at")

    def do(work: Work) -> Answer:
        text, key = make_key(work, body.label, scopes, expires_at, asked.principal)
        return Answer(201, {**_key(key), "key": text}, shown_once=("key",))

    return asked.once(do)


@router.post("/keys/{key_id}/revoke", responses=makes(KeyOut, 404, status=200), summary="Revoke a key")
def revoke(key_id: str, asked: Keeper) -> Response:
    """From now on the key opens nothing."""
    return asked.once(lambda work: Answer(200, _key(revoke_key(work, key_id))))


def _user(user: User) -> dict[str, Any]:
    return {
        "user_id": user.user_id,
        "login": user.login,
        "role": user.role,
        "has_password": user.has_password,
        "created_at": user.created_at.isoformat(),
        "disabled_at": user.disabled_at.isoformat() if user.disabled_at else None,
    }


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "label": key.label,
        "scopes": sorted(key.scopes),
        "user_id": key.user_id,
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
        "used_at": key.used_at.isoformat() if key.used_at else None,
    }
