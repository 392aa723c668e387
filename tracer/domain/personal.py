"""Which columns of a record are personal, and the record without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


def redacted(noun: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with null for what is personal, and for the name of a channel that is a natural person."""
    hidden = PERSONAL[noun]
    if noun == "channel" and record["natural_person"] == "yes":
        hidden = hidden | {"name"}
    return {column: None if column in hidden else value for column, value in record.items()}
