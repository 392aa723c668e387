"""Draw one synthetic world of a family. Same family, size, time, model and generator state: the same world."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from tracer.domain.attribution.model import AttributionModel
from tracer.domain.errors import InvalidValue
from tracer.domain.simulation.families import Family
from tracer.domain.simulation.heard import write_down
from tracer.domain.simulation.leaks import LeakCalls, draw_leak_calls, draw_leakage, other_beta, waiting_for_sessions
from tracer.domain.simulation.nuisance import Callers, Nuisance, callers_of, draw_nuisance
from tracer.domain.simulation.parties import draw_parties
from tracer.domain.simulation.routes import draw_canaries, draw_routes
from tracer.domain.simulation.speech import draw_speech
from tracer.domain.simulation.strangers import ALONE, draw_strangers, spoken_of
from tracer.domain.simulation.world import (
    BACKGROUND_CALL,
    CAMPAIGN_DAYS,
    END,
    WAITING_DAYS,
    Calls,
    Canaries,
    World,
)

MOST_ORDERS = 500_000
AS_OF = "2026-09-01T00:00:00+08:00"
"""When a world ends unless said otherwise."""


def draw_world(
    family: Family, model: AttributionModel, as_of: datetime, rng: np.random.Generator, orders: int | None = None
) -> World:
    """A world of so many orders (by default the family's own) that ends at `as_of`.

    Raises InvalidValue for sizes and times that no bundle can hold.
    """
    number = family.orders if orders is None else orders
    if not 1 <= number <= MOST_ORDERS:
        raise InvalidValue("--orders", number, f"a number from 1 to {MOST_ORDERS:,}")
    if (as_of - timedelta(days=CAMPAIGN_DAYS + WAITING_DAYS)).year < 1971:
        raise InvalidValue("--as-of", as_of.isoformat(), "a time in 1972 or later")
    assumed = model.assumptions
    nuisance = draw_nuisance(model, family.background, rng)
    parties, market = draw_parties(family, number, rng)
    profiles = [nuisance.moved(p) for p in (*map(model.channels.kind, parties.kinds), model.other)]
    callers = callers_of(profiles)
    canaries = draw_canaries(family, number, rng)
    placed, shown = draw_routes(family, canaries, market, model, parties.kinds, rng)
    leakage = draw_leakage(family, profiles, assumed, rng)
    leaks = draw_leak_calls(canaries, placed, shown, leakage, callers, assumed.reach_without_phone, rng)
    calls = _all_calls(family, model, nuisance, callers, canaries, leaks, rng)
    return World(
        family=family.name,
        as_of=as_of,
        nuisance={**nuisance.truth(model.other, model.channels.kinds), "other_beta": list(other_beta(family, assumed))},
        parties=parties,
        canaries=canaries,
        orders=placed,
        exposures=shown,
        leakage=leakage,
        calls=calls,
        said=write_down(calls, canaries, placed, rng),
    )


def _all_calls(
    family: Family,
    model: AttributionModel,
    nuisance: Nuisance,
    callers: Callers,
    canaries: Canaries,
    leaks: LeakCalls,
    rng: np.random.Generator,
) -> Calls:
    """Calls of leaks and of strangers together, by time, with what is said in each."""
    when, session = leaks.at, np.full(len(leaks.at), ALONE)
    if family.campaigns:
        when, session = waiting_for_sessions(leaks.at, leaks.channel, rng)
    at, line, strange = draw_strangers(canaries, nuisance, rng, campaigns=family.campaigns)
    strange = np.where(strange == ALONE, ALONE, strange + int(session.max(initial=ALONE)) + 1)
    number = len(at)
    seen = np.append(leaks.seen, np.zeros_like(at))
    mention = np.concatenate((callers.mention[leaks.channel], np.zeros((number, callers.mention.shape[1]))))
    known, unknown = draw_speech(seen, mention, nuisance.epsilon, family.asked, model.assumptions, rng)
    answered = rng.random(len(seen)) >= family.unanswered
    calls = Calls(
        at=np.append(when, at),
        source=np.append(leaks.channel, np.full(number, BACKGROUND_CALL)),
        canary=np.append(leaks.canary, spoken_of(canaries, at, line, rng)),
        line=np.append(canaries.line[leaks.canary], line),
        session=np.append(session, strange),
        via_alias=np.append(leaks.via_alias, np.zeros(number, dtype=np.bool_)),
        answered=answered,
        known=np.where(answered, known, 0),
        unknown=np.where(answered, unknown, 0),
    )
    order = np.lexsort((calls.source, calls.line, calls.at))
    return calls.keep(order[calls.at[order] <= END])
