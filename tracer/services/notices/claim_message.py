"""Take what a target is to be told, and write down what came of sending it. The sending is between the two."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from tracer.domain.access import ROLE_SCOPES, Scope, User
from tracer.domain.call import CallState, Nature
from tracer.domain.columns import format_time
from tracer.domain.errors import UnknownId
from tracer.domain.notice import (
    DIGEST_WAITS,
    EVENT_SCOPES,
    REVEALING,
    Event,
    Item,
    Message,
    Notice,
    NoticeState,
    Outcome,
    SwitchedOff,
    Target,
    has_come,
)
from tracer.services.access.draw_token import draw_id
from tracer.services.notices.plan_digest import end_of_quiet, next_digest
from tracer.services.registry.reveal_identities import reveal_one
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork

LEASE = timedelta(minutes=2)
GAP = timedelta(seconds=5)
"""Between two messages to one target: robots of DingTalk and WeCom take 20 a minute. What comes meanwhile is folded."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=6)
DEAD_AFTER, WRONG_AFTER = timedelta(days=3), timedelta(days=1)
MOST_NOTICES = 2_000


def due_targets(work: UnitOfWork) -> list[str]:
    """Ids of targets for which something waits and that may be tried now."""
    return work.notify_targets.due(work.now)


def claim_message(work: UnitOfWork, target_id: str, worker: str) -> Message | None:
    """What the target is to be told now, held for this worker for two minutes; None where there is nothing to send.

    What was on its way when its sender died, or was not taken, goes first, under the id it had: it waits for the end of
    quiet hours, but for no digest. All else that waits becomes one message. Whether its person may still hear of it is
    decided here, and so is what may be said of it.
    """
    if not work.notify_targets.hold(target_id, worker, work.now, work.now + LEASE):
        return None
    target = work.notify_targets.get(target_id, with_url=True)
    user = work.users.get(target.user_id)
    waiting = work.outbox.waiting(target_id)
    begun = next((message_id for _, message_id in waiting if message_id is not None), None)
    chosen = [notice for notice, message_id in waiting if message_id == begun][:MOST_NOTICES]
    quiet = end_of_quiet(target.wishes, work.now)
    if user.disabled_at is None and (quiet is not None or (begun is None and not _is_due(work, target))):
        work.notify_targets.settle(replace(target, retry_at=quiet))
        return None
    items = _items(work, target, user, chosen)
    told = {item.notice.position for item in items}
    gone = [notice.position for notice in chosen if notice.position not in told]
    work.outbox.settle(gone, NoticeState.DROPPED, work.now)
    if not items:
        work.notify_targets.settle(replace(target, digest_at=next_digest(target.wishes, work.now)))
        return None
    message_id = begun or draw_id("m-")
    work.outbox.begin(sorted(told), message_id)
    return Message(message_id, target, items)


def settle_message(work: UnitOfWork, message: Message, outcome: Outcome, worker: str) -> bool:
    """Write down what came of a message; False where another process took it over meanwhile: then that one tells.

    A target that fails waits twice as long each time, up to six hours; after three days (one where its address is
    wrong) it is switched off.
    """
    target_id = message.target.target_id
    if not work.notify_targets.held_by(target_id, worker):
        return False
    target = work.notify_targets.get(target_id)
    if outcome.is_sent:
        work.outbox.settle([item.notice.position for item in message.items], NoticeState.SENT, work.now)
    work.notify_targets.settle(_after(target, outcome, work))
    return True


def note_try(work: UnitOfWork, target_id: str, outcome: Outcome) -> Target:
    """Write down what came of a test message; one that arrived switches a target on that was taken for dead."""
    target = work.notify_targets.get(target_id)
    if outcome.is_sent:
        off = None if target.off is SwitchedOff.DEAD else target.off
        target = replace(
            target, off=off, failures=0, failing_since=None, retry_at=None, sent_at=work.now, last_error=""
        )
    else:
        target = replace(target, last_error=outcome.error)
    work.notify_targets.note(target)
    return target


def _is_due(work: UnitOfWork, target: Target) -> bool:
    most = DIGEST_WAITS.get(target.wishes.rhythm)
    return most is None or has_come(target.digest_at, work.now, most)


def _after(target: Target, outcome: Outcome, work: UnitOfWork) -> Target:
    now = work.now
    if outcome.is_sent:
        digest = next_digest(target.wishes, now)
        fresh = replace(target, failures=0, failing_since=None, last_error="", sent_at=now, digest_at=digest)
        return replace(fresh, retry_at=now + GAP)
    since = target.failing_since or now
    failures = target.failures + 1
    wait = min(FIRST_WAIT * 2 ** min(failures - 1, 20), LONGEST_WAIT)
    wait *= 0.5 + secrets.randbelow(1_000) / 2_000  # so that many targets of one dead service do not come at once
    failed = replace(
        target, failures=failures, failing_since=since, retry_at=now + wait, last_error=outcome.error[:500]
    )
    if failures < 3 or now - since < (WRONG_AFTER if outcome.final else DEAD_AFTER):
        return failed
    work.journal.record([Fact("target_switched_off", target.target_id, {"failures": failures})])
    return replace(failed, off=SwitchedOff.DEAD)


def _items(work: UnitOfWork, target: Target, user: User, notices: Sequence[Notice]) -> list[Item]:
    """What may be told, each with what may be said of it; nothing for a user who was disabled."""
    scopes = frozenset[Scope]() if user.disabled_at is not None else ROLE_SCOPES[user.role]
    reveal = target.wishes.reveal and bool(scopes & REVEALING)
    found = []
    for notice in notices:
        if scopes & EVENT_SCOPES[notice.event]:
            about = _about(work, notice, reveal=reveal)
            if about is not None:
                found.append(Item(notice, about))
    return found


def _about(work: UnitOfWork, notice: Notice, *, reveal: bool) -> dict[str, str] | None:
    """Ids, kinds and, where they may be revealed, names and numbers; None where there is nothing to tell any more."""
    try:
        if notice.event in (Event.IMPLICATED, Event.CLEARED):
            return _about_channel(work, notice, reveal=reveal)
        if notice.event in (Event.CALL, Event.CONTROL):
            return _about_call(work, notice, reveal=reveal)
    except UnknownId:
        return None
    return dict(notice.detail)


def _about_channel(work: UnitOfWork, notice: Notice, *, reveal: bool) -> dict[str, str]:
    channel = work.channels.get(notice.subject_id)
    about = {**notice.detail, "kind": channel.kind}
    if reveal:
        about["name"] = channel.name
        if channel.natural_person:
            reveal_one(work, "channel", channel.channel_id)
    return about


def _about_call(work: UnitOfWork, notice: Notice, *, reveal: bool) -> dict[str, str] | None:
    call = work.calls.get(notice.subject_id)
    if call.state is not CallState.LOGGED or call.nature is Nature.LEGITIMATE:
        return None
    about = {
        **notice.detail,
        "kind": call.kind.value,
        "nature": call.nature.value,
        "received_at": format_time(call.received_at),
        "canary_id": call.canary_id or "",
    }
    if reveal:
        canary = work.canaries.get(call.canary_id) if call.canary_id else None
        about["recipient"] = canary.recipient_name if canary else call.heard_name
        about["caller"] = call.caller_number
        reveal_one(work, "call", call.call_id)
    return about
