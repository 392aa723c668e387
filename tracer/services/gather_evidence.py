"""Turn the registry, up to a time, into the arrays that the attribution engine reads."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from tracer.domain.attribution.evidence import (
    REACHED_ALIAS,
    REACHED_LINE,
    REACHED_UNKNOWN,
    Calls,
    Canaries,
    Evidence,
    Exposures,
    Lines,
    Matches,
)
from tracer.domain.attribution.model import AttributionModel
from tracer.domain.call import Call, Nature, Reached
from tracer.domain.channel import Channel
from tracer.domain.errors import UnknownId
from tracer.domain.fields import Fields
from tracer.domain.order import fields_shown
from tracer.services.match_calls import CallOnLine, match_calls
from tracer.storage.campaign import DAY, Campaign, CanaryFacts, days
from tracer.storage.instant import microseconds
from tracer.storage.unit_of_work import UnitOfWork

_REACHED = {Reached.UNKNOWN: REACHED_UNKNOWN, Reached.LINE: REACHED_LINE, Reached.ALIAS: REACHED_ALIAS}
_HANDED_OVER = int(Fields.NAME | Fields.PHONE)
_ALIAS = int(Fields.PHONE_ALIAS)
_NO_ORDER = -1
_UNKNOWN_LINE = -1


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence, the channels it speaks of, and how many calls were left out as legitimate."""

    evidence: Evidence
    channels: Sequence[Channel]
    legitimate_calls: int


@dataclass(slots=True)
class LineBook:
    """Lines as dialled, by blind index, with the span each was watched."""

    index: dict[bytes, int] = field(default_factory=dict)
    start: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)

    def note(self, key: bytes, seen: float, until: float, kind: int) -> int:
        """The line's place; it was watched at `seen` and will be until `until` at most."""
        place = self.index.get(key)
        if place is None:
            place = self.index[key] = len(self.start)
            self.start.append(seen)
            self.end.append(until)
            self.kind.append(kind)
        self.start[place] = min(self.start[place], seen)
        return place


def gather_evidence(work: UnitOfWork, model: AttributionModel, as_of: datetime, tag: str | None = None) -> Gathered:
    """Read everything that happened up to `as_of`; with `tag` only canaries, and calls to them, that bear it."""
    campaign = Campaign(work.session, as_of)
    facts = [fact for fact in campaign.canaries() if tag is None or tag in fact.tags.split()]
    logged = [call for call in work.calls.counting() if call.received_at <= as_of]
    if tag is not None:
        logged = _calls_of_campaign(work, logged, facts, tag)
        if not facts and not logged:
            raise UnknownId("tag", tag, "No canary and no call bears it")
    counted = [call for call in logged if call.nature is not Nature.LEGITIMATE]
    channels = work.channels.all()
    evidence = assemble(work, model, as_of, campaign, facts, channels, counted)
    return Gathered(evidence, channels, len(logged) - len(counted))


def assemble(
    work: UnitOfWork,
    model: AttributionModel,
    as_of: datetime,
    campaign: Campaign,
    facts: Sequence[CanaryFacts],
    channels: Sequence[Channel],
    calls: Sequence[Call],
) -> Evidence:
    """The arrays of these canaries, with all that the campaign holds of them, and of these calls."""
    now = _day(as_of)
    until = {stored.number_id: _owned_until(stored.owned.owned_until, now) for stored in work.numbers.all()}
    book = LineBook()
    lines_of = [book.note(f.line_key, f.issued, until[f.number_id], int(f.has_extension)) for f in facts]
    placed = place_calls(work, calls, facts, book, until)
    return Evidence(
        as_of=now,
        channel_ids=[channel.channel_id for channel in channels],
        profiles=[model.channels.profile(channel) for channel in channels],
        canaries=_canaries(facts, lines_of, until, now),
        exposures=_exposures(campaign, facts, channels, model),
        lines=Lines(_floats(book.start), _floats(book.end), _ints(book.kind)),
        calls=_calls(placed, model.assumptions.unsure_is_scam),
        matches=_matches(match_calls(work, placed, facts)),
    )


def _owned_until(owned_until: datetime | None, now: float) -> float:
    return now if owned_until is None else min(now, _day(owned_until))


def _calls_of_campaign(work: UnitOfWork, calls: Sequence[Call], facts: Sequence[CanaryFacts], tag: str) -> list[Call]:
    """Calls that bear the tag, and those that may be for a canary of it: stated, or by the line that rang."""
    ids = {fact.canary_id for fact in facts}
    lines = {fact.line_key for fact in facts}
    of_tag = {fact.number_id for fact in facts}
    numbers = {stored.owned.number for stored in work.numbers.all() if stored.number_id in of_tag}

    def belongs(call: Call) -> bool:
        if tag in call.tags or call.canary_id in ids:
            return True
        if call.canary_id is not None or call.dialled is None:
            return False
        left_out = call.dialled.extension is None and call.dialled.number in numbers
        return left_out or work.canaries.line_key(call.dialled) in lines

    return [call for call in calls if belongs(call)]


def place_calls(
    work: UnitOfWork, calls: Iterable[Call], facts: Sequence[CanaryFacts], book: LineBook, until: Mapping[str, float]
) -> list[CallOnLine]:
    """The calls that ring somewhere in this selection, each with its line; lines join the book."""
    by_id = {fact.canary_id: place for place, fact in enumerate(facts)}
    number_ids = {stored.owned.number: stored.number_id for stored in work.numbers.all()}
    placed = []
    for call in calls:
        day = _day(call.received_at)
        stated = by_id.get(call.canary_id) if call.canary_id else None
        if call.dialled is not None:
            number_id = number_ids[call.dialled.number]
            key = work.canaries.line_key(call.dialled)
            has_extension = call.dialled.extension is not None
        elif stated is not None:
            fact = facts[stated]
            number_id, key, has_extension = fact.number_id, fact.line_key, fact.has_extension
        elif call.canary_id is None:  # which number rang is not known: only what was heard can tell
            placed.append(CallOnLine(call, day, _UNKNOWN_LINE, "", b"", False, None))
            continue
        else:
            continue  # rang a canary outside this selection, and its line is not known
        line = book.note(key, day, until[number_id], int(has_extension))
        placed.append(CallOnLine(call, day, line, number_id, key, has_extension, stated))
    return placed


def _canaries(
    facts: Sequence[CanaryFacts], lines_of: Sequence[int], until: Mapping[str, float], now: float
) -> Canaries:
    ends = [min(now, until[f.number_id], f.retired if f.retired is not None else now) for f in facts]
    return Canaries(
        ids=[fact.canary_id for fact in facts],
        line=_ints(lines_of),
        start=_floats([fact.issued for fact in facts]),
        end=_floats(ends),
        control=np.array([fact.control for fact in facts], dtype=np.bool_),
    )


def _exposures(
    campaign: Campaign, facts: Sequence[CanaryFacts], channels: Sequence[Channel], model: AttributionModel
) -> Exposures:
    canary_of = {fact.canary_id: place for place, fact in enumerate(facts)}
    channel_of = {channel.channel_id: place for place, channel in enumerate(channels)}
    shown = _Shown([model.channels.profile(channel).fields for channel in channels])
    orders = {
        order_id: (place, canary_of[canary_id])
        for place, (order_id, canary_id) in enumerate(campaign.orders())
        if canary_id in canary_of
    }
    handed: list[tuple[int, int, float]] = []
    for canary_id, channel_id in campaign.issued_for():
        canary = canary_of.get(canary_id)
        if canary is not None:
            handed.append((canary, channel_of[channel_id], facts[canary].issued))
    canaries, places, shown_to, instants, seen = (array("q") for _ in range(5))  # millions: no objects
    expiries = array("d")
    for order_id, channel_id, stored, stated, alias_until in campaign.exposures():
        order = orders.get(order_id)
        if order is not None:
            channel = channel_of[channel_id]
            fields, until = shown[channel, stated, alias_until]
            places.append(order[0])
            canaries.append(order[1])
            shown_to.append(channel)
            instants.append(stored)
            seen.append(fields)
            expiries.append(until)
    canary_, channel_, day_ = zip(*handed, strict=True) if handed else ((),) * 3
    number, day = len(handed), days(np.array(instants))
    rank = np.lexsort((np.array(shown_to), day, np.array(places)))  # whatever the database's order
    return Exposures(
        canary=np.append(_ints(canary_), np.array(canaries)[rank]),
        order=np.append(np.full(number, _NO_ORDER), np.array(places)[rank]),
        channel=np.append(_ints(channel_), np.array(shown_to)[rank]),
        day=np.append(_floats(day_), day[rank]),
        fields=np.append(np.full(number, _HANDED_OVER), np.array(seen)[rank]),
        alias_until=np.append(np.full(number, np.nan), np.array(expiries)[rank]),
    )


class _Shown(dict[tuple[int, int | None, float | None], tuple[int, float]]):
    """(channel, fields stated, alias expiry) to the fields it was shown and the expiry in force; few differ."""

    def __init__(self, default: Sequence[Fields]) -> None:
        super().__init__()
        self._default = default

    def __missing__(self, key: tuple[int, int | None, float | None]) -> tuple[int, float]:
        channel, stated, alias_until = key
        given = None if stated is None else Fields(stated)
        shown = int(fields_shown(given, self._default[channel], aliased=alias_until is not None))
        until = alias_until
        if until is None:
            until = np.inf if shown & _ALIAS else np.nan
        self[key] = shown, until
        return shown, until


def _calls(placed: Sequence[CallOnLine], unsure_is_scam: float) -> Calls:
    calls = [item.call for item in placed]
    return Calls(
        ids=[call.call_id for call in calls],
        day=_floats([item.day for item in placed]),
        line=_ints([item.line for item in placed]),
        known=_ints([int(call.known_fields) for call in calls]),
        unknown=_ints([int(call.unknown_fields) for call in calls]),
        answered=np.array([call.answered for call in calls], dtype=np.bool_),
        weight=_floats([unsure_is_scam if call.nature is Nature.UNSURE else 1.0 for call in calls]),
        reached=_ints([_REACHED[call.caller_reached] for call in calls]),
    )


def _matches(matches: Sequence[tuple[int, int, float]]) -> Matches:
    call, canary, ratio = zip(*matches, strict=True) if matches else ((), (), ())
    return Matches(_ints(call), _ints(canary), _floats(ratio))


def _day(moment: datetime) -> float:
    return microseconds(moment) / DAY


def _floats(values: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(values, dtype=np.float64)


def _ints(values: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)
