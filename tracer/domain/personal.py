"""Which columns of a record are personal, the record without them, and that what was erased stays away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from tracer.domain.errors import NotAllowed
from tracer.domain.records import CALL_COLUMNS, CANARY_COLUMNS, EXPOSURE_COLUMNS, ORDER_COLUMNS

PERSONAL: Mapping[str, frozenset[str]] = {
    "channel": frozenset({"contact", "legitimate_numbers"}),
    "number": frozenset({"number", "notes"}),
    "canary": frozenset({"recipient_name", "phone", "notes"}),
    "order": frozenset({"order_no", "item", "waybill_no", "account", "notes"}),
    "exposure": frozenset({"alias"}),
    "call": frozenset(
        {
            "dialled_number",
            "caller_number",
            "heard_name",
            "transcript",
            "heard_item",
            "heard_order_no",
            "heard_waybill_no",
            "notes",
        }
    ),
}
"""The columns that lie sealed; whoever may not see identities gets null in their place."""

OUR_OWN: Mapping[str, frozenset[str]] = {"canary": frozenset({"phone"}), "call": frozenset({"dialled_number"})}
"""Sealed columns that say which of our own lines it was: erasure leaves them, since calls are matched by them."""

ERASED: Mapping[str, frozenset[str]] = {
    noun: PERSONAL[noun] - OUR_OWN.get(noun, frozenset()) for noun in ("canary", "order", "exposure", "call")
}
"""What an erasure takes away (ADR 0034)."""

_IDS = ("call_id", "canary_id", "order_id")
_KEPT = (
    {*CALL_COLUMNS, *CANARY_COLUMNS, *ORDER_COLUMNS, *EXPOSURE_COLUMNS, "state", "merged_into", "erased_at", "route"}
    - {*_IDS}
    - {column for columns in ERASED.values() for column in columns}
)


def redacted(noun: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with null for what is personal, and for the name of a channel that is a natural person."""
    hidden = PERSONAL[noun]
    if noun == "channel" and record["natural_person"] == "yes":
        hidden = hidden | {"name"}
    return {column: None if column in hidden else value for column, value in record.items()}


def refuse_personal(noun: str, subject_id: str, erased_at: datetime | None, record: Mapping[str, str]) -> None:
    """Raise NotAllowed for a record of something erased that would hold personal data again."""
    filled = sorted(name for name in ERASED[noun] if record.get(name))
    if erased_at is not None and filled:
        raise NotAllowed(
            f"the personal data of {noun} {subject_id!r} was erased on {erased_at.date().isoformat()}, and none is "
            f"taken for it again: leave out {' '.join(filled)}"
        )


def emptied(value: Any, subject_ids: Collection[str]) -> Any:
    """The value of an answer; of an object that is about one of the subjects only what may stay is left, else null.

    An answer has forms of its own (cards, suggestions): whatever stands beside such an id and is no column that stays
    goes, so that nothing is overlooked.
    """
    if isinstance(value, list):
        return [emptied(one, subject_ids) for one in value]
    if not isinstance(value, dict):
        return value
    inside = {key: emptied(one, subject_ids) for key, one in value.items()}
    if not any(value.get(name) in subject_ids for name in _IDS):
        return inside
    return {key: _left(key, one) for key, one in inside.items()}


def _left(key: str, value: Any) -> Any:
    return value if key in _IDS or key in _KEPT or not isinstance(value, (str, list, dict)) else None
