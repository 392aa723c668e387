"""Place a canary order with its route, or add exposures to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tracer.domain.canary import LIVE_STATES, CanaryState
from tracer.domain.errors import AlreadyExists, NotAllowed, UnknownId
from tracer.domain.ids import new_id
from tracer.domain.order import Exposure, Order
from tracer.domain.records import exposure_record, order_record, read_exposure, read_order
from tracer.storage.exposures import exposure_key
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork


def place_order(
    work: UnitOfWork, record: Mapping[str, str], route: Sequence[Mapping[str, str]], rng: np.random.Generator
) -> tuple[Order, list[Exposure]]:
    """Record an order (orders.csv columns) and what each channel of its route was shown (exposures.csv columns).

    Without order_id it gets one; a route row without exposed_at is shown the order when it is placed.
    Raises InvalidRecord, UnknownId, AlreadyExists, NotAllowed.
    """
    record = {"placed_at": work.now.isoformat(), **record}
    record["order_id"] = record.get("order_id") or new_id("o", rng)
    order = read_order(record)
    work.canaries.hold(order.canary_id)
    canary = work.canaries.get(order.canary_id)
    if work.orders.find([order.order_id]):
        raise AlreadyExists("order", order.order_id, "choose another --id, or leave it out")
    if canary.state not in LIVE_STATES:
        raise NotAllowed(
            f"canary {canary.canary_id!r} is {canary.state.value}: nothing is ordered with it any more. "
            "Issue a new one with `tracer canary issue`"
        )
    if order.placed_at < canary.issued_at:
        raise NotAllowed(
            f"order {order.order_id!r} was placed at {order.placed_at.isoformat()}, before its canary "
            f"{canary.canary_id!r} was issued at {canary.issued_at.isoformat()}. Correct the time"
        )
    work.orders.add([order])
    exposures = _exposures(work, order, route)
    work.exposures.add(exposures)
    payload = {**order_record(order), "route": [exposure_record(exposure) for exposure in exposures]}
    work.journal.record([Fact("order_placed", order.order_id, payload)])
    if canary.state is CanaryState.ISSUED:
        work.canaries.mark_used([canary.canary_id], work.now)
        payload = {"state": CanaryState.USED.value, "order_id": order.order_id}
        work.journal.record([Fact("canary_used", canary.canary_id, payload)])
    return order, exposures


def record_exposure(work: UnitOfWork, record: Mapping[str, str]) -> Exposure:
    """Record that a channel was shown an order that exists (exposures.csv columns)."""
    order = work.orders.get(record.get("order_id", ""))
    (exposure,) = _exposures(work, order, [record])
    if exposure_key(exposure) in work.exposures.of_orders([order.order_id]):
        raise AlreadyExists("exposure", f"{order.order_id} {exposure.channel_id}", "same order, channel and time")
    work.exposures.add([exposure])
    work.journal.record([Fact("exposure_recorded", order.order_id, exposure_record(exposure))])
    return exposure


def _exposures(work: UnitOfWork, order: Order, route: Sequence[Mapping[str, str]]) -> list[Exposure]:
    exposures = [
        read_exposure({"exposed_at": order.placed_at.isoformat(), **leg, "order_id": order.order_id}) for leg in route
    ]
    known = work.channels.find([exposure.channel_id for exposure in exposures])
    for exposure in exposures:
        if exposure.channel_id not in known:
            raise UnknownId("channel", exposure.channel_id, "`tracer channel list` shows them")
        if exposure.exposed_at < order.placed_at:
            raise NotAllowed(
                f"{exposure.channel_id!r} cannot have been shown order {order.order_id!r} at "
                f"{exposure.exposed_at.isoformat()}: the order was placed at {order.placed_at.isoformat()}"
            )
    if len({exposure_key(exposure) for exposure in exposures}) != len(exposures):
        raise NotAllowed(f"the route of order {order.order_id!r} names a channel twice at the same time")
    return exposures
