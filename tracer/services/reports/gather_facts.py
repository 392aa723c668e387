"""The facts that a letter on one channel states: which identities it was given when, and what callers then knew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracer.domain.call import Call, CallState
from tracer.storage.unit_of_work import UnitOfWork

MOST_FACTS = 60


@dataclass(frozen=True, slots=True)
class Handed:
    """An identity as a channel got it: with an order, or handed over by itself (then `order_id` is empty)."""

    canary_id: str
    order_id: str
    placed_at: datetime
    shown_at: datetime
    recipient_name: str
    order_no: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A call as a letter tells it: no number of the caller, no words of the callee."""

    call_id: str
    received_at: datetime
    kind: str
    known: str
    unknown: str
    role: str
    script: str


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What was handed to a channel, and the calls: of each the first `MOST_FACTS` in time, and how many more."""

    handed: Sequence[Handed]
    contacts: Sequence[Contact]
    more_handed: int = 0
    more_contacts: int = 0


def gather_facts(work: UnitOfWork, channel_id: str, calls: Sequence[tuple[str, str]]) -> LetterFacts:
    """The facts for (call id, canary id or empty) pairs of a report. Raises UnknownId for no such channel."""
    work.channels.get(channel_id)
    handed = sorted(
        _handed(work, channel_id, sorted({canary_id for _, canary_id in calls if canary_id})),
        key=lambda one: (one.shown_at, one.canary_id, one.order_id),
    )
    found = work.calls.find([call_id for call_id, _ in calls]).values()
    contacts = sorted(
        (_contact(call) for call, _ in found if call.state is CallState.LOGGED),
        key=lambda one: (one.received_at, one.call_id),
    )
    return LetterFacts(
        handed[:MOST_FACTS],
        contacts[:MOST_FACTS],
        max(0, len(handed) - MOST_FACTS),
        max(0, len(contacts) - MOST_FACTS),
    )


def _handed(work: UnitOfWork, channel_id: str, canary_ids: Sequence[str]) -> Iterator[Handed]:
    """Each time that one of these canaries was shown to the channel, with an order or by itself."""
    canaries = work.canaries.find(canary_ids)
    orders = {order.order_id: order for order in work.orders.of_canaries(sorted(canaries))}
    for shown, _ in work.exposures.of_orders(sorted(orders)).values():
        if shown.channel_id == channel_id:
            order = orders[shown.order_id]
            name = canaries[order.canary_id].recipient_name
            yield Handed(order.canary_id, order.order_id, order.placed_at, shown.exposed_at, name, order.order_no)
    for one in canaries.values():
        if channel_id in one.issued_for:
            yield Handed(one.canary_id, "", one.issued_at, one.issued_at, one.recipient_name, "")


def _contact(call: Call) -> Contact:
    return Contact(
        call.call_id,
        call.received_at,
        call.kind.value,
        call.known_fields.text,
        call.unknown_fields.text,
        call.claimed_role,
        call.script,
    )
