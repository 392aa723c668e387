"""What came in by itself, message by message, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class DeliveryState(StrEnum):
    """Whether a message counts: a held one waits for a person or a re-run, a dismissed one for nothing."""

    TAKEN = "taken"
    HELD = "held"
    DISMISSED = "dismissed"


class Fault(StrEnum):
    """What is wrong with a message. It is held for the first two; with the others its call is logged without them."""

    UNREADABLE = "unreadable"
    """It could not be read as what its source sends."""
    REFUSED = "refused"
    """It could be read, and a column of it does not hold."""
    UNKNOWN_NUMBER = "unknown_number"
    """The number that rang is not in the pool, or no number at all."""
    UNKNOWN_CANARY = "unknown_canary"
    """There is no such canary."""
    OTHER_LINE = "other_line"
    """The canary is on another line than the one that rang."""


LEFT_OUT = frozenset({Fault.UNKNOWN_NUMBER, Fault.UNKNOWN_CANARY, Fault.OTHER_LINE})
"""Faults of a message whose call is logged all the same."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message of a source. `unread` is what could not be read; `told`, by its columns, and `extra` what was.

    `event_key` tells the message from others of its contact. `erased`: what was said is gone.
    """

    delivery_id: str
    source: str
    contact_id: str
    event_id: str
    stage: int
    received_at: datetime
    state: DeliveryState
    call_id: str | None = None
    faults: frozenset[Fault] = frozenset()
    reason: str = ""
    place: str = ""
    told: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    unread: str = ""
    event_key: bytes = b""
    erased: bool = False


def told_together(messages: Iterable[Delivery]) -> dict[str, str]:
    """What the messages of one contact say together: of each column what the highest stage, then event id, tells."""
    together: dict[str, str] = {}
    for message in sorted(messages, key=lambda one: (one.stage, one.event_id)):
        together |= message.told
    return together


def is_told_anew(before: Delivery, now: Delivery) -> bool:
    """Whether a message that became no call, since a column of it did not hold, says something else by now."""
    return Fault.REFUSED in before.faults and not before.erased and dict(before.told) != dict(now.told)


def delivery_record(delivery: Delivery) -> dict[str, Any]:
    """A message as JSON, all of it."""
    return {
        "delivery_id": delivery.delivery_id,
        "source": delivery.source,
        "contact_id": delivery.contact_id,
        "event_id": delivery.event_id,
        "stage": delivery.stage,
        "received_at": delivery.received_at.isoformat(),
        "state": delivery.state.value,
        "call_id": delivery.call_id or "",
        "faults": sorted(fault.value for fault in delivery.faults),
        "reason": delivery.reason,
        "place": delivery.place,
        "told": dict(delivery.told),
        "extra": dict(delivery.extra),
        "unread": delivery.unread,
        "erased": delivery.erased,
    }


SAID = ("contact_id", "event_id", "reason", "place", "told", "extra", "unread")
"""What of that may be personal."""
