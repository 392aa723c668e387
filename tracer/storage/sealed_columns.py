"""What is sealed and what is a blind index, table by table: the one list that a rotation of the key goes by.

A test walks all columns of bytes and fails for one that stands neither here nor in UNSEALED.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Table

from tracer.storage.crypto import Cipher, RowCipher
from tracer.storage.instant import microseconds
from tracer.storage.tables import (
    ApiKeyRow,
    AttachmentPartRow,
    AttachmentRow,
    Base,
    CallRow,
    CanaryRow,
    ChannelRow,
    DeliveryRow,
    ExposureRow,
    ImportRow,
    JobPartRow,
    JobRow,
    JournalRow,
    KeyVersionRow,
    LogRow,
    NotifyTargetRow,
    NumberRow,
    OrderRow,
    RequestRow,
    TrackedParcelRow,
    UserRow,
)

RowId = Callable[[Mapping[str, Any]], str]


class SealedTable(NamedTuple):
    """A table's sealed columns and the id that binds them to their row, made of the columns named in `of`."""

    table: type[Base]
    columns: tuple[str, ...]
    of: tuple[str, ...]
    row_id: RowId

    @property
    def stored(self) -> Table:
        """The table itself."""
        return Base.metadata.tables[self.table.__tablename__]


class IndexedTable(NamedTuple):
    """Columns of a table that are blind indexes of one value under one purpose.

    The value is made of the row opened and, where the row has one, of the number that `number_id` names.
    """

    table: type[Base]
    columns: tuple[str, ...]
    purpose: str
    of: tuple[str, ...]
    value: Callable[[Mapping[str, Any], Mapping[str, str]], str]

    @property
    def stored(self) -> Table:
        """The table itself."""
        return Base.metadata.tables[self.table.__tablename__]


def _by(table: type[Base], column: str, *columns: str) -> SealedTable:
    return SealedTable(table, columns, (column,), lambda values: str(values[column]))


def exposure_row_id(values: Mapping[str, Any]) -> str:
    """An exposure is known by order, channel and instant."""
    return f"{values['order_id']}/{values['channel_id']}/{microseconds(values['exposed_at'])}"


def _request_row_id(values: Mapping[str, Any]) -> str:
    return bytes(values["request_key"]).hex()


def _attachment_part_row_id(values: Mapping[str, Any]) -> str:
    return f"{values['attachment_id']}/{values['part']}"


def _job_part_row_id(values: Mapping[str, Any]) -> str:
    return f"{values['job_id']}/{values['side']}/{values['part']}"


SEALED = (
    _by(KeyVersionRow, "version", "index_key"),
    _by(ImportRow, "import_id", "source"),
    _by(ChannelRow, "channel_id", "name", "contact", "legitimate_numbers"),
    _by(NumberRow, "number_id", "number", "notes"),
    _by(CanaryRow, "canary_id", "recipient_name", "extension", "notes"),
    _by(OrderRow, "order_id", "order_no", "item", "waybill_no", "account", "notes"),
    SealedTable(ExposureRow, ("alias",), ("order_id", "channel_id", "exposed_at"), exposure_row_id),
    _by(
        CallRow,
        "call_id",
        "dialled",
        "caller_number",
        "heard_name",
        "transcript",
        "heard_item",
        "heard_order_no",
        "heard_waybill_no",
        "notes",
    ),
    _by(TrackedParcelRow, "order_id", "waybill_no", "scans"),
    _by(DeliveryRow, "delivery_id", "reason", "place", "content"),
    _by(AttachmentRow, "attachment_id", "file_name"),
    SealedTable(AttachmentPartRow, ("content",), ("attachment_id", "part"), _attachment_part_row_id),
    _by(JournalRow, "entry_id", "payload"),
    _by(LogRow, "epoch", "private_key"),
    _by(UserRow, "user_id", "login"),
    _by(ApiKeyRow, "key_id", "label"),
    SealedTable(RequestRow, ("answer",), ("request_key",), _request_row_id),
    _by(JobRow, "job_id", "parameters", "result"),
    _by(NotifyTargetRow, "target_id", "host", "url", "name", "last_error"),
    SealedTable(JobPartRow, ("content",), ("job_id", "side", "part"), _job_part_row_id),
)


def _line_of_canary(row: Mapping[str, Any], numbers: Mapping[str, str]) -> str:
    number, extension = numbers[row["number_id"]], row["extension"]
    return f"{number};ext={extension}" if extension else number


INDEXED = (
    IndexedTable(NumberRow, ("number_key",), "numbers.number", ("number",), lambda row, _: str(row["number"])),
    IndexedTable(CanaryRow, ("line_key", "issued_line_key"), "line", ("number_id", "extension"), _line_of_canary),
    IndexedTable(CallRow, ("line_key",), "line", ("dialled",), lambda row, _: str(row["dialled"])),
    IndexedTable(TrackedParcelRow, ("waybill_key",), "waybill", ("waybill_no",), lambda row, _: str(row["waybill_no"])),
    IndexedTable(UserRow, ("login_key",), "users.login", ("login",), lambda row, _: str(row["login"])),
)
"""Of calls and canaries under one purpose: their lines are compared as indexes."""

UNSEALED = {
    "pending_leaves.leaf_hash": "of salted digests; it is what others may see",
    "leaves.leaf_hash": "likewise",
    "tree_nodes.node_hash": "of leaf hashes",
    "ledger_logs.public_key": "public",
    "time_tokens.token": "an authority's public reply over a public note",
    "instance.key_check": "tells the key",
    "key_versions.key_check": "tells the key",
    "next_indexes.old_key": "of a rotation under way",
    "next_indexes.new_key": "of a rotation under way",
    "attribution_states.body": "names channels by id and calls not at all",
    "sessions.token_hash": "of a random token, without a key",
    "login_links.token_hash": "of a random token, without a key",
    "api_keys.secret_hash": "of a random secret, without a key",
    "requests.request_key": "index of what is stored nowhere: found under every version of the key (blind_indexes)",
    "requests.body_key": "likewise",
    "deliveries.contact_key": "likewise: what was said may be erased, and what came once is known for ever",
    "deliveries.event_key": "likewise",
    "rate_limits.bucket": "index of what is there for minutes: the switch empties the table",
}
"""Columns of bytes that a rotation leaves, and why."""

_BY_TABLE = {sealed.table: sealed for sealed in SEALED}


def sealed_by_row(cipher: Cipher, table: type[Base]) -> RowCipher:
    """Seals and opens the rows of a table whose columns are declared here."""
    sealed = _BY_TABLE[table]
    return RowCipher(cipher, table.__tablename__, sealed.columns, sealed.row_id)
