"""An item of a source as a message: to be taken, or held with its fault; and what the journal tells of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from tracer.domain.delivery import Delivery, DeliveryState, Fault
from tracer.domain.errors import InvalidRecord, InvalidValue
from tracer.domain.incoming import Incoming, Unreadable
from tracer.services.incoming.place_incoming import NOTHING_LEFT_OUT, Placed, Placer, split_columns
from tracer.storage.journal import Fact

UNREAD_LIMIT = 200_000
"""Characters kept of what could not be read."""
_SOURCE_LIMIT = 64


def message_of(item: Incoming | Unreadable, delivery_id: str, now: datetime) -> Delivery:
    """An item as a message: to be taken if it holds (`checked`), held where it could not be read."""
    source = item.source[:_SOURCE_LIMIT]
    if isinstance(item, Unreadable):
        content, place = _whole(item.content), _whole(item.place)
        return Delivery(
            delivery_id,
            source,
            contact_id="unread:" + sha256((content or f"{place}:{item.reason}").encode()).hexdigest(),
            event_id="",
            stage=0,
            received_at=now,
            state=DeliveryState.HELD,
            faults=frozenset({Fault.UNREADABLE}),
            reason=_whole(item.reason),
            place=place,
            unread=content[:UNREAD_LIMIT],
        )
    told, strange = split_columns(item.record)
    return Delivery(
        delivery_id,
        source,
        contact_id=item.contact_id,
        event_id=item.event_id,
        stage=item.stage,
        received_at=now,
        state=DeliveryState.TAKEN,
        told=told,
        extra={**strange, **item.extra} if strange else item.extra,
        place=_whole(item.place),
    )


def checked(message: Delivery, now: datetime, placer: Placer) -> Delivery:
    """The message as it may be taken, or held because a column of it does not hold."""
    if Fault.UNREADABLE in message.faults:
        return message
    try:
        placer.check(message.told, now)
    except (InvalidRecord, InvalidValue) as error:
        return refused(message, str(error))
    return replace(message, state=DeliveryState.TAKEN, faults=NOTHING_LEFT_OUT, reason="")


def refused(message: Delivery, reason: str) -> Delivery:
    """The message held, with why."""
    return replace(
        message, state=DeliveryState.HELD, faults=frozenset({Fault.REFUSED}), reason=_whole(reason), call_id=None
    )


def taken(message: Delivery, call_id: str, placed: Placed) -> Delivery:
    """The message as one of a call, with what had to be left out of that."""
    return replace(message, state=DeliveryState.TAKEN, call_id=call_id, faults=placed.faults, reason=placed.reason)


def held_fact(message: Delivery) -> Fact:
    """It came, and waits."""
    faults = " ".join(sorted(fault.value for fault in message.faults))
    return Fact("delivery_held", message.delivery_id, {"source": message.source, "fault": faults})


def noted_fact(message: Delivery) -> Fact:
    """It came, and the call says it already."""
    told = {"source": message.source, "call_id": message.call_id or ""}
    return Fact("delivery_noted", message.delivery_id, told)


def _whole(text: str) -> str:
    """Text without half characters, as names of files and JSON may have them."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
