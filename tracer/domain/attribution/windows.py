"""When a channel leaked, where the data show that it did so for a spell of weeks only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.evidence import Floats
from tracer.domain.attribution.rates import Rates, in_spell

LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class Spell:
    """From one day to another (days since 1970-01-01), and P(it leaked in one spell only, given that it leaked)."""

    start: float
    end: float
    p: float


def likely_spells(rates: Rates, joint: Floats, p_leaked: Floats) -> list[Spell | None]:
    """The spell of each of the first C channels: the time that its spell, if it was one, more probably covers than not.

    joint (C, J, G) is the posterior of spell and node times P(leaked). None where it probably did not leak,
    leaked all the time, or no time stands out.
    """
    by_spell = joint.sum(axis=2) / np.maximum(joint.sum(axis=(1, 2)), 1e-300)[:, None]
    covers = in_spell(rates, np.arange(len(rates.begin))[:, None], np.arange(rates.bins)[None, :])
    only_then = by_spell[:, 1:].sum(axis=1)
    inside = by_spell[:, 1:] @ covers[1:].astype(np.float64) >= LIKELY * np.maximum(only_then, 1e-300)[:, None]
    found: list[Spell | None] = []
    for p, spell, bins in zip(p_leaked.tolist(), only_then.tolist(), inside, strict=True):
        place = np.flatnonzero(bins)
        if p < LIKELY or spell < LIKELY or not len(place):
            found.append(None)
        else:
            start, end = (rates.origin + rates.width * edge for edge in (int(place[0]), int(place[-1]) + 1))
            found.append(Spell(start, end, spell))
    return found
