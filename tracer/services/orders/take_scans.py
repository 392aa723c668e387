"""Take in what a carrier service tells of a parcel: scan events become exposures (ADR 0037).

Picked up: the courier was shown the order's label. Arrived at a station: the station was. Whichever message comes
first, and however often, the same scans make the same exposures. Whom a scan speaks of is never guessed: where the
order names nobody of that kind and the registry not exactly one, a fact says so, for a person to decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracer.domain.channel import Channel
from tracer.domain.order import Exposure
from tracer.domain.records import exposure_record
from tracer.domain.tracking import KIND_SHOWN, ParcelScans, Scan, Stage, Tracked, believable, joined
from tracer.services.orders.choose_carrier import carrier_of, shown_to
from tracer.services.orders.follow_parcel import keep_next_look
from tracer.storage.exposures import exposure_key
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork

USUAL = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class TakenScans:
    """How many orders the parcel belongs to, scans that are new, exposures made of them, and scans of nobody known."""

    orders: int = 0
    scans: int = 0
    exposures: int = 0
    unassigned: int = 0


def take_scans(work: UnitOfWork, told: ParcelScans, usual: timedelta = USUAL) -> TakenScans:
    """Take in what was told of a parcel, for each order it is followed for; of one that nobody follows nothing is kept.

    `usual`: how long to wait before it is asked for again.
    """
    taken = TakenScans()
    for order_id in work.tracked_parcels.with_number(told.waybill_no):
        parcel = work.tracked_parcels.hold(order_id)
        if parcel is None:
            continue
        new, shown, unassigned = _take(work, parcel, told, usual)
        taken = TakenScans(taken.orders + 1, taken.scans + new, taken.exposures + shown, taken.unassigned + unassigned)
    return taken


def _take(work: UnitOfWork, parcel: Tracked, told: ParcelScans, usual: timedelta) -> tuple[int, int, int]:
    order = work.orders.get(parcel.order_id)
    scans = believable(told.scans, order.placed_at, work.now)
    known = set(parcel.scans)
    together = joined(parcel.scans, scans)
    new = [scan for scan in together if scan not in known]
    if not new:
        problem = told.problem or _open_question(work, parcel)
        unchanged = replace(parcel, unchanged=parcel.unchanged + 1, failures=0, problem=problem)
        keep_next_look(work, unchanged, usual)
        return 0, 0, 0
    carrier = told.carrier or parcel.carrier
    followed = replace(parcel, scans=together, carrier=carrier, unchanged=0, failures=0, problem="")
    shown, unassigned = _show(work, followed, new)
    keep_next_look(work, replace(followed, problem=_open_question(work, followed)), usual)
    return len(new), shown, unassigned


def _open_question(work: UnitOfWork, parcel: Tracked) -> str:
    """`unassigned` where a scan shows the parcel to a kind of channel of which the route names none yet, else empty."""
    legs = work.exposures.channels_of([parcel.order_id])[parcel.order_id]
    kinds = {KIND_SHOWN[scan.stage] for scan in parcel.scans if scan.stage in KIND_SHOWN}
    return "" if all(shown_to(work, legs, kind) for kind in kinds) else "unassigned"


def _show(work: UnitOfWork, parcel: Tracked, new: Sequence[Scan]) -> tuple[int, int]:
    """Make exposures of the scans that show the parcel to somebody; how many, and how many found nobody."""
    facts: list[Fact] = []
    exposures: list[Exposure] = []
    unassigned = 0
    route = work.exposures.route(parcel.order_id)
    taken = {exposure_key(leg) for leg in route}
    for scan in new:
        if scan.stage not in KIND_SHOWN:
            continue
        channel = _channel_of(work, parcel, route, scan)
        told = {"service": parcel.service, "carrier": parcel.carrier, "stage": scan.stage.value}
        told |= {"scanned_at": scan.at.isoformat(), "channel_id": channel.channel_id if channel else ""}
        facts.append(Fact("parcel_scanned", parcel.order_id, told))
        if channel is None:
            unassigned += 1
            continue
        exposure = _exposure(route, parcel.order_id, channel.channel_id, scan.at)
        if exposure_key(exposure) not in taken:
            taken.add(exposure_key(exposure))
            exposures.append(exposure)
            facts.append(Fact("exposure_recorded", parcel.order_id, exposure_record(exposure)))
    work.exposures.add(exposures)
    work.journal.record(facts)
    return len(exposures), unassigned


def _exposure(route: Sequence[Exposure], order_id: str, channel_id: str, at: datetime) -> Exposure:
    """What the channel was shown by a scan: the same label that was declared for it, else what its kind sees."""
    declared = [leg for leg in route if leg.channel_id == channel_id]
    if not declared:
        return Exposure(order_id, channel_id, at)
    leg = declared[0]
    expires = max(leg.alias_expires_at, at) if leg.alias_expires_at else None
    return replace(leg, exposed_at=at, alias_expires_at=expires)


def _channel_of(work: UnitOfWork, parcel: Tracked, route: Sequence[Exposure], scan: Scan) -> Channel | None:
    """Whom the scan shows the parcel to; None where that is not certain."""
    kind = KIND_SHOWN[scan.stage]
    scanned = {one.at for one in parcel.scans}  # legs made by scans declare nothing, or the first told would decide
    declared = shown_to(work, [leg.channel_id for leg in route if leg.exposed_at not in scanned], kind)
    among = declared or [channel for channel in work.channels.all() if channel.kind == kind]
    if declared and len(declared) == 1:
        return declared[0]
    if scan.stage is Stage.AT_STATION:
        named = [channel for channel in among if channel.name and channel.name in scan.text]
    else:
        named = [channel for channel in among if carrier_of(work, channel) == parcel.carrier]
    return named[0] if len(named) == 1 else None
