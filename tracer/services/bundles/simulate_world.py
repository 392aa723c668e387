"""A synthetic world as the records of a bundle, and its truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import numpy as np

from tracer.domain.attribution.model import AttributionModel
from tracer.domain.columns import format_time
from tracer.domain.records import (
    call_record,
    canary_record,
    channel_record,
    exposure_record,
    number_record,
    order_record,
)
from tracer.domain.simulation import facts
from tracer.domain.simulation.draw import draw_world
from tracer.domain.simulation.families import require_family
from tracer.domain.simulation.world import BACKGROUND_CALL, World


def simulate_world(
    family: str, model: AttributionModel, as_of: datetime, seed: int, orders: int | None = None
) -> World:
    """The world of a family and a seed; the same seed gives another family a world of its own.

    Raises InvalidValue for an unknown family, and for what no bundle can hold.
    """
    chosen = require_family(family)
    return draw_world(chosen, model, as_of, np.random.default_rng([seed, *family.encode()]), orders)


def world_bundle(world: World) -> Iterator[tuple[str, Iterator[Mapping[str, str]]]]:
    """Every file of the world's bundle with its records, as `export_bundle` gives a registry's."""
    yield "channels.csv", map(channel_record, facts.channels(world))
    yield "numbers.csv", map(number_record, facts.numbers(world))
    yield "canaries.csv", map(canary_record, facts.canaries(world))
    yield "orders.csv", map(order_record, facts.orders(world))
    yield "exposures.csv", map(exposure_record, facts.exposures(world))
    yield "calls.csv", map(call_record, facts.calls(world))


def world_truth(world: World, seed: int) -> dict[str, object]:
    """The answer, as truth.json holds it.

    `leaky` are shares of the orders seen, in `spells` of those seen from the first time to the second;
    `canary` says for every call that a leak caused whose data it used.
    """
    calls, ids, leakage = world.calls, world.parties.ids, world.leakage
    sources = calls.source.tolist()
    leaky = np.flatnonzero(leakage.rate[:-1] > 0).tolist()
    return {
        "family": world.family,
        "seed": seed,
        "as_of": format_time(world.as_of),
        "nuisance": {**world.nuisance, "other": float(leakage.rate[-1])},
        "leaky": {ids[c]: float(leakage.rate[c]) for c in leaky},
        "spells": {
            ids[c]: [_time(world, int(leakage.begin[c])), _time(world, int(leakage.end[c]))]
            for c in leaky
            if leakage.spell[c]
        },
        "exposed": [ids[c] for c in np.unique(world.exposures.channel).tolist()],
        "source": {facts.call_id(n): world.source_name(source) for n, source in enumerate(sources)},
        "canary": {
            facts.call_id(n): facts.canary_id(canary)
            for n, (source, canary) in enumerate(zip(sources, calls.canary.tolist(), strict=True))
            if source != BACKGROUND_CALL
        },
    }


def _time(world: World, seconds: int) -> str:
    return format_time(world.origin + timedelta(seconds=seconds))
