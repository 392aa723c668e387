"""/orders: canary orders and what channels were shown of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from tracer.api.addresses import V1, address_of
from tracer.api.answers import makes, reads
from tracer.api.asked import Asked, asking
from tracer.api.paging import page, read_cursor
from tracer.api.parameters import CursorParameter, LimitParameter, Moment, Reveal, time_or_none
from tracer.api.schemas.registry import ExposureOut, LegIn, OrderDetail, OrderIn, OrderOut
from tracer.api.schemas.strict import page_of
from tracer.domain.access import Scope
from tracer.domain.order import Exposure, Order
from tracer.domain.records import exposure_record, order_record
from tracer.services.access.answer_once import Answer, Work
from tracer.services.orders.place_order import place_order, record_exposure
from tracer.services.registry.browse import browse_orders, erased

router = APIRouter(prefix=f"{V1}/orders", tags=["orders"])
Reader = Annotated[Asked, asking(Scope.READ_REGISTRY)]
Keeper = Annotated[Asked, asking(Scope.ISSUE, Scope.MANAGE_REGISTRY)]


@router.get("", responses=reads(page_of(OrderOut)), summary="List orders")
def list_orders(
    asked: Reader,
    canary_id: Annotated[str, Query(max_length=128, description="Only of this canary.")] = "",
    channel_id: Annotated[str, Query(max_length=128, description="A channel it was shown to.")] = "",
    state: Annotated[str, Query(max_length=64, description="Only in this state, such as delivered.")] = "",
    since: Moment = "",
    until: Moment = "",
    reveal: Reveal = True,
    limit: LimitParameter = 50,
    cursor: CursorParameter = "",
) -> Response:
    """Orders by id, page by page."""
    place = read_cursor(asked.request, cursor, str) if cursor else read_cursor(asked.request, cursor)
    between = {"since": time_or_none(since, "since"), "until": time_or_none(until, "until")}
    filters = {"canary_id": canary_id, "channel_id": channel_id, "state": state}
    after = str(place.after[0]) if place.after else ""
    with asked.app.reading() as work:
        found = browse_orders(work, after, limit, since=between["since"], until=between["until"], **filters)
    raw = asked.sees_all(reveal)
    if raw:
        asked.reveal_page("orders", found.ids)
    return asked.answer(page(asked.shown("order", found.records, raw=raw), place.next(found.after)))


@router.post("", status_code=201, responses=makes(OrderDetail), summary="Record an order with its route")
def place(body: OrderIn, asked: Keeper) -> Response:
    """Record an order and its route. Channels it never reached are left out of the route."""
    record = {column: value for column, value in body.model_dump(exclude={"route"}).items() if value}
    legs = [_leg(leg) for leg in body.route]

    def do(work: Work) -> Answer:
        order, route = place_order(work, record, legs, asked.app.fresh_rng())
        return Answer(201, _detail(asked, order, route, raw=asked.sees_one()), address_of("orders", order.order_id))

    return asked.once(do)


@router.get("/{order_id}", responses=reads(OrderDetail, 404), summary="Show an order")
def show(order_id: str, asked: Reader, reveal: Reveal = True) -> Response:
    """One order with its route: who was shown what, and when."""
    raw = asked.sees_one(reveal)
    with asked.app.reading() as work:
        order = work.orders.get(order_id)
        route = work.exposures.route(order_id)
    if raw:
        asked.reveal("order", order_id)
    return asked.answer(_detail(asked, order, route, raw=raw))


@router.post("/{order_id}/exposures", status_code=201, responses=makes(ExposureOut, 404), summary="Record an exposure")
def expose(order_id: str, body: LegIn, asked: Keeper) -> Response:
    """Record that a channel was shown the order; without exposed_at, now."""
    leg = {"exposed_at": asked.app.clock().isoformat(), **_leg(body), "order_id": order_id}

    def do(work: Work) -> Answer:
        made = exposure_record(record_exposure(work, leg))
        (value,) = asked.shown("exposure", [made], raw=asked.sees_one())
        return Answer(201, value)

    return asked.once(do)


def _leg(leg: Any) -> dict[str, str]:
    return {column: value for column, value in leg.model_dump().items() if value}


def _detail(asked: Asked, order: Order, route: list[Exposure], *, raw: bool) -> dict[str, Any]:
    (record,) = asked.shown("order", [{**order_record(order), **erased(order.erased_at)}], raw=raw)
    return {**record, "route": asked.shown("exposure", map(exposure_record, route), raw=raw)}
