"""Read what was said in a call: a transcript against the orders that it may be about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tracer.domain.call import Nature
from tracer.domain.canary import Canary, CanaryState
from tracer.domain.columns import parse_id
from tracer.domain.errors import InvalidValue, UnknownId
from tracer.domain.fields import ANY_NAME, parse_fields
from tracer.domain.heard_values import Heard
from tracer.domain.line import Line
from tracer.domain.transcript.finding import KnownOrder
from tracer.domain.transcript.reading import Reading, read_transcript
from tracer.services.calls.identify_call import Identifier
from tracer.services.calls.name_directory import NameDirectory
from tracer.storage.unit_of_work import UnitOfWork

LONGEST = 200_000
"""Characters of a transcript, as many as a call keeps."""

FEW = 100
"""Up to so many canaries of a line all are looked at; of more, those that the heard name may mean."""

SUSPECTS = 0.02


def read_call(
    work: UnitOfWork,
    text: str,
    dialled: Line | None = None,
    canary_id: str | None = None,
    directory: NameDirectory | None = None,
    prior_ours: float = 0.5,
) -> Reading:
    """What a transcript tells, checked against the orders of the canary, or of those on the line that rang.

    Nothing is logged. Without either it is read for itself: then what a caller states counts as known. `prior_ours`:
    how probable it is that one of a crowded line's canaries is meant. Raises InvalidValue for a text that is too
    long, UnknownId for a canary or number that nothing carries.
    """
    if len(text) > LONGEST:
        raise InvalidValue("transcript", f"{len(text):,} characters", f"at most {LONGEST:,} characters")
    if canary_id:
        canary_id = parse_id(canary_id, "canary_id")
        return read_transcript(text, list(known_orders(work, [work.canaries.get(canary_id)])))
    if dialled is None:
        return read_transcript(text)
    number_id = work.numbers.id_of(dialled.number)
    if number_id is None:
        hint = "It is not in your pool; `tracer number list` shows the pool"
        raise UnknownId("number", dialled.number, hint)
    there = [c for c in work.canaries.on_numbers([number_id]) if c.state is not CanaryState.RETIRED]
    near = [canary for canary in there if canary.phone == dialled] or there
    if len(near) > FEW:
        near = list(_meant(work, read_transcript(text), dialled, directory, prior_ours))
    return read_transcript(text, list(known_orders(work, near)))


def _meant(
    work: UnitOfWork, reading: Reading, dialled: Line, directory: NameDirectory | None, prior_ours: float
) -> Iterable[Canary]:
    """The canaries of a crowded line that a first reading may mean; none where it heard nothing."""
    heard = Heard(
        reading.heard_name, reading.heard_item, reading.heard_price, reading.heard_order_no, reading.heard_waybill_no
    )
    if not any(heard):
        return ()
    found = Identifier(work, prior_ours, directory).identify(heard, dialled)
    ids = [suspect.canary_id for suspect in found.candidates if suspect.p >= SUSPECTS]
    return work.canaries.find(ids).values()


def known_orders(work: UnitOfWork, canaries: Sequence[Canary]) -> Iterator[KnownOrder]:
    """What is true of the canaries' orders, and of those canaries that have none."""
    orders: dict[str, list[KnownOrder]] = {}
    own = {canary.canary_id: canary for canary in canaries}
    for order in work.orders.of_canaries(list(own)):
        canary = own[order.canary_id]
        alias = next((one.alias for one in work.exposures.route(order.order_id) if one.alias), "")
        orders.setdefault(order.canary_id, []).append(
            KnownOrder(
                name=canary.recipient_name,
                gender=canary.gender,
                phone=canary.phone.number,
                alias=alias,
                item=order.item,
                price=order.price,
                order_no=order.order_no,
                waybill_no=order.waybill_no,
                account=order.account,
                placed_at=order.placed_at,
            )
        )
    for canary in canaries:
        alone = KnownOrder(name=canary.recipient_name, gender=canary.gender, phone=canary.phone.number)
        yield from orders.get(canary.canary_id, [alone])


def reading_object(reading: Reading) -> dict[str, Any]:
    """A reading as the JSON object that other programs read; null where nothing was found."""
    return {
        "nature": reading.nature,
        "heard_name": reading.heard_name or None,
        "known_fields": list(reading.known_fields),
        "unknown_fields": list(reading.unknown_fields),
        "claimed_role": reading.claimed_role or None,
        "script": reading.script or None,
        "asked_for": list(reading.asked_for),
        "spans": [asdict(span) for span in reading.spans],
    }


def completed(record: Mapping[str, str], reading: Reading) -> dict[str, str]:
    """The record of a call (calls.csv columns) with what it leaves open filled from a reading; what it states stays.

    A nature of scam is left to what logging takes for granted, so that a courier's known number still tells.
    """
    found = {
        "heard_name": reading.heard_name[:200],
        "claimed_role": reading.claimed_role,
        "known_fields": " ".join(reading.known_fields),
        "unknown_fields": " ".join(reading.unknown_fields),
        "script": reading.script,
        "heard_item": reading.heard_item,
        "heard_price": reading.heard_price[:40],
        "heard_order_no": reading.heard_order_no,
        "heard_waybill_no": reading.heard_waybill_no,
        "nature": "" if reading.nature == Nature.SCAM else reading.nature,
    }
    filled = {**record, **{column: text for column, text in found.items() if text and not record.get(column)}}
    return filled | _without_doubles(record, filled)


def _without_doubles(given: Mapping[str, str], filled: Mapping[str, str]) -> dict[str, str]:
    """No field stands on both sides: what was given by a person wins over what was found."""
    known = parse_fields(filled.get("known_fields", ""))
    unknown = parse_fields(filled.get("unknown_fields", ""))
    if given.get("unknown_fields") and not given.get("known_fields"):
        known &= ~(unknown | (ANY_NAME if unknown & ANY_NAME else unknown))
    elif not given.get("unknown_fields"):
        unknown &= ~(known | (ANY_NAME if known & ANY_NAME else known))
    return {"known_fields": known.text, "unknown_fields": unknown.text}
