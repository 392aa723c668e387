"""Calls as records: calls.csv."""

from __future__ import annotations

from collections.abc import Mapping

from tracer.domain.call import ROLES, SCRIPTS, Call, ContactKind, Nature, Reached
from tracer.domain.codebook.phone_number import normalise_caller, parse_line
from tracer.domain.columns import LONG_TEXT_LIMIT, Columns, format_time, parse_list
from tracer.domain.fields import Fields, parse_fields

CALL_REQUIRED = (
    "call_id",
    "received_at",
    "kind",
    "dialled_number",
    "caller_number",
    "heard_name",
    "claimed_role",
    "known_fields",
    "unknown_fields",
    "script",
    "transcript",
    "canary_id",
)
CALL_COLUMNS = (
    *CALL_REQUIRED,
    "heard_item",
    "heard_price",
    "heard_order_no",
    "heard_waybill_no",
    "nature",
    "answered",
    "caller_reached",
    "notes",
    "tags",
)


def read_call(record: Mapping[str, str]) -> Call:
    """A call. An empty kind is a voice call, an empty nature a scam, an empty answered yes.

    Neither number nor canary need be known yet: it is logged first and identified later.
    """
    columns = Columns(record)
    known = columns.read("known_fields", parse_fields, Fields.NONE)
    unknown = columns.read("unknown_fields", parse_fields, Fields.NONE)
    if known & unknown:
        columns.refuse("unknown_fields", f"other fields than known_fields ({(known & unknown).text} is in both)")
    call = Call(
        call_id=columns.id("call_id"),
        received_at=columns.time("received_at"),
        dialled=columns.read("dialled_number", parse_line, None),
        kind=columns.one_of("kind", ContactKind, ContactKind.CALL),
        caller_number=columns.read("caller_number", normalise_caller, ""),
        heard_name=columns.text("heard_name", limit=200),
        claimed_role=columns.choice("claimed_role", ROLES),
        known_fields=known,
        unknown_fields=unknown,
        script=columns.choice("script", SCRIPTS),
        transcript=columns.text("transcript", limit=LONG_TEXT_LIMIT),
        canary_id=columns.optional_id("canary_id"),
        heard_item=columns.text("heard_item"),
        heard_price=columns.text("heard_price", limit=40),
        heard_order_no=columns.text("heard_order_no", limit=200),
        heard_waybill_no=columns.text("heard_waybill_no", limit=200),
        nature=columns.one_of("nature", Nature, Nature.SCAM),
        answered=columns.flag("answered", default=True),
        caller_reached=columns.one_of("caller_reached", Reached, Reached.UNKNOWN),
        notes=columns.text("notes", limit=LONG_TEXT_LIMIT),
        tags=parse_list(columns.text("tags")),
    )
    columns.finish()
    return call


def call_record(call: Call) -> dict[str, str]:
    """All columns of calls.csv."""
    return {
        "call_id": call.call_id,
        "received_at": format_time(call.received_at),
        "kind": call.kind.value,
        "dialled_number": "" if call.dialled is None else call.dialled.text,
        "caller_number": call.caller_number,
        "heard_name": call.heard_name,
        "claimed_role": call.claimed_role,
        "known_fields": call.known_fields.text,
        "unknown_fields": call.unknown_fields.text,
        "script": call.script,
        "transcript": call.transcript,
        "canary_id": call.canary_id or "",
        "heard_item": call.heard_item,
        "heard_price": call.heard_price,
        "heard_order_no": call.heard_order_no,
        "heard_waybill_no": call.heard_waybill_no,
        "nature": call.nature.value,
        "answered": "yes" if call.answered else "no",
        "caller_reached": call.caller_reached.value,
        "notes": call.notes,
        "tags": " ".join(call.tags),
    }


def standing(call: Call) -> dict[str, str]:
    """What calls.csv leaves out: whether the call counts, or is undone or part of another."""
    return {"state": call.state.value, "merged_into": call.merged_into or ""}
