"""What a caller says: for each field whether at all, from what the source of the data had seen.

Written from the model and not with the engine's table, so that each checks the other.
"""

from __future__ import annotations

import numpy as np

from tracer.domain.attribution.assumptions import Assumptions
from tracer.domain.fields import TOKENS, Fields
from tracer.domain.simulation.world import Bools, Floats, Ints

_PLAIN = tuple(flag for token, flag in TOKENS.items() if ":" not in token)
_PARTS = {Fields.NAME: (Fields.NAME_MASKED,), Fields.PHONE: (Fields.PHONE_LAST4, Fields.PHONE_ALIAS)}
_SHORTENED = {Fields.NAME: Fields.NAME_MASKED, Fields.PHONE: Fields.PHONE_LAST4}
"""How a name or number that is known in full is said by some."""


def draw_speech(
    seen: Ints, mention: Floats, epsilon: float, asked: float, assumed: Assumptions, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """(n,) known and unknown fields of callers whose sources saw `seen`; mention (n, 9) as in the model.

    A caller says a field with probability q·[seen] + ε. Who is asked for one he did not say does so then,
    unless he never saw it or will not say it.
    """
    known, unknown = np.zeros_like(seen), np.zeros_like(seen)
    for place, field in enumerate(_PLAIN):
        ways = (field, *_PARTS.get(field, ()))
        p = _chances(field, ways, seen, mention[:, place], epsilon, assumed.masked_share)
        said = _one_of(p, rng)
        best = _best(ways, seen)
        question = (said == 0) & (rng.random(len(seen)) < asked)
        refused = rng.random(len(seen)) < np.where(best > 0, assumed.cannot_say_when_seen, 1.0 - epsilon)
        known |= np.array([0, *map(int, ways)])[said] | np.where(question & ~refused, best, 0)
        unknown |= np.where(question & refused, int(field), 0)
    return known, unknown


def _chances(
    field: Fields, ways: tuple[Fields, ...], seen: Ints, q: Floats, epsilon: float, shortened: float
) -> Floats:
    """(n, ways) probability of saying the field in each of its ways, leaving at least ε for silence."""
    p = np.full((len(seen), len(ways)), epsilon)
    best = _best(ways, seen)
    for place, way in enumerate(ways):
        p[:, place] += q * (best == int(way))
    if field in _SHORTENED:
        moved = q * shortened * (best == int(field))
        p[:, 0] -= moved
        p[:, ways.index(_SHORTENED[field])] += moved
    return np.asarray(p * np.minimum(1.0, (1.0 - epsilon) / p.sum(axis=1))[:, None])


def _best(ways: tuple[Fields, ...], seen: Ints) -> Ints:
    """The fullest form of the field that was seen, 0 for none. The first way is the whole, the last the next best."""
    best = np.zeros_like(seen)
    for way in (*ways[1:], ways[0]):
        best = np.where((seen & int(way)) > 0, int(way), best)
    return best


def _one_of(p: Floats, rng: np.random.Generator) -> Ints:
    """(n,) 1 + the way drawn, 0 for silence."""
    bounds = np.cumsum(p, axis=1)
    u: Floats = rng.random(len(p))[:, None]
    below: Bools = u >= bounds
    place = below.sum(axis=1)
    return np.asarray(np.where(place == p.shape[1], 0, place + 1))
