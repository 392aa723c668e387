"""A world as the nouns of the registry, in the order of a bundle's files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from tracer.domain.call import Call, Reached
from tracer.domain.canary import CONTROL as CONTROL_PURPOSE
from tracer.domain.canary import Canary, CanaryState
from tracer.domain.channel import Channel
from tracer.domain.fields import Fields
from tracer.domain.line import Line, NumberKind, OwnedNumber
from tracer.domain.order import Exposure, Order
from tracer.domain.simulation.routes import LOCALE
from tracer.domain.simulation.values import ITEMS, account_text, price_text, waybill_text
from tracer.domain.simulation.world import CONTROL, HANDED_OVER, NEVER, ORDERED, World

ALIAS_NUMBERS = 1_000


def channels(world: World) -> Iterator[Channel]:
    """Every party, platforms before their shops."""
    parties = world.parties
    ids = parties.ids
    for channel_id, kind, name, parent in zip(ids, parties.kinds, parties.names, parties.parent.tolist(), strict=True):
        yield Channel(channel_id, kind, name, None if parent < 0 else ids[parent])


def numbers(world: World) -> Iterator[OwnedNumber]:
    """The base numbers, all of ranges kept for fiction."""
    kind, digits = (NumberKind.LANDLINE, 4) if world.canaries.own else (NumberKind.SIM, None)
    for base in dict.fromkeys(text.partition(";")[0] for text in world.canaries.lines):
        yield OwnedNumber(base, kind, digits, test_line=True)


def canaries(world: World) -> Iterator[Canary]:
    """Every canary; one handed over without an order bears its shop in `issued_for`."""
    own, when = world.canaries, _Times(world)
    lines = [_line(text) for text in own.lines]
    shown = world.exposures
    shops = dict(zip(shown.canary.tolist(), shown.channel.tolist(), strict=True))
    rows = zip(own.names, own.issued.tolist(), own.purpose.tolist(), own.line.tolist(), strict=True)
    for k, (name, issued, purpose, line) in enumerate(rows):
        yield Canary(
            canary_id=canary_id(k),
            recipient_name=name.name,
            phone=lines[line],
            issued_at=when(issued),
            locale=LOCALE,
            gender=name.gender,
            issued_for=(world.parties.ids[shops[k]],) if purpose == HANDED_OVER else (),
            purpose=CONTROL_PURPOSE if purpose == CONTROL else "",
            state=CanaryState.USED if purpose == ORDERED else CanaryState.ISSUED,
        )


def orders(world: World) -> Iterator[Order]:
    """The order of every canary that has one."""
    when, all_ = _Times(world), world.orders
    rows = zip(
        *(column.tolist() for column in (all_.placed, all_.item, all_.cents, all_.number, all_.waybill)), strict=True
    )
    for k, (ordered, (placed, item, cents, number, waybill)) in enumerate(
        zip((world.canaries.purpose == ORDERED).tolist(), rows, strict=True)
    ):
        if ordered:
            yield Order(
                order_id=order_id(k),
                canary_id=canary_id(k),
                placed_at=when(placed),
                order_no=str(number),
                item=ITEMS[item],
                price=price_text(cents),
                currency="CNY",
                waybill_no=waybill_text(waybill),
                account=account_text(number),
            )


def exposures(world: World) -> Iterator[Exposure]:
    """What channels were shown of orders; a canary handed over says so itself, in `issued_for`."""
    when, shown, ids = _Times(world), world.exposures, world.parties.ids
    kept = np.flatnonzero(world.canaries.purpose[shown.canary] == ORDERED)
    columns = (shown.canary, shown.channel, shown.at, shown.fields, shown.alias_until)
    for k, channel, at, fields, until in zip(*(column[kept].tolist() for column in columns), strict=True):
        alias = until != NEVER
        yield Exposure(
            order_id=order_id(k),
            channel_id=ids[channel],
            exposed_at=when(at),
            fields=Fields(fields),
            alias=f"+448081570{k % ALIAS_NUMBERS:03d}" if alias else "",
            alias_expires_at=when(until) if alias else None,
        )


def calls(world: World) -> Iterator[Call]:
    """Every call. On a shared line nobody knows yet for whom it was."""
    when, all_, said, own = _Times(world), world.calls, world.said, world.canaries
    lines = [_line(text) for text in own.lines]
    aliased = np.zeros(len(own.issued), dtype=np.bool_)
    aliased[world.exposures.canary[world.exposures.alias_until != NEVER]] = True
    reached = np.where(all_.via_alias, Reached.ALIAS, np.where(aliased[all_.canary], Reached.LINE, Reached.UNKNOWN))
    columns = (all_.at, all_.canary, all_.line, all_.answered, all_.known, all_.unknown, reached)
    for n, (at, canary, line, answered, known, unknown, through) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        yield Call(
            call_id=call_id(n),
            received_at=when(at),
            dialled=lines[line],
            caller_number=said.caller[n],
            heard_name=said.name[n],
            claimed_role=said.role[n],
            known_fields=Fields(known),
            unknown_fields=Fields(unknown),
            script=said.script[n],
            canary_id=canary_id(canary) if own.own else None,
            heard_item=said.item[n],
            heard_price=said.price[n],
            heard_order_no=said.order_no[n],
            heard_waybill_no=said.waybill_no[n],
            answered=answered,
            caller_reached=Reached(through),
        )


def canary_id(place: int) -> str:
    """The id of a canary by its place."""
    return f"K{place:06d}"


def order_id(place: int) -> str:
    """The id of the order of the canary at a place."""
    return f"O{place:06d}"


def call_id(place: int) -> str:
    """The id of a call by its place."""
    return f"C{place:07d}"


class _Times:
    """Turns seconds of a world into moments, each made once."""

    def __init__(self, world: World) -> None:
        self._origin = world.origin

    def __call__(self, seconds: int) -> datetime:
        return self._origin + timedelta(seconds=seconds)


def _line(text: str) -> Line:
    number, _, extension = text.partition(";ext=")
    return Line(number, extension or None)
