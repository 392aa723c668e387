"""Add, change and remove the places where a person is told of things. Addresses are read by a courier before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tracer.domain.access import ROLE_SCOPES, Scope, User
from tracer.domain.errors import InvalidValue, NotAllowed, UnknownId
from tracer.domain.notice import (
    EVENT_SCOPES,
    MOST_TARGETS,
    REVEALING,
    Event,
    Rhythm,
    SwitchedOff,
    Target,
    Wishes,
    check_hour,
    check_language,
    check_name,
    parse_events,
    parse_rhythm,
    target_record,
)
from tracer.services.access.draw_token import draw_id
from tracer.services.notices.plan_digest import next_digest, read_zone
from tracer.storage.journal import Fact
from tracer.storage.outbox import OutboxEntry
from tracer.storage.unit_of_work import UnitOfWork

_TOLD = ("user_id", "service", "events", "rhythm", "language", "reveal", "off")
"""What the journal tells of a target: neither its address nor what its person calls it."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address that was read: as apprise takes it, its service, and the host that may be shown."""

    url: str
    service: str
    host: str


def read_wishes(given: Mapping[str, Any], before: Wishes) -> Wishes:
    """The wishes with what is given in place of what was before; None and what is left out stays.

    `events` is an iterable of words; `quiet` is (begin, end), or () for no quiet hours. Raises InvalidValue.
    """
    new = {name: value for name, value in given.items() if value is not None}
    quiet = new.get("quiet")
    if quiet is not None and len(quiet) not in (0, 2):
        raise InvalidValue("quiet", " ".join(map(str, quiet)), "the hours in which they begin and end, or none")
    events: Iterable[str] = new.get("events", before.events)
    weekday = int(new.get("weekday", before.weekday))
    if not 0 <= weekday <= 6:
        raise InvalidValue("weekday", weekday, "0 (Monday) to 6 (Sunday)")
    zone = str(new.get("zone", before.zone))
    read_zone(zone)
    return Wishes(
        name=check_name(str(new.get("name", before.name))),
        language=check_language(str(new.get("language", before.language))),
        events=parse_events(events),
        rhythm=parse_rhythm(str(new.get("rhythm", before.rhythm))),
        hour=check_hour("hour", int(new.get("hour", before.hour))),
        weekday=weekday,
        zone=zone,
        quiet_begin=_quiet_hour(quiet, 0, before.quiet_begin),
        quiet_end=_quiet_hour(quiet, 1, before.quiet_end),
        reveal=bool(new.get("reveal", before.reveal)),
    )


def first_wishes(service: str, language: str, zone: str) -> Wishes:
    """What a target is told where its person says nothing else: everything, at once."""
    return Wishes(service, language, frozenset(Event), Rhythm.IMMEDIATE, zone=zone)


def add_target(
    work: UnitOfWork, user_id: str, address: Address, wishes: Wishes, scopes: Collection[Scope] | None = None
) -> Target:
    """Add a target for a user; `scopes` are those of a key that asks for it, None for the user.

    Raises UnknownId, NotAllowed above 20 of them and for a key that asks to be told more than it may see.
    """
    work.users.hold(user_id)
    _check_key(work.users.get(user_id), wishes, scopes)
    if len(work.notify_targets.all(user_id)) >= MOST_TARGETS:
        raise NotAllowed(f"this user has {MOST_TARGETS} notification targets already. Remove one first")
    target = Target(
        target_id=draw_id("nt-"),
        user_id=user_id,
        service=address.service,
        host=address.host,
        wishes=wishes,
        created_at=work.now,
        digest_at=next_digest(wishes, work.now),
        url=address.url,
    )
    work.notify_targets.add(target)
    work.journal.record([Fact("target_added", target.target_id, _told(target))])
    return replace(target, url="")


def find_target(work: UnitOfWork, target_id: str, user_id: str | None) -> Target:
    """A target of this user (None: of anybody); raises UnknownId, for another user's as well."""
    target = work.notify_targets.get(target_id)
    if user_id is not None and target.user_id != user_id:
        raise UnknownId("notification target", target_id, "`tracer notify list` shows them")
    return target


def change_target(
    work: UnitOfWork,
    target_id: str,
    user_id: str | None,
    given: Mapping[str, Any],
    address: Address | None = None,
    *,
    on: bool | None = None,
    scopes: Collection[Scope] | None = None,
) -> Target:
    """Change what a target is told, where it is, or switch it off or on, which begins anew.

    `scopes` as for `add_target`. Raises UnknownId, InvalidValue, NotAllowed.
    What was written for it while it was on waits; while it is off nothing is written for it.
    """
    before = find_target(work, target_id, user_id)
    wishes = read_wishes(given, before.wishes)
    if address is not None or (wishes.events, wishes.reveal) != (before.wishes.events, before.wishes.reveal):
        _check_key(work.users.get(before.user_id), wishes, scopes)
    changed = before
    if wishes != before.wishes:  # a service that does not answer is waited for; the quiet hours of before are not
        retry_at = before.retry_at if before.failures else None
        changed = replace(before, wishes=wishes, digest_at=next_digest(wishes, work.now), retry_at=retry_at)
    if address is not None:
        changed = replace(changed, url=address.url, service=address.service, host=address.host)
    if on is not None or address is not None:
        off = SwitchedOff.OWNER if on is False else None if on or address is not None else changed.off
        changed = replace(changed, off=off, failures=0, failing_since=None, retry_at=None, last_error="")
        work.notify_targets.settle(changed)
    if changed == before:
        return before
    work.notify_targets.change(changed, address=address is not None)
    work.journal.record([Fact("target_changed", target_id, {**_told(changed), "address": address is not None})])
    return replace(changed, url="")


def remove_target(work: UnitOfWork, target_id: str, user_id: str | None) -> None:
    """Delete a target, its address and all that was to be told there. Raises UnknownId."""
    target = find_target(work, target_id, user_id)
    work.notify_targets.remove(target_id)
    work.journal.record([Fact("target_removed", target_id, {"user_id": target.user_id, "service": target.service})])


def list_outbox(work: UnitOfWork, user_id: str | None, limit: int = 100) -> list[OutboxEntry]:
    """The newest notices of a user's targets (None: of everybody's), newest first."""
    return work.outbox.entries([target.target_id for target in work.notify_targets.all(user_id)], limit)


def outbox_record(entry: OutboxEntry) -> dict[str, object]:
    """A notice as JSON: ids and plain facts."""
    notice = entry.notice
    return {
        "position": notice.position,
        "target_id": notice.target_id,
        "event": notice.event.value,
        "subject_id": notice.subject_id,
        "created_at": notice.created_at.isoformat(),
        "state": entry.state.value,
        "message_id": entry.message_id,
        "settled_at": entry.settled_at.isoformat() if entry.settled_at else None,
    }


def audible(scopes: Collection[Scope]) -> frozenset[Event]:
    """The events that whoever has these scopes may hear of."""
    return frozenset(event for event in Event if EVENT_SCOPES[event] & set(scopes))


def _check_key(user: User, wishes: Wishes, scopes: Collection[Scope] | None) -> None:
    """A key may have told, at an address of its choice, what it may see itself, and not all that its user may."""
    if scopes is None:
        return
    role = ROLE_SCOPES[user.role]
    lacking: list[str] = sorted((wishes.events & audible(role)) - audible(scopes))
    if wishes.reveal and REVEALING & role and not REVEALING & set(scopes):
        lacking.append("names and numbers (reveal)")
    if lacking:
        raise NotAllowed(
            f"a key has told only what it may see itself, and this one may not see: {', '.join(lacking)}. Leave it "
            "out, or log in as the user"
        )


def _told(target: Target) -> dict[str, Any]:
    record = target_record(target)
    return {name: record[name] for name in _TOLD}


def _quiet_hour(quiet: Any, place: int, before: int | None) -> int | None:
    if quiet is None:
        return before
    return check_hour("quiet", int(quiet[place])) if quiet else None
