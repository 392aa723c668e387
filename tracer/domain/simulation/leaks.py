"""Who leaks, and the calls that leaks draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.assumptions import Assumptions
from tracer.domain.channel import KindProfile
from tracer.domain.fields import Fields
from tracer.domain.simulation.families import Family
from tracer.domain.simulation.nuisance import Callers
from tracer.domain.simulation.world import (
    CAMPAIGN_DAYS,
    CONTACT_FIELDS,
    DAY,
    END,
    EVERY_FIELD,
    NEVER,
    ORDERED,
    Bools,
    Canaries,
    Exposures,
    Ints,
    Leakage,
    Orders,
)

SPELL_WEEKS = (2, 3, 5, 8)
SESSION_GAP, SESSION_LENGTH = 4 * DAY, DAY // 8


@dataclass(frozen=True, slots=True)
class LeakCalls:
    """Calls caused by leaks, in no order: whose data, which channel's, when, and what that channel had seen."""

    at: Ints
    channel: Ints
    canary: Ints
    seen: Ints
    via_alias: Bools


def other_beta(family: Family, assumed: Assumptions) -> tuple[float, float]:
    """The beta distribution of P(an order leaks outside its route)."""
    mean = assumed.other_mean if family.other_mean is None else family.other_mean
    return assumed.other_strength * mean, assumed.other_strength * (1.0 - mean)


def draw_leakage(
    family: Family, profiles: Sequence[KindProfile], assumed: Assumptions, rng: np.random.Generator
) -> Leakage:
    """Whether each channel leaks, how often and how long, from its kind's prior; `other`, the last, leaks always."""
    size = len(profiles)
    leaky = rng.random(size) < np.array([p.prior_leaky for p in profiles])
    rate = rng.beta([p.rate_a for p in profiles], [p.rate_b for p in profiles]) * leaky
    rate[-1] = rng.beta(*other_beta(family, assumed))
    share = assumed.burst_share if family.burst_share is None else family.burst_share
    spell = (rng.random(size) < share) & (rate > 0)
    spell[-1] = False
    length = rng.choice(SPELL_WEEKS, size) * 7 * DAY
    begin = np.where(spell, rng.random(size) * (CAMPAIGN_DAYS * DAY - length), 0).astype(np.int64)
    end = np.where(spell, begin + length, END)
    return Leakage(rate if family.leaks else rate * 0.0, begin, end, spell & family.leaks)


def draw_leak_calls(
    canaries: Canaries,
    orders: Orders,
    shown: Exposures,
    leakage: Leakage,
    callers: Callers,
    reach: float,
    rng: np.random.Generator,
) -> LeakCalls:
    """The calls that every leaked exposure draws, until the end; what `other` saw counts as exposures as well."""
    cells = _with_other(canaries, orders, shown, len(leakage.rate) - 1)
    open_then = (cells.at >= leakage.begin[cells.channel]) & (cells.at < leakage.end[cells.channel])
    leaked = rng.random(len(cells.at)) < leakage.rate[cells.channel] * open_then
    cell = np.flatnonzero(leaked)
    cell = np.repeat(cell, rng.poisson(callers.calls[cells.channel[cell]]))
    delay = np.ceil(callers.delay_days(cells.channel[cell], rng) * DAY)
    at = cells.at[cell] + np.minimum(delay, 2.0 * END).astype(np.int64)
    seen, until = cells.fields[cell], cells.alias_until[cell]
    via_alias = (until != NEVER) & (at <= until)
    reached = via_alias | ((seen & int(Fields.PHONE)) > 0) | (rng.random(len(cell)) < reach)
    kept = reached & (at <= END)
    cell = cell[kept]
    return LeakCalls(at[kept], cells.channel[cell], cells.canary[cell], seen[kept], via_alias[kept])


def _with_other(canaries: Canaries, orders: Orders, shown: Exposures, other: int) -> Exposures:
    """The exposures, and for every canary what a party on no route has of it: an order, or the contact alone."""
    everyone = np.arange(len(canaries.issued))
    ordered = canaries.purpose == ORDERED
    return Exposures(
        np.append(shown.canary, everyone),
        np.append(shown.channel, np.full_like(everyone, other)),
        np.append(shown.at, np.where(ordered, orders.placed, canaries.issued)),
        np.append(shown.fields, np.where(ordered, EVERY_FIELD, CONTACT_FIELDS)),
        np.append(shown.alias_until, np.full_like(everyone, NEVER)),
    )


def waiting_for_sessions(at: Ints, channel: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Times moved into sessions of the channel's buyers, every few days for some hours, and the session of each.

    Sessions are numbered through; no call comes earlier than it would have.
    """
    moved, session, number = at.copy(), np.full(len(at), -1), 0
    for one in np.unique(channel).tolist():
        here = np.flatnonzero(channel == one)
        starts = np.cumsum(rng.exponential(SESSION_GAP, 4 * END // SESSION_GAP)).astype(np.int64)
        place = np.searchsorted(starts, at[here])
        moved[here] = starts[place] + rng.integers(0, SESSION_LENGTH, len(here))
        session[here] = number + place
        number += len(starts)
    return moved, session
