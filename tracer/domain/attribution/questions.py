"""What a planned order is there to find out, in plain words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.evidence import Floats
from tracer.domain.attribution.planning import Worlds, entropy
from tracer.domain.attribution.routes import Route, RouteKind

SETTLED = 0.95


@dataclass(frozen=True, slots=True)
class Known:
    """What the questions speak of.

    names by place, shops yet to be registered last; p_leaky (C,) of the registered; groups that cannot be
    told apart and routes seen so far, as places
    """

    names: Sequence[str]
    p_leaky: Floats
    groups: Sequence[Sequence[int]]
    seen: Sequence[Collection[int]]


def question(route: Route, chance: Floats, worlds: Worlds, known: Known) -> str:
    """The question that the order answers best; chance (K,) is P(it is called) in every world."""
    if route.kind is RouteKind.CONTROL:
        return (
            "How often does a number ring that nobody was given? "
            f"Now reckoned at {worlds.background.mean():.2g} calls a line and day."
        )
    registered = [c for c in route.channels if c < len(known.p_leaky)]
    best = max(registered, key=lambda c: _told(worlds, c, chance))
    for group in known.groups:
        rivals = [c for c in group if c not in route.channels]
        if best in group and rivals:
            return _which(best, rivals, known)
    return _whether(best, worlds, known)


def _told(worlds: Worlds, channel: int, chance: Floats) -> float:
    """Bits that the outcome tells of whether the channel leaks, and whether more or less than usual."""
    leaky, rate = worlds.leaky[:, channel], worlds.rate[:, channel]
    middle = np.median(rate[leaky]) if leaky.any() else 0.0
    state = np.where(leaky, 1 + (rate > middle), 0)
    left = 0.0
    for s in np.unique(state):
        here = state == s
        left += float(here.mean()) * float(entropy(chance[here].mean()))
    return float(entropy(chance.mean())) - left


def _which(best: int, rivals: Sequence[int], known: Known) -> str:
    names = " or ".join(known.names[c] for c in (best, *rivals))
    tied = all((best in route) == (c in route) for route in known.seen for c in rivals)
    why = "They were always seen together" if tied else "So far either explains the same calls"
    return f"Is it {names}? {why}."


def _whether(channel: int, worlds: Worlds, known: Known) -> str:
    name, p = known.names[channel], float(known.p_leaky[channel])
    if p >= SETTLED:
        rate = worlds.rate[worlds.leaky[:, channel], channel]
        low, high = np.quantile(rate, (0.05, 0.95))
        return f"What share of its orders does {name} leak? Now about {rate.mean():.0%} ({low:.0%} to {high:.0%})."
    if any(channel in route for route in known.seen):
        return f"Does {name} leak at all? P is now {shown(p)}."
    return f"Does {name} leak at all? No order has passed through it yet; P is {shown(p)} by its kind alone."


def shown(p: float) -> str:
    """A probability to two places that never claims certainty."""
    if p < 0.005:
        return "below 0.01"
    return "above 0.99" if p > 0.995 else f"{p:.2f}"
