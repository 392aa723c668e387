"""Begin to follow an order's parcel, say what is to be asked for it, and keep how asking went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracer.domain.errors import InvalidValue, NotAllowed
from tracer.domain.fields import Fields
from tracer.domain.order import Exposure
from tracer.domain.records import exposure_record
from tracer.domain.tracking import LEAST_WAIT, Tracked, TrackState, next_look
from tracer.domain.waybill import ASKING_FOR_PHONE, CARRIERS
from tracer.outbound.tracking.service import Question, TrackingService
from tracer.services.orders.choose_carrier import carriers_to_ask, next_carrier
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork

FOLLOWED_SINCE = timedelta(days=45)
"""Orders older than this are not begun to be followed by themselves."""
Services = Mapping[str, TrackingService]


@dataclass(frozen=True, slots=True)
class Look:
    """A question to a service about an order's parcel."""

    order_id: str
    service: str
    question: Question
    subscribe: bool = False


def follow_parcel(work: UnitOfWork, order_id: str, services: Services, carrier: str = "") -> Tracked:
    """Follow the parcel of an order, from now on; what is followed already stays as it is, but for a carrier given.

    Raises UnknownId, InvalidValue for a carrier that nobody knows, NotAllowed where there is nobody to ask or nothing
    to ask for.
    """
    order = work.orders.get(order_id)
    if carrier and carrier not in CARRIERS:
        raise InvalidValue("carrier", carrier, "one of: " + " ".join(CARRIERS))
    if not services:
        raise NotAllowed("no carrier service is set up. Set kuaidi100_customer and kuaidi100_key; docs/tracking.md")
    work.tracked_parcels.take_turns()
    known = work.tracked_parcels.hold(order_id)
    if known is not None:
        return _with_carrier(work, known, carrier) if carrier and carrier != known.carrier else known
    if not order.waybill_no:
        raise NotAllowed(f"order {order_id!r} has no waybill number, so there is nothing to ask for")
    carriers = (carrier,) if carrier else carriers_to_ask(work, order_id, order.waybill_no)
    asked = [(name, one) for one in carriers for name, service in services.items() if one in service.carriers]
    if not asked:
        raise NotAllowed(
            f"the waybill number of order {order_id!r} has the form of no carrier that can be asked, and no courier of "
            "its route names one. Say which: --carrier"
        )
    service, first = asked[0]
    parcel = Tracked(order_id, service, order.waybill_no, work.now, first, next_look=work.now)
    work.tracked_parcels.add(parcel)
    work.journal.record([Fact("parcel_followed", order_id, {"service": service, "carrier": first})])
    return parcel


def _with_carrier(work: UnitOfWork, parcel: Tracked, carrier: str) -> Tracked:
    asked_anew = replace(parcel, looked_at=None, next_look=work.now, state=TrackState.WATCHED)
    changed = replace(asked_anew, carrier=carrier, failures=0, unchanged=0, problem="")
    work.tracked_parcels.keep(changed)
    work.journal.record([Fact("parcel_followed", parcel.order_id, {"service": parcel.service, "carrier": carrier})])
    return changed


def follow_new(work: UnitOfWork, services: Services) -> int:
    """Begin with every order that has a waybill number and was never followed; how many."""
    begun = 0
    work.tracked_parcels.take_turns()
    for order_id in work.tracked_parcels.not_followed(work.now - FOLLOWED_SINCE) if services else ():
        try:
            with work.session.savepoint():
                follow_parcel(work, order_id, services)
        except NotAllowed:  # nobody can be asked about such a number: that is no fault of the others
            continue
        begun += 1
    return begun


def claim_look(work: UnitOfWork, order_id: str, services: Services, usual: timedelta) -> Look | None:
    """What to ask for the order's parcel, for which nobody else asks meanwhile; None where it is too early, or over.

    The claim is the next look, put off: a process that dies while asking costs one wait.
    """
    parcel = work.tracked_parcels.hold(order_id)
    service = services.get(parcel.service) if parcel else None
    if parcel is None or service is None or parcel.next_look is None:
        return None
    if parcel.looked_at is not None and work.now < parcel.looked_at + LEAST_WAIT:
        return None
    tail = _phone_tail(work, order_id) if parcel.carrier in ASKING_FOR_PHONE else ""
    _show_service(work, parcel, Fields.WAYBILL_NO | Fields.PHONE_LAST4 if tail else Fields.WAYBILL_NO)
    claimed = replace(parcel, looked_at=work.now, next_look=work.now + max(usual, LEAST_WAIT))
    work.tracked_parcels.keep(claimed)
    subscribe = service.pushes and parcel.subscribed_at is None and bool(parcel.scans)
    return Look(order_id, parcel.service, Question(parcel.waybill_no, parcel.carrier, tail), subscribe)


def _phone_tail(work: UnitOfWork, order_id: str) -> str:
    """The last four digits of the number on the label: those of the platform's virtual one where there was one."""
    aliases = [leg.alias for leg in work.exposures.route(order_id) if leg.alias]
    number = aliases[0] if aliases else work.canaries.line_of(work.orders.get(order_id).canary_id).number
    return "".join(filter(str.isdigit, number))[-4:]


def _show_service(work: UnitOfWork, parcel: Tracked, fields: Fields) -> None:
    """By asking, the service itself is shown the number: an exposure, where it is registered as a channel (its tag)."""
    own = [channel for channel in work.channels.all() if parcel.service in channel.tags]
    if len(own) != 1:
        return
    channel_id = own[0].channel_id
    seen = [leg.fields for leg in work.exposures.route(parcel.order_id) if leg.channel_id == channel_id]
    if any(one is not None and one & fields == fields for one in seen):
        return
    exposure = Exposure(parcel.order_id, channel_id, work.now, fields)
    work.exposures.add([exposure])
    work.journal.record([Fact("exposure_recorded", parcel.order_id, exposure_record(exposure))])


def keep_failure(work: UnitOfWork, look: Look, problem: str, usual: timedelta, services: Services) -> None:
    """A look told nothing: `no_record` and `phone_needed` of the parcel, `unreachable` of the service.

    Where the number may be of several carriers, the next one is tried the next time.
    """
    parcel = work.tracked_parcels.hold(look.order_id)
    if parcel is None:
        return
    carrier = parcel.carrier
    if problem == "no_record" and not parcel.scans:
        others = [one for one in carriers_to_ask(work, parcel.order_id, parcel.waybill_no) if _asked(one, services)]
        carrier = next_carrier(others, carrier) if others else carrier
    asked = None if problem == "unreachable" else parcel.looked_at  # nobody was: by hand one may try again at once
    failed = replace(parcel, carrier=carrier, problem=problem, failures=parcel.failures + 1, looked_at=asked)
    keep_next_look(work, failed, usual)


def keep_subscription(work: UnitOfWork, order_id: str) -> None:
    """The service pushes by itself from now on."""
    parcel = work.tracked_parcels.hold(order_id)
    if parcel is not None:
        work.tracked_parcels.keep(replace(parcel, subscribed_at=work.now))


def keep_next_look(work: UnitOfWork, parcel: Tracked, usual: timedelta) -> Tracked:
    """Write the parcel with the time of its next look; where there is none any more, it has ended."""
    due: datetime | None = next_look(parcel, work.now, usual)
    state = TrackState.WATCHED if due else TrackState.ENDED
    if state is TrackState.ENDED and parcel.state is TrackState.WATCHED:
        reason = parcel.last.stage.value if parcel.ended_at and parcel.last else "nothing_new"
        work.journal.record([Fact("parcel_left", parcel.order_id, {"service": parcel.service, "why": reason})])
    kept = replace(parcel, next_look=due, state=state)
    work.tracked_parcels.keep(kept)
    return kept


def _asked(carrier: str, services: Services) -> bool:
    return any(carrier in service.carriers for service in services.values())
