"""Notifications: what is told, to whom, where and when. A notice names things by id and holds nothing personal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tracer.domain.access import Scope
from tracer.domain.errors import InvalidValue

NAME_LIMIT = 60
URL_LIMIT = 2_000
MOST_TARGETS = 20
LANGUAGES = ("en", "zh_Hans")
MORE = "more"
"""In the detail of a notice: how many of its kind came together with it, which have no notice of their own."""


class Event(StrEnum):
    """What a person may be told of."""

    IMPLICATED = "channel_implicated"
    """A channel that a full attribution implicates, and the one before did not."""
    CLEARED = "channel_no_longer_implicated"
    """The quiet follow-up: what came since has changed that."""
    CALL = "call"
    """A call on a canary's line that is not a known legitimate one."""
    CONTROL = "control_rung"
    """A call on a control: no leak explains it."""
    JOB = "job_failing"
    HELD = "held"
    """Something that came in by itself and could not be read."""


EVENT_SCOPES: Mapping[Event, frozenset[Scope]] = {
    Event.IMPLICATED: frozenset({Scope.READ_REPORTS}),
    Event.CLEARED: frozenset({Scope.READ_REPORTS}),
    Event.CALL: frozenset({Scope.READ_CALLS}),
    Event.CONTROL: frozenset({Scope.READ_CALLS}),
    Event.JOB: frozenset({Scope.MANAGE_ACCESS, Scope.BACK_UP}),
    Event.HELD: frozenset({Scope.CHANGE_CALLS}),
}
"""Who may hear of an event: whoever has one of the scopes when it is sent."""
REVEALING = frozenset({Scope.REVEAL_ONE, Scope.REVEAL_ALL})


class Rhythm(StrEnum):
    """When a target is told: at once, or all of a day or week together."""

    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"


LONGEST_WAIT = timedelta(hours=25)
"""A target is not put off for longer: over quiet hours, or after failures."""
LONGEST_LEASE = timedelta(hours=1)
DIGEST_WAITS: Mapping[Rhythm, timedelta] = {Rhythm.DAILY: timedelta(hours=25), Rhythm.WEEKLY: timedelta(days=8)}
"""Nor does a digest lie further ahead."""


def has_come(moment: datetime | None, now: datetime, most: timedelta) -> bool:
    """Whether a moment that was waited for is there; one further ahead than `most` a wrong clock has set."""
    return moment is None or not now < moment <= now + most


class SwitchedOff(StrEnum):
    """Why nothing is sent to a target."""

    OWNER = "owner"
    DEAD = "dead"
    """It did not answer for days."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person wants of a target.

    `hour` (0 to 23) and `weekday` (0: Monday) say when a digest is due, in `zone` (an IANA name or +08:00); between
    `quiet_begin` and `quiet_end` (hours, None: never) nothing is sent. `reveal`: names and numbers may stand in it.
    """

    name: str
    language: str
    events: frozenset[Event]
    rhythm: Rhythm = Rhythm.IMMEDIATE
    hour: int = 9
    weekday: int = 0
    zone: str = "+00:00"
    quiet_begin: int | None = None
    quiet_end: int | None = None
    reveal: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Where a person is told of things. `service` and `host` are all that is shown of its address, which is secret.

    `failures` in a row since `failing_since`, nothing before `retry_at`. `off` None: it is on.
    """

    target_id: str
    user_id: str
    service: str
    host: str
    wishes: Wishes
    created_at: datetime
    off: SwitchedOff | None = None
    failures: int = 0
    failing_since: datetime | None = None
    retry_at: datetime | None = None
    digest_at: datetime | None = None
    sent_at: datetime | None = None
    last_error: str = ""
    url: str = field(default="", repr=False)
    """Only where it is read for sending."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell one target. `detail` holds plain facts: a probability, a job's name, a source's."""

    position: int
    target_id: str
    event: Event
    subject_id: str
    detail: Mapping[str, str]
    created_at: datetime


class NoticeState(StrEnum):
    """Where a notice stands in the outbox."""

    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"
    """Not sent: its person may no longer hear it, or there is nothing left to tell."""


@dataclass(frozen=True, slots=True)
class Item:
    """A notice with what may be said of its subject now: `about` holds ids, kinds and, where it may, names."""

    notice: Notice
    about: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """Notices that are sent together under one id, which a receiver may tell doubles by."""

    message_id: str
    target: Target
    items: Sequence[Item]


class Trouble(StrEnum):
    """Why a message was not taken."""

    STATUS = "status"
    """The service answered with an HTTP status, which follows."""
    CODE = "code"
    """It answered that all is well, and in its JSON that it is not: service and code follow."""
    REDIRECT = "redirect"
    SLOW = "slow"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """The guard of this server does not let it out."""
    ADDRESS = "address"
    """It is not, or no longer, an address of a service that may be used."""
    MAIL = "mail"
    """The mail server did not take it: log-in, sender or recipient."""
    NOT_TAKEN = "not_taken"
    BROKE = "broke"
    """The process that sends ended, or could not begin."""


FINAL = frozenset((Trouble.REFUSED, Trouble.ADDRESS))
"""Trouble that stays until somebody mends something."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of sending: `error` is empty where it was taken, else a Trouble and what follows it; no secret.

    `final`: it will stay so until somebody mends something.
    """

    error: str = ""
    final: bool = False

    @property
    def is_sent(self) -> bool:
        """Whether the service took it."""
        return not self.error


def check_name(text: str) -> str:
    """What a target is called; raises InvalidValue unless it has 1 to 60 printable characters."""
    name = text.strip()
    if not (1 <= len(name) <= NAME_LIMIT and name.isprintable()):
        raise InvalidValue("name", f"{len(name)} characters", f"1 to {NAME_LIMIT} printable characters")
    return name


def parse_events(texts: Iterable[str]) -> frozenset[Event]:
    """Events by their names; raises InvalidValue naming all of them for none or an unknown one."""
    given = list(texts)
    for text in given or [""]:
        if text not in set(Event):
            raise InvalidValue("events", text, f"one or more of: {' '.join(Event)}")
    return frozenset(Event(text) for text in given)


def parse_rhythm(text: str) -> Rhythm:
    """A rhythm by its name; raises InvalidValue naming all of them."""
    if text not in set(Rhythm):
        raise InvalidValue("rhythm", text, f"one of: {' '.join(Rhythm)}")
    return Rhythm(text)


def check_language(text: str) -> str:
    """A language of the texts; raises InvalidValue."""
    if text not in LANGUAGES:
        raise InvalidValue("language", text, f"one of: {' '.join(LANGUAGES)}")
    return text


def check_hour(name: str, hour: int) -> int:
    """An hour of the day; raises InvalidValue."""
    if not 0 <= hour <= 23:
        raise InvalidValue(name, hour, "an hour from 0 to 23")
    return hour


def is_quiet(hour: int, begin: int | None, end: int | None) -> bool:
    """Whether an hour lies in the quiet ones, which may go over midnight (22 to 7)."""
    if begin is None or end is None or begin == end:
        return False
    return begin <= hour < end if begin < end else hour >= begin or hour < end


def wishes_record(wishes: Wishes) -> dict[str, object]:
    """What a person wants of a target, as plain values."""
    return {
        "name": wishes.name,
        "language": wishes.language,
        "events": sorted(wishes.events),
        "rhythm": wishes.rhythm.value,
        "hour": wishes.hour,
        "weekday": wishes.weekday,
        "zone": wishes.zone,
        "quiet_begin": wishes.quiet_begin,
        "quiet_end": wishes.quiet_end,
        "reveal": wishes.reveal,
    }


def target_record(target: Target) -> dict[str, object]:
    """A target as JSON, without its address: times as ISO 8601, null where there is none."""

    def told(moment: datetime | None) -> str | None:
        return None if moment is None else moment.isoformat()

    return {
        "target_id": target.target_id,
        "user_id": target.user_id,
        "name": target.wishes.name,
        "service": target.service,
        "host": target.host,
        **wishes_record(target.wishes),
        "created_at": told(target.created_at),
        "off": target.off.value if target.off else None,
        "failures": target.failures,
        "failing_since": told(target.failing_since),
        "retry_at": told(target.retry_at),
        "digest_at": told(target.digest_at),
        "sent_at": told(target.sent_at),
        "last_error": target.last_error,
    }
