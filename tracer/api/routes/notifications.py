"""/notification-targets, /notices: where whoever asks is told of things, and what was told; one's own only."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from tracer.api.addresses import V1, address_of
from tracer.api.answers import BODIED, done, makes, problems, reads
from tracer.api.asked import Asked, asking
from tracer.api.paging import page
from tracer.api.parameters import MOST
from tracer.api.schemas.notifications import NoticeOut, TargetChanges, TargetIn, TargetOut, TestOut
from tracer.api.schemas.strict import page_of
from tracer.documents.notices.send import read_address, try_target
from tracer.domain.access import Scope
from tracer.domain.errors import NotAllowed
from tracer.domain.notice import target_record
from tracer.services.access.answer_once import Answer, Work
from tracer.services.notices.manage_targets import (
    add_target,
    audible,
    change_target,
    first_wishes,
    list_outbox,
    outbox_record,
    read_wishes,
    remove_target,
)

router = APIRouter(prefix=V1, tags=["notifications"])
Hearer = Annotated[Asked, asking(Scope.NOTIFY)]
_NOUN = "notification-targets"


@router.get("/notification-targets", responses=reads(page_of(TargetOut)), summary="List your targets")
def list_targets(asked: Hearer) -> Response:
    """Where you are told of things, and how each of these does; nothing for a key that no user stands behind."""
    with asked.app.reading() as work:
        found = work.notify_targets.all(asked.principal.user_id or "")
    return asked.answer(page([target_record(one) for one in found], None))


@router.post("/notification-targets", status_code=201, responses=makes(TargetOut), summary="Add a target")
def add(body: TargetIn, asked: Hearer) -> Response:
    """Add a place where you are told of things: a robot of DingTalk, WeCom or Feishu, Bark, ntfy, e-mail and others.

    A key has told only what its scopes let it see.
    """
    app, person = asked.app, _person(asked)
    address = read_address(app, body.url)
    usual = "zh_Hans" if app.settings.locale == "zh_CN" else "en"
    scopes, first = _key_scopes(asked), first_wishes(address.service, usual, app.clock().isoformat()[-6:])
    if scopes is not None:
        first = replace(first, events=audible(scopes))
    wishes = read_wishes(_given(body), first)

    def do(work: Work) -> Answer:
        target = add_target(work, person, address, wishes, scopes)
        return Answer(201, target_record(target), address_of(_NOUN, target.target_id))

    return asked.once(do)


@router.patch(
    "/notification-targets/{target_id}",
    responses={**reads(TargetOut, 404, 409), **problems(*BODIED)},
    summary="Change a target",
)
def change(target_id: str, body: TargetChanges, asked: Hearer) -> Response:
    """Change what is told there, when, or where it is; switch it on or off."""
    person = _person(asked)
    address = None if body.url is None else read_address(asked.app, body.url)
    given, scopes = _given(body), _key_scopes(asked)

    def do(work: Work) -> Answer:
        return Answer(
            200, target_record(change_target(work, target_id, person, given, address, on=body.on, scopes=scopes))
        )

    return asked.change(do)


@router.delete(
    "/notification-targets/{target_id}",
    status_code=204,
    responses={
        **done(204, "Its address and all that waited for it are deleted."),
        **problems(400, 401, 403, 404, 409, 422, 429, 503),
    },
    summary="Remove a target",
)
def remove(target_id: str, asked: Hearer) -> Response:
    """Delete a target with its address."""
    person = _person(asked)
    with asked.app.writing(asked.principal.principal_id) as work:
        remove_target(work, target_id, person)
        work.commit()
    return Response(status_code=204)


@router.post(
    "/notification-targets/{target_id}/test", responses=makes(TestOut, 404, status=200), summary="Test a target"
)
def test(target_id: str, asked: Hearer) -> Response:
    """Send a test message there and say what the service answered."""
    target, outcome = try_target(asked.app, target_id, _person(asked), asked.principal.principal_id)
    return asked.answer({"target_id": target.target_id, "sent": outcome.is_sent, "error": outcome.error})


@router.get("/notices", responses=reads(page_of(NoticeOut)), summary="What you were told")
def notices(asked: Hearer) -> Response:
    """The newest 200 things that you were or are to be told, newest first; ids only. Kept for a month."""
    with asked.app.reading() as work:
        found = list_outbox(work, asked.principal.user_id or "", MOST)
    return asked.answer(page([outbox_record(one) for one in found], None))


def _person(asked: Asked) -> str:
    """Who is told; raises NotAllowed for a key that nobody stands behind."""
    if asked.principal.user_id is None:
        raise NotAllowed(
            "this key was made on the command line, and no user stands behind it. Log in, or have a user make the key"
        )
    return asked.principal.user_id


def _key_scopes(asked: Asked) -> frozenset[Scope] | None:
    """What a key may do; None for a person, who is told what their role may hear when it is sent."""
    return asked.principal.scopes if asked.principal.session_id is None else None


def _given(body: TargetChanges) -> dict[str, Any]:
    return body.model_dump(mode="json", exclude={"url", "on"})
