"""Which fields of which facts an evidence pack opens: as few as tell the story, and more where asked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tracer.domain.errors import InvalidValue
from tracer.domain.evidence.opened_fact import HEADER
from tracer.domain.ledger.record import Field, Record

CALL_EVENTS = (
    "call_logged",
    "call_imported",
    "call_taken_in",
    "call_corrected",
    "call_undone",
    "call_restored",
    "call_merged",
    "file_attached",
    "file_content_kept",
)
CANARY_EVENTS = ("canary_issued", "canary_imported", "canary_used", "canary_quarantined", "canary_retired")
ORDER_EVENTS = ("order_placed", "order_imported", "exposure_recorded", "parcel_scanned")
CHANNEL_EVENTS = ("channel_registered",)

CLOSED = (
    *("account", "actor", "alias", "attachments", "caller_number", "contact", "legitimate_numbers"),
    *("notes", "tags", "transcript"),
)
"""The fields that stay closed unless they are asked for by name."""
_ALWAYS = (*HEADER, "/sealed_at_migration")
_CHANGES = ("changed", "before")
_OPEN = {
    "call": (
        *("call_id", "received_at", "kind", "dialled_number", "heard_name", "claimed_role", "known_fields"),
        *("unknown_fields", "script", "canary_id", "heard_item", "heard_price", "heard_order_no"),
        *("heard_waybill_no", "nature", "answered", "caller_reached", "state", "merged_into"),
    ),
    "canary": (
        *("canary_id", "recipient_name", "phone", "issued_at", "locale", "gender", "issued_for", "purpose"),
        *("state", "order_id"),
    ),
    "order": (
        *("order_id", "canary_id", "placed_at", "order_no", "item", "price", "currency", "waybill_no"),
        *("ended_at", "state", "route"),
    ),
    "exposure": ("order_id", "channel_id", "exposed_at", "fields", "alias_expires_at"),
    "parcel": ("service", "carrier", "stage", "scanned_at", "channel_id"),
    "channel": ("channel_id", "kind", "name", "parent_id", "natural_person"),
    "file": ("attachment_id", "size", "sha256", "kept"),
}


@dataclass(frozen=True, slots=True)
class Opening:
    """What is opened beyond the usual: fields by name (of CLOSED), and the names of natural persons."""

    fields: frozenset[str] = frozenset()
    name_persons: bool = False


@dataclass(frozen=True, slots=True)
class Own:
    """The canaries of a pack, and the lines and bare numbers that its calls may name: of no other one it tells."""

    canary_ids: frozenset[str]
    lines: frozenset[str]

    def told(self, column: str, value: object) -> bool:
        """Whether a value may be told."""
        if column == "canary_id":
            return not value or value in self.canary_ids
        return column != "dialled_number" or not value or value in self.lines


def parse_opening(fields: Collection[str], *, name_persons: bool = False) -> Opening:
    """An opening; raises InvalidValue for a field that is not among those that stay closed."""
    for field in fields:
        if field not in CLOSED:
            raise InvalidValue("open", field, f"one of: {' '.join(CLOSED)}", "The others are open anyway")
    return Opening(frozenset(fields), name_persons)


def opened_paths(record: Record, opening: Opening, own: Own) -> list[str]:
    """The paths that are opened of a fact, in the order in which it has them."""
    event = str(record.value("/event"))
    columns = {*_OPEN[event.partition("_")[0]], *opening.fields}
    if "attachments" in opening.fields:
        columns.add("file_name")
    if not (opening.name_persons or _is_no_person(record)):
        columns.discard("name")
    return [field.path for field in record.fields if _opens(field, columns, own)]


def _opens(field: Field, columns: Collection[str], own: Own) -> bool:
    parts = field.path.split("/")
    if parts[1] != "payload":
        return field.path in _ALWAYS or parts[1] in columns
    if parts[2] == "route" and len(parts) == 4 and field.read.get("alias") and "alias" not in columns:
        return False  # a leg is one field, and this one holds a number of somebody's
    if parts[2] in _CHANGES:  # one field with all that was changed: open where nothing in it stays closed
        return all(column in columns and own.told(column, value) for column, value in field.read.items())
    return parts[2] in columns and own.told(parts[2], field.read)


def _is_no_person(record: Record) -> bool:
    try:
        return bool(record.value("/payload/natural_person") == "no")
    except KeyError:  # erased, or a fact about something else
        return False
