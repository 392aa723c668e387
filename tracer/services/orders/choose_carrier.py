"""Whom to ask for an order's parcel: the courier that the order names first, then what the number's form allows."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.domain.channel import Channel
from tracer.domain.waybill import carrier_named, carriers_of
from tracer.storage.unit_of_work import UnitOfWork

COURIER = "courier"


def carriers_to_ask(work: UnitOfWork, order_id: str, waybill_no: str) -> tuple[str, ...]:
    """The carriers that the order's parcel may be with; one alone where a declared courier's name or tags say which."""
    legs = work.exposures.channels_of([order_id])[order_id]
    declared = {carrier for channel in shown_to(work, legs, COURIER) if (carrier := carrier_of(work, channel))}
    return tuple(declared) if len(declared) == 1 else carriers_of(waybill_no)


def shown_to(work: UnitOfWork, channel_ids: Sequence[str], kind: str) -> list[Channel]:
    """Those of the channels of a route that are of a kind, each once."""
    found = work.channels.find(sorted(set(channel_ids)))
    return [channel for channel in found.values() if channel.kind == kind]


def carrier_of(work: UnitOfWork, channel: Channel) -> str | None:
    """The carrier that a courier is, by its name and tags, else by those of the firm it belongs to."""
    found = carrier_named(channel.name, *channel.tags)
    if found is None and channel.parent_id:
        parent = work.channels.find([channel.parent_id]).get(channel.parent_id)
        found = carrier_named(parent.name, *parent.tags) if parent is not None else None
    return found


def next_carrier(carriers: Sequence[str], before: str) -> str:
    """The carrier to try after the one before; the first where that was none of them."""
    return carriers[(carriers.index(before) + 1) % len(carriers)] if before in carriers else carriers[0]
