"""Tell the story of a canary or an order: who was shown what when, and which calls came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tracer.domain.canary import Canary
from tracer.domain.channel import ChannelModel
from tracer.domain.fields import Fields
from tracer.domain.order import Exposure, Order
from tracer.services.registry.browse import browse_calls, browse_orders
from tracer.storage.unit_of_work import UnitOfWork

MOST_CALLS = 200
_GIVEN = Fields.NAME | Fields.PHONE


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened at a time.

    `what`: issued, handed (to a channel, with the canary itself), ordered, exposed, called. `subject_id` is the
    order's or the call's id, `fields` what was shown (text form), `alias_expires_at` when its virtual number ends.
    """

    at: datetime
    what: str
    subject_id: str = ""
    channel_id: str = ""
    fields: str = ""
    aliased: bool = False
    alias_expires_at: datetime | None = None
    nature: str = ""


@dataclass(frozen=True, slots=True)
class CanaryStory:
    """A canary, its orders by time, its calls as records (those that count), and everything by time."""

    canary: Canary
    orders: Sequence[Order]
    calls: Sequence[Mapping[str, Any]]
    events: Sequence[Event]
    sounds_like_another: bool


@dataclass(frozen=True, slots=True)
class OrderStory:
    """An order and what each channel of its route was shown, oldest first."""

    order: Order
    events: Sequence[Event] = field(default_factory=tuple)


def canary_story(work: UnitOfWork, model: ChannelModel, canary_id: str, *, calls: bool = True) -> CanaryStory:
    """The story of a canary; `calls`: with the calls that came for it. Raises UnknownId."""
    canary = work.canaries.get(canary_id)
    orders = sorted(work.orders.of_canaries([canary_id]), key=lambda order: (order.placed_at, order.order_id))
    exposures = [one for one, _ in work.exposures.of_orders([order.order_id for order in orders]).values()]
    came = browse_calls(work, None, MOST_CALLS, canary_id=canary_id).records if calls else []
    events = [Event(canary.issued_at, "issued")]
    events += [Event(canary.issued_at, "handed", channel_id=one, fields=_GIVEN.text) for one in canary.issued_for]
    events += [Event(order.placed_at, "ordered", order.order_id) for order in orders]
    events += _exposed(work, model, exposures)
    events += [
        Event(datetime.fromisoformat(call["received_at"]), "called", call["call_id"], nature=call["nature"])
        for call in came
    ]
    alike = canary_id in work.canaries.alike()
    return CanaryStory(canary, orders, came, sorted(events, key=lambda event: event.at), alike)


def order_story(work: UnitOfWork, model: ChannelModel, order_id: str) -> OrderStory:
    """The story of an order. Raises UnknownId."""
    return OrderStory(work.orders.get(order_id), _exposed(work, model, work.exposures.route(order_id)))


def orders_shown(work: UnitOfWork, channel_id: str, limit: int) -> tuple[list[dict[str, Any]], bool]:
    """Some of the orders that a channel was shown, as records, and whether there are more."""
    found = browse_orders(work, "", limit, channel_id=channel_id)
    return found.records, found.after is not None


def _exposed(work: UnitOfWork, model: ChannelModel, exposures: Sequence[Exposure]) -> list[Event]:
    channels = work.channels.find(sorted({one.channel_id for one in exposures}))
    return [
        Event(
            one.exposed_at,
            "exposed",
            one.order_id,
            one.channel_id,
            one.shown(model.profile(channels[one.channel_id]).fields).text,
            bool(one.alias),
            one.alias_expires_at,
        )
        for one in exposures
    ]
