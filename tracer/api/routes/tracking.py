"""/orders/{order_id}/tracking: what a carrier service told of an order's parcel."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import makes, reads
from tracer.api.asked import Asked, asking
from tracer.api.parameters import Reveal
from tracer.api.schemas.tracking import TrackingIn, TrackingOut
from tracer.domain.access import Scope
from tracer.domain.errors import UnknownId
from tracer.domain.tracking import parcel_record
from tracer.services.access.answer_once import Answer, Work

router = APIRouter(prefix=f"{V1}/orders/{{order_id}}/tracking", tags=["orders"])
Reader = Annotated[Asked, asking(Scope.READ_REGISTRY)]
Keeper = Annotated[Asked, asking(Scope.ISSUE, Scope.MANAGE_REGISTRY)]


@router.get("", responses=reads(TrackingOut, 404), summary="Show what is known of an order's parcel")
def show(order_id: str, asked: Reader, reveal: Reveal = True) -> Response:
    """The scans of the order's parcel, oldest first; 404 where it is not tracked."""
    raw = asked.sees_one(reveal)
    with asked.app.reading() as work:
        work.orders.get(order_id)
        parcel = work.tracked_parcels.find([order_id]).get(order_id)
    if parcel is None:
        raise UnknownId("tracked parcel", order_id, "POST here begins to track it")
    if raw:
        asked.reveal("order", order_id)
    return asked.answer(parcel_record(parcel, raw=raw))


@router.post("", responses=makes(TrackingOut, 404, 502, status=200), summary="Ask for an order's parcel")
def track(order_id: str, body: TrackingIn, asked: Keeper) -> Response:
    """Track the order's parcel and ask for it now, unless that was done within half an hour.

    The service is shown the waybill number, and for SF, ZTO and STO the last four digits of the line. Its scans become
    exposures of the route. What it wrote is not in this answer, which is kept: GET shows it.
    """
    parcel = asked.app.track_order(order_id, body.carrier, asked.principal.principal_id)

    def do(_: Work) -> Answer:
        return Answer(200, parcel_record(parcel, raw=False))

    return asked.once(do)
