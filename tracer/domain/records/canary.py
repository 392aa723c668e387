"""Canaries as records: canaries.csv."""

from __future__ import annotations

from collections.abc import Mapping

from tracer.domain.canary import CONTROL, Canary, CanaryState
from tracer.domain.codebook.phone_number import parse_line
from tracer.domain.columns import Columns, format_time, parse_list
from tracer.domain.line import Line

CANARY_REQUIRED = ("canary_id", "recipient_name", "phone", "issued_at")
CANARY_COLUMNS = (
    *CANARY_REQUIRED,
    "locale",
    "gender",
    "issued_for",
    "purpose",
    "state",
    "tags",
    "notes",
)
_NOWHERE = Line("")


def read_canary(record: Mapping[str, str]) -> Canary:
    """A canary. An empty state reads as issued; whoever stores it may know better.

    Only one that was given up may lack its name: it was erased.
    """
    columns = Columns(record)
    given_up = record.get("state") in {CanaryState.QUARANTINED.value, CanaryState.RETIRED.value}
    canary = Canary(
        canary_id=columns.id("canary_id"),
        recipient_name=columns.text("recipient_name", required=not given_up, limit=200),
        phone=columns.read("phone", parse_line, _NOWHERE, required=True),
        issued_at=columns.time("issued_at"),
        locale=columns.word("locale"),
        gender=columns.choice("gender", ("male", "female")),
        issued_for=columns.ids("issued_for"),
        purpose=columns.choice("purpose", (CONTROL,)),
        state=columns.one_of("state", CanaryState, CanaryState.ISSUED),
        tags=parse_list(columns.text("tags")),
        notes=columns.text("notes"),
    )
    columns.finish()
    return canary


def canary_record(canary: Canary) -> dict[str, str]:
    """All columns of canaries.csv."""
    return {
        "canary_id": canary.canary_id,
        "recipient_name": canary.recipient_name,
        "phone": canary.phone.text,
        "issued_at": format_time(canary.issued_at),
        "locale": canary.locale,
        "gender": canary.gender,
        "issued_for": " ".join(canary.issued_for),
        "purpose": canary.purpose,
        "state": canary.state.value,
        "tags": " ".join(canary.tags),
        "notes": canary.notes,
    }
