"""Export the registry as the records of a bundle, in flat memory, from one consistent state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tracer.domain.channel import Channel
from tracer.domain.records import (
    CALL_COLUMNS,
    CANARY_COLUMNS,
    CHANNEL_COLUMNS,
    EXPOSURE_COLUMNS,
    NUMBER_COLUMNS,
    ORDER_COLUMNS,
    call_record,
    canary_record,
    channel_record,
    exposure_record,
    number_record,
    order_record,
)
from tracer.storage.unit_of_work import UnitOfWork

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "channels.csv": CHANNEL_COLUMNS,
    "numbers.csv": NUMBER_COLUMNS,
    "canaries.csv": CANARY_COLUMNS,
    "orders.csv": ORDER_COLUMNS,
    "exposures.csv": EXPOSURE_COLUMNS,
    "calls.csv": CALL_COLUMNS,
}


def export_bundle(work: UnitOfWork) -> Iterator[tuple[str, Iterator[Mapping[str, str]]]]:
    """Every file of the bundle with its records. Undone and merged calls stay behind, in the journal."""
    yield "channels.csv", (channel_record(channel) for channel in parents_first(work.channels.all()))
    yield "numbers.csv", (number_record(stored.owned) for stored in work.numbers.all())
    yield "canaries.csv", (canary_record(canary) for canary in work.canaries.all())
    yield "orders.csv", (order_record(order) for order in work.orders.all())
    yield "exposures.csv", (exposure_record(exposure) for exposure in work.exposures.all())
    yield "calls.csv", (call_record(call) for call in work.calls.counting())


def parents_first(channels: list[Channel]) -> list[Channel]:
    """The same channels, each after its parent."""
    children: dict[str | None, list[Channel]] = {}
    for channel in channels:
        children.setdefault(channel.parent_id, []).append(channel)
    ordered: list[Channel] = []
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        channel = waiting.pop()
        ordered.append(channel)
        waiting.extend(reversed(children.get(channel.channel_id, [])))
    return ordered
