"""From a fitted campaign to a plan: routes weighed, chosen, priced, and each with the question it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tracer.domain.attribution.behaviour import behaviour_of
from tracer.domain.attribution.confounding import confounded_groups
from tracer.domain.attribution.evidence import Evidence, Floats
from tracer.domain.attribution.fit import Fit
from tracer.domain.attribution.mention import CONTACT_FIELDS, EVERY_FIELD
from tracer.domain.attribution.model import AttributionModel
from tracer.domain.attribution.planning import MOST_ORDERS, Limits, Worlds, choose, draw_worlds
from tracer.domain.attribution.power import background_called, expected_leak, noticed
from tracer.domain.attribution.questions import Known, question
from tracer.domain.attribution.routes import (
    MERCHANT,
    Route,
    RouteKind,
    chances,
    last_shown,
    routes_to_try,
    seen_routes,
    subjects,
    unreachable,
)
from tracer.domain.attribution.verdicts import implicated
from tracer.domain.channel import Channel
from tracer.domain.errors import InvalidValue

DEFAULT_COSTS: Mapping[RouteKind, float] = {
    RouteKind.ORDER: 60.0,
    RouteKind.CANCELLED: 20.0,
    RouteKind.DIRECT: 15.0,
    RouteKind.PICKUP: 50.0,
    RouteKind.CONTROL: 2.0,
}


def costs_of(table: Mapping[str, object]) -> dict[RouteKind, float]:
    """The default costs with those of a table laid over them; raises InvalidValue naming the bad key."""
    costs = dict(DEFAULT_COSTS)
    for key, value in table.items():
        if key not in list(RouteKind):
            raise InvalidValue("--costs", key, "keys out of: " + " ".join(RouteKind))
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise InvalidValue(f"--costs {key}", value, "what one such order costs, a number above 0")
        costs[RouteKind(key)] = float(value)
    return costs


@dataclass(frozen=True, slots=True)
class Stop:
    """A channel of a proposed route; without an id it is a shop that has to be chosen and registered first."""

    channel_id: str | None
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """One order to place: through whom, what it costs, what it is expected to tell, and what it asks.

    Gains are in bits, over what the proposals before it tell; `called` is P(somebody who knows of it rings).
    """

    rank: int
    batch: int
    kind: RouteKind
    channels: Sequence[Stop]
    cost: float
    gain: float
    cumulative_gain: float
    called: float
    question: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Proposals in the order to place them, background calls a line and day, and remarks for the reader."""

    proposals: Sequence[Proposal] = ()
    background: float = 0.0
    remarks: Sequence[str] = field(default_factory=list)


def propose(
    evidence: Evidence,
    channels: Sequence[Channel],
    fit: Fit,
    model: AttributionModel,
    limits: Limits,
    watch: float,
    costs: Mapping[RouteKind, float],
) -> Plan:
    """The plan after a fit; `channels` stand in the evidence's order, each order is watched for `watch` days.

    Same fit, same settings: same plan.
    """
    worlds = draw_worlds(fit, model.assumptions, np.random.default_rng(model.sampling.seed))
    groups = _groups(evidence, channels, fit, model)
    routes, lonely = routes_to_try(evidence, channels)
    chance = _chances(evidence, fit, worlds, model, watch, routes, len(lonely))
    picks = choose(chance, np.array([costs[r.kind] for r in routes]), subjects(routes), limits, model.sampling.seed)
    stops = [Stop(channel.channel_id, channel.kind, channel.name) for channel in channels]
    stops += [Stop(None, MERCHANT, f"another shop of {channels[platform].name}") for platform in lonely]
    seen = seen_routes(evidence)
    known = Known([stop.name for stop in stops], fit.draws.p_leaky[:-1], groups, [frozenset(route) for route in seen])
    gained = np.cumsum([pick.gain for pick in picks])
    proposals = [
        Proposal(
            rank=place + 1,
            batch=pick.batch,
            kind=routes[pick.route].kind,
            channels=[stops[c] for c in routes[pick.route].channels],
            cost=costs[routes[pick.route].kind],
            gain=pick.gain,
            cumulative_gain=float(gained[place]),
            called=float(chance[pick.route].mean()),
            question=question(routes[pick.route], chance[pick.route], worlds, known),
        )
        for place, pick in enumerate(picks)
    ]
    hidden = [stops[c].name for c in unreachable(routes, len(channels))]
    return Plan(proposals, fit.background.mean_rate, _remarks(proposals, limits, costs, hidden, ordered=bool(seen)))


def _groups(evidence: Evidence, channels: Sequence[Channel], fit: Fit, model: AttributionModel) -> list[list[int]]:
    """Channels that cannot be told apart, as places."""
    priors = fit.leak_priors(evidence)
    named = implicated(fit.draws.p_leaky[:-1], priors, model.thresholds)
    names = {channel.channel_id: channel.name for channel in channels}
    place = {channel_id: i for i, channel_id in enumerate(evidence.channel_ids)}
    found = confounded_groups(evidence.channel_ids, names, fit.model.cells, fit.draws, priors, named, model.thresholds)
    return [[place[channel_id] for channel_id in group.channel_ids] for group in found]


def _chances(
    evidence: Evidence,
    fit: Fit,
    worlds: Worlds,
    model: AttributionModel,
    watch: float,
    routes: Sequence[Route],
    new_shops: int,
) -> Floats:
    """(S, K) P(called) of every route: for leaks on the route, for one outside it, or by a stranger.

    Of an order only callers who know something count; of a control every call does. A shop yet to be
    registered leaks as its prior expects, the same in every world: nobody asks about it.
    """
    behaviour, rows = fit.model.behaviour, fit.model.profile
    fields, alias = last_shown(evidence)
    seen = noticed(behaviour, rows, np.append(fields, EVERY_FIELD), np.append(alias, 0.0), watch)
    called = (worlds.rate * seen).T
    shop = model.channels.kind(MERCHANT)
    assumed, row = behaviour_of([shop], model.other, model.assumptions)
    new = expected_leak(shop) * noticed(assumed, row[:1], np.array([int(shop.fields)]), np.zeros(1), watch)
    contact = noticed(behaviour, rows[-1:], np.array([CONTACT_FIELDS]), np.zeros(1), watch)[0]
    strangers = background_called(behaviour, worlds.background, watch)
    return chances(
        routes,
        np.concatenate((called[:-1], np.full((new_shops, called.shape[1]), new))),
        order_silent=(1.0 - strangers) * (1.0 - called[-1]),
        control_silent=np.exp(-worlds.background * watch) * (1.0 - worlds.rate[:, -1] * contact),
    )


def _remarks(
    proposals: Sequence[Proposal],
    limits: Limits,
    costs: Mapping[RouteKind, float],
    hidden: Sequence[str],
    *,
    ordered: bool,
) -> list[str]:
    """What limits the plan or has to be done first."""
    found = []
    if not ordered:
        found.append(
            "No order has been placed yet: these first ones rest on what is assumed of each kind of channel. Record "
            "each with its whole route, and the next plan will know it."
        )
    if not proposals:
        short = limits.budget is not None and limits.budget < min(costs.values())
        found.append(
            f"The budget buys nothing: the cheapest order costs {min(costs.values()):g}."
            if short
            else "No order would tell anything more."
        )
    elif limits.budget is None and len(proposals) < limits.orders:
        found.append("No further order would tell anything more.")
    elif len(proposals) == MOST_ORDERS:
        found.append(f"A plan ends at {MOST_ORDERS} orders: log what these bring, then plan anew.")
    if any(stop.channel_id is None for proposal in proposals for stop in proposal.channels):
        found.append(
            "Another shop: choose any, and register it first with `tracer channel add merchant NAME --parent PLATFORM`."
        )
    if any(proposal.kind is RouteKind.CANCELLED for proposal in proposals):
        found.append(
            "A cancelled order costs the shop work: cancel before dispatch, keep to the limit per shop, and read what "
            "the platform's terms say of orders placed as a test."
        )
    if proposals and proposals[-1].batch > 1:
        found.append("Plan anew after each batch: its outcome changes what is worth asking next.")
    if hidden:
        found.append(f"No known route passes {', '.join(hidden)}: nothing can be proposed there.")
    return found
