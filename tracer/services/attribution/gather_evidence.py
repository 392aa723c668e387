"""Turn the registry, up to a time, into the arrays that the attribution engine reads."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np

from tracer.domain.attribution.evidence import (
    Bools,
    Canaries,
    Evidence,
    Exposures,
    Floats,
    Ints,
    Lines,
    Matches,
)
from tracer.domain.attribution.model import AttributionModel
from tracer.domain.call import Nature
from tracer.domain.channel import Channel
from tracer.domain.errors import UnknownId
from tracer.domain.fields import Fields
from tracer.domain.order import fields_shown
from tracer.services.attribution.match_calls import match_calls
from tracer.services.attribution.place_calls import BareKeys, LineBook, place_calls
from tracer.storage.calls import CallFacts
from tracer.storage.campaign import DAY, Campaign, CanaryFacts, days
from tracer.storage.instant import OFFSET_BITS, microseconds
from tracer.storage.unit_of_work import UnitOfWork

_HANDED_OVER = int(Fields.NAME | Fields.PHONE)
_ALIAS = int(Fields.PHONE_ALIAS)
_NO_ORDER = -1
_SEEN = 1 << 16
"""More than there are sets of fields, with an alias and without."""
_CARRYING = frozenset(("courier", "station"))


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence, the channels it speaks of, and how many calls were left out as legitimate."""

    evidence: Evidence
    channels: Sequence[Channel]
    legitimate_calls: int


def gather_evidence(work: UnitOfWork, model: AttributionModel, as_of: datetime, tag: str | None = None) -> Gathered:
    """Read everything that happened up to `as_of`; with `tag` only canaries, and calls to them, that bear it."""
    campaign = Campaign(work.session, as_of)
    facts = [fact for fact in campaign.canaries() if tag is None or tag in fact.tags.split()]
    logged = work.calls.facts(as_of)
    if tag is not None:
        logged = _calls_of_campaign(work, logged, facts, tag)
    tally = _Tally(logged)
    channels = work.channels.all()
    evidence = assemble(work, model, as_of, campaign, facts, channels, tally.not_legitimate())
    if tag is not None and not facts and not tally.calls:
        raise UnknownId("tag", tag, "No canary and no call bears it")
    return Gathered(evidence, channels, tally.legitimate)


class _Tally:
    """Leaves legitimate calls out of a stream, and counts."""

    def __init__(self, logged: Iterable[CallFacts]) -> None:
        self._logged = logged
        self.calls = self.legitimate = 0

    def not_legitimate(self) -> Iterator[CallFacts]:
        for call in self._logged:
            self.calls += 1
            if call.nature is Nature.LEGITIMATE:
                self.legitimate += 1
            else:
                yield call


def assemble(
    work: UnitOfWork,
    model: AttributionModel,
    as_of: datetime,
    campaign: Campaign,
    facts: Sequence[CanaryFacts],
    channels: Sequence[Channel],
    calls: Iterable[CallFacts],
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
        calls=placed.calls(model.assumptions.unsure_is_scam),
        matches=_matches(match_calls(work, placed.on_lines, facts)),
    )


def _owned_until(owned_until: datetime | None, now: float) -> float:
    return now if owned_until is None else min(now, _day(owned_until))


def _calls_of_campaign(
    work: UnitOfWork, calls: Iterable[CallFacts], facts: Sequence[CanaryFacts], tag: str
) -> Iterator[CallFacts]:
    """Calls that bear the tag, and those that may be for a canary of it: stated, or by the line that rang."""
    ids = {fact.canary_id for fact in facts}
    lines = {fact.line_key for fact in facts}
    of_tag = {fact.number_id for fact in facts}
    bare = BareKeys(work)

    def belongs(call: CallFacts) -> bool:
        if tag in call.tags.split() or call.canary_id in ids:
            return True
        if call.canary_id is not None or call.number_id is None:
            return False
        left_out = call.number_id in of_tag and call.line_key == bare[call.number_id]
        return left_out or call.line_key in lines

    return filter(belongs, calls)


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
    placed = array("q")
    orders = {}
    for place, (order_id, canary_id, at) in enumerate(campaign.orders()):
        placed.append(at)
        if canary_id in canary_of:
            orders[order_id] = place, canary_of[canary_id]
    handed: list[tuple[int, int, float]] = []
    for canary_id, channel_id in campaign.issued_for():
        canary = canary_of.get(canary_id)
        if canary is not None:
            handed.append((canary, channel_of[channel_id], facts[canary].issued))
    shown = _read_exposures(campaign, {order_id: place for order_id, (place, _) in orders.items()}, channel_of)
    carries = np.array([channel.kind in _CARRYING for channel in channels], dtype=np.bool_)
    shown = _timed(shown, np.array(placed, dtype=np.int64), carries)
    canary_of_order = np.full(max((place for place, _ in orders.values()), default=0) + 1, -1, dtype=np.int64)
    for place, canary in orders.values():
        canary_of_order[place] = canary
    canary_, channel_, day_ = zip(*handed, strict=True) if handed else ((),) * 3
    number, day = len(handed), days(shown.stored)
    fields, until = _seen(shown, [model.channels.profile(channel).fields for channel in channels])
    rank = np.lexsort((shown.channel, day, shown.order))  # whatever the database's order
    return Exposures(
        canary=np.append(_ints(canary_), canary_of_order[shown.order[rank]]),
        order=np.append(np.full(number, _NO_ORDER), shown.order[rank]),
        channel=np.append(_ints(channel_), shown.channel[rank]),
        day=np.append(_floats(day_), day[rank]),
        fields=np.append(np.full(number, _HANDED_OVER), fields[rank]),
        alias_until=np.append(np.full(number, np.nan), until[rank]),
    )


class _Shown(NamedTuple):
    """(E,) exposures as read: order and channel by place, fields -1 where none are stated, expiry NaN likewise."""

    order: Ints
    channel: Ints
    stored: Ints
    fields: Ints
    has_alias: Bools
    expires: Floats


def _read_exposures(campaign: Campaign, order_of: Mapping[str, int], channel_of: Mapping[str, int]) -> _Shown:
    """Every exposure of the orders given, as plain arrays: there are millions."""
    order, channel, stored, fields, flags = (array("q") for _ in range(5))
    expires = array("d")
    for part in campaign.exposures():
        order.extend(order_of.get(order_id, -1) for order_id in part.order_id)
        channel.extend(channel_of[channel_id] for channel_id in part.channel_id)
        stored.extend(part.stored)
        fields.extend(-1 if stated is None else stated for stated in part.fields)
        flags.extend(part.has_alias)
        expires.extend(math.nan if until is None else days(until) for until in part.expires)
    known = np.array(order) >= 0
    aliased = np.array(flags) > 0
    whole = [np.array(one)[known] for one in (order, channel, stored, fields)]
    return _Shown(whole[0], whole[1], whole[2], whole[3], aliased[known], np.array(expires)[known])


def _timed(shown: _Shown, placed: Ints, carries: Bools) -> _Shown:
    """Without the legs of couriers and stations at the order's own time, where a later leg tells the same of them.

    A route named with the order says who, not when; a scan, or a person, says when (ADR 0037).
    """
    untimed = carries[shown.channel] & (shown.stored >> OFFSET_BITS == placed[shown.order] >> OFFSET_BITS)
    if not untimed.any():
        return shown
    seen = 2 * (shown.fields + 1) + shown.has_alias
    leg = (shown.order * len(carries) + shown.channel) * _SEEN + seen
    replaced = untimed & np.isin(leg, leg[~untimed])
    return _Shown(*(column[~replaced] for column in shown)) if replaced.any() else shown


def _seen(shown: _Shown, default: Sequence[Fields]) -> tuple[Ints, Floats]:
    """What each channel was shown, as stated or by default, and until when its alias lived (NaN: none, inf: open)."""
    plain, through = (
        _ints([int(fields_shown(None, fields, aliased=aliased)) for fields in default]) for aliased in (False, True)
    )
    usual = np.where(shown.has_alias, through[shown.channel], plain[shown.channel])
    fields = np.where(shown.fields < 0, usual, shown.fields)
    open_ = np.where(shown.has_alias | ((fields & _ALIAS) > 0), np.inf, np.nan)
    return fields, np.where(np.isnan(shown.expires), open_, shown.expires)


def _matches(matches: Sequence[tuple[int, int, float]]) -> Matches:
    call, canary, ratio = zip(*matches, strict=True) if matches else ((), (), ())
    return Matches(_ints(call), _ints(canary), _floats(ratio))


def _day(moment: datetime) -> float:
    return microseconds(moment) / DAY


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)
