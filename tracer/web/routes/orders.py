"""Orders: the list, one of them with who was shown it when, and a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.errors import OutboundFailed, OutboundRefused
from tracer.domain.records import ORDER_COLUMNS, order_record
from tracer.domain.tracking import parcel_record
from tracer.domain.waybill import CARRIERS
from tracer.services.canaries.tell_story import order_story
from tracer.services.orders.place_order import place_order, record_exposure
from tracer.services.registry.browse import browse_orders, newest_orders, order_ids, order_records, routes_of
from tracer.web.forms import carry_out, moment_text, new_mark, offset_text, problems_of
from tracer.web.lists import PAGE, csv_file, file_url, filters_of, next_url, read_place
from tracer.web.page import go, page, translate
from tracer.web.routes.issue import REFUSED
from tracer.web.shown import channel_names, shown
from tracer.web.visitor import Sent, Visitor, sending, visiting
from tracer.web.words import field_options

router = APIRouter(include_in_schema=False)
Reading = Annotated[Visitor, visiting(Scope.READ_REGISTRY)]
Sending = Annotated[tuple[Visitor, Sent], sending(Scope.ISSUE, Scope.MANAGE_REGISTRY)]
FILTERS = ("prefix", "tag", "channel_id", "canary_id", "state")
LEGS = 8
"""So many channels a route can have in the form; more are added on the order's page."""
FIELDS = ("canary_id", "item", "price", "currency", "order_no", "waybill_no", "account", "state", "notes")


@router.get("/orders")
def listing(request: Request, visitor: Reading) -> Response:
    """Orders, the newest first or by id, searched and filtered."""
    wanted = filters_of(request, *FILTERS)
    by_id, after = request.query_params.get("order") == "id", request.query_params.get("after", "")
    with visitor.app.reading() as work:
        if by_id:
            found = browse_orders(work, after, PAGE, **wanted)
        else:
            found = newest_orders(work, read_place(after), PAGE, **wanted)
        routes = routes_of(work, found.ids)
        names = channel_names(visitor, work, (one for route in routes.values() for one in route))
    if visitor.sees_all():
        visitor.reveal_page("orders", found.ids)
    return page(
        request,
        "orders.html",
        rows=[shown("order", row, raw=visitor.sees_all()) for row in found.records],
        routes=routes,
        names=names,
        values={**wanted, "order": "id" if by_id else ""},
        filtered=any(wanted.values()),
        next_url=next_url(request, found.after),
        file_url=file_url(request),
    )


@router.get("/orders.csv")
def file(request: Request, visitor: Reading) -> Response:
    """The whole list, as it is filtered, for a spreadsheet."""
    wanted, app, raw = filters_of(request, *FILTERS), visitor.app, visitor.sees_all()
    with app.reading() as work:
        ids = order_ids(work, **wanted)
    if raw:
        visitor.reveal_page("orders", ids)

    def rows() -> Any:
        with app.reading() as work:
            for record in order_records(work, ids):
                yield shown("order", record, raw=raw)

    return csv_file("orders", (*ORDER_COLUMNS, "route"), rows())


@router.get("/orders/new")
def form(
    request: Request, visitor: Annotated[Visitor, visiting(Scope.ISSUE, Scope.MANAGE_REGISTRY)], canary: str = ""
) -> Response:
    """The form; its route begins with whom the canary was handed to."""
    legs: Sequence[str] = ()
    if canary:
        with visitor.app.reading() as work:
            legs = work.canaries.get(canary).issued_for
    return _form(request, visitor, {"canary_id": canary, "currency": "CNY"}, legs, {})


@router.post("/orders/new")
def place(request: Request, sent: Sending) -> Response:
    """Record an order, once however often the form is sent."""
    visitor, given = sent
    legs = [leg.strip() for leg in given.texts("leg") if leg.strip()]
    record = {name: text for name, text in given.record(*FIELDS).items() if text}
    if given.text("placed_at"):
        record["placed_at"] = moment_text(visitor.app, given.text("placed_at"))
    if "price" not in record:
        record.pop("currency", None)
    record.setdefault("canary_id", "")

    def do(work: Any) -> dict[str, Any]:
        route = [{"channel_id": leg} for leg in legs]
        return {"id": place_order(work, record, route, visitor.app.fresh_rng())[0].order_id}

    try:
        made = carry_out(visitor, given, do)
    except REFUSED as error:
        return _form(request, visitor, given.values(), legs, problems_of(request, error))
    return go(f"/orders/{made['id']}?done=order-placed")


@router.get("/orders/{order_id}")
def detail(request: Request, order_id: str, visitor: Reading) -> Response:
    """One order: who was shown what of it, and when."""
    return _detail(request, visitor, order_id, {}, [], {})


@router.post("/orders/{order_id}/exposures")
def expose(request: Request, order_id: str, sent: Sending) -> Response:
    """Record that a channel was shown the order; without a time, now."""
    visitor, given = sent
    app = visitor.app
    leg = {"order_id": order_id, **given.record("channel_id", "alias"), "fields": " ".join(given.texts("fields"))}
    leg["exposed_at"] = moment_text(app, given.text("exposed_at")) or app.clock().isoformat()
    leg["alias_expires_at"] = moment_text(app, given.text("alias_expires_at"))

    def do(work: Any) -> dict[str, Any]:
        record_exposure(work, leg)
        return {}

    try:
        carry_out(visitor, given, do)
    except REFUSED as error:
        with app.reading() as work:
            work.orders.get(order_id)
        problems = problems_of(request, error)
        return _detail(request, visitor, order_id, given.values(), given.texts("fields"), problems)
    return go(f"/orders/{order_id}?done=exposure-recorded")


@router.post("/orders/{order_id}/tracking")
def track(request: Request, order_id: str, sent: Sending) -> Response:
    """Ask the carrier service for the order's parcel, now."""
    visitor, given = sent
    try:
        visitor.app.track_order(order_id, given.text("carrier"), visitor.principal.principal_id)
    except REFUSED as error:
        problems = problems_of(request, error)
    except (OutboundFailed, OutboundRefused) as error:
        problems = {"": translate(request, "The carrier service gave no usable answer: %(reason)s", reason=str(error))}
    else:
        return go(f"/orders/{order_id}?done=parcel-asked-for")
    with visitor.app.reading() as work:
        work.orders.get(order_id)
    return _detail(request, visitor, order_id, {}, [], problems)


def _detail(
    request: Request,
    visitor: Visitor,
    order_id: str,
    values: Mapping[str, str],
    chosen: Sequence[str],
    problems: Mapping[str, str],
) -> Response:
    raw, may_record = visitor.sees_one(), visitor.may("registry:issue") or visitor.may("registry:manage")
    with visitor.app.reading() as work:
        story = order_story(work, visitor.app.model.channels, order_id)
        names = channel_names(visitor, work, None if may_record else (one.channel_id for one in story.events))
        parcel = work.tracked_parcels.find([order_id]).get(order_id)
    if raw:
        visitor.reveal("order", order_id)
    return page(
        request,
        "order.html",
        422 if problems else 200,
        row=shown("order", order_record(story.order), raw=raw),
        story=story,
        parcel=parcel_record(parcel, raw=raw) if parcel else None,
        carriers={carrier_id: carrier.names[0] for carrier_id, carrier in CARRIERS.items()},
        may_track=may_record and bool(visitor.app.tracking) and bool(story.order.waybill_no),
        erased_at=story.order.erased_at,
        names=names,
        may_record=may_record,
        values=values,
        chosen=chosen,
        problems=problems,
        fields=field_options(request),
        once=new_mark(),
        offset=offset_text(visitor.app),
    )


def _form(
    request: Request,
    visitor: Visitor,
    values: Mapping[str, str],
    legs: Sequence[str],
    problems: Mapping[str, str],
) -> Response:
    with visitor.app.reading() as work:
        names = channel_names(visitor, work)
    return page(
        request,
        "new_order.html",
        422 if problems else 200,
        values=values,
        legs=[*legs, *[""] * max(0, LEGS - len(legs))],
        names=names,
        problems=problems,
        once=new_mark(),
        offset=offset_text(visitor.app),
    )
