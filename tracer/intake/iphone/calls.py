"""iPhone: CallHistory.storedata, the calls of Core Data's entity CallRecord.

Its columns differ from one iOS to the next; of those known here, a store must have ZDATE and ZADDRESS. Times are
seconds since 2001-01-01 UTC. An incoming call with ZANSWERED 0 was missed. ZCALLTYPE is 1 for a telephone call, 8 for
FaceTime with a picture, 16 without. Newer systems leave ZADDRESS empty and name the caller in ZHANDLE.
"""

from __future__ import annotations

import re
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tracer.domain.incoming import Incoming, NotReceived, Unreadable
from tracer.intake.iphone.open_store import MAGIC, StoreUnreadable, Tables, open_store, text_of
from tracer.intake.received import caller_shown, digest_id, line_of, on_another_line, time_after
from tracer.intake.sources import FileOptions, FileSource, Item

NAME = "iphone_calls"
TABLE = "ZCALLRECORD"
APPLE_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
_IN_A_BACKUP = "5a4935c78a5255723f707230a451d79c540d2741"
"""What the file is called in a backup made by Finder or iTunes: SHA-1 of its domain and path."""
_REQUIRED = ("ZDATE", "ZADDRESS")
_KNOWN = (
    *("Z_PK", "ZUNIQUE_ID", "ZDATE", "ZADDRESS", "ZDURATION", "ZORIGINATED", "ZANSWERED", "ZCALLTYPE", "ZNAME"),
    *("ZISO_COUNTRY_CODE", "ZSERVICE_PROVIDER", "ZREAD", "ZDISCONNECTED_CAUSE", "ZLOCATION", "ZJUNKCONFIDENCE"),
    *("ZFILTERED_OUT_REASON", "ZVERIFICATIONSTATUS", "ZLOCAL_ADDRESS", "ZLOCALPARTICIPANTUUID"),
)
_TOLD = {
    "ZDURATION": "duration",
    "ZCALLTYPE": "call_type",
    "ZNAME": "contact_name",
    "ZISO_COUNTRY_CODE": "iso_country_code",
    "ZSERVICE_PROVIDER": "service_provider",
    "ZREAD": "read",
    "ZDISCONNECTED_CAUSE": "disconnected_cause",
    "ZLOCATION": "location",
    "ZJUNKCONFIDENCE": "junk_confidence",
    "ZFILTERED_OUT_REASON": "filtered_out_reason",
    "ZVERIFICATIONSTATUS": "verification_status",
}
_BETWEEN = re.compile(r"Z_\d{1,3}REMOTEPARTICIPANTHANDLES")
_CALLS = re.compile(r"Z_\d{1,3}REMOTEPARTICIPANTCALLS")
_HANDLES = re.compile(r"Z_\d{1,3}REMOTEPARTICIPANTHANDLES")

Row = Mapping[str, Any]


def recognises(name: str, head: bytes) -> bool:
    """Whether a file is an iPhone's call history: by its name on the telephone, in a backup, or its table."""
    name = name.lower()
    return head.startswith(MAGIC) and (
        name.endswith("callhistory.storedata") or name == _IN_A_BACKUP or TABLE.encode() in head
    )


def read(path: Path, options: FileOptions) -> Iterator[Item]:
    """Every received call of the lines asked for; lines are named by their number or by their UUID on the telephone."""
    try:
        with open_store(path, TABLE) as (store, tables):
            if missing := [name for name in _REQUIRED if name not in tables[TABLE]]:
                raise StoreUnreadable(f"expected a {TABLE} with the column {missing[0]}")
            for row in _rows(store, tables):
                yield _item(row, options)
    except StoreUnreadable as problem:
        yield Unreadable(NAME, "the database", "", str(problem))
    except sqlite3.Error as error:
        yield Unreadable(NAME, "the database", "", f"broken from here on: {str(error)[:80]}. Make the export again")


def _rows(store: sqlite3.Connection, tables: Tables) -> Iterator[Row]:
    known = [name for name in _KNOWN if name in tables[TABLE]]
    told = ", ".join(known)
    query = f"SELECT {told}, {_handle(tables)} FROM {TABLE} c"  # noqa: S608  # only names that are listed above
    for values in store.execute(query):
        yield dict(zip((*known, "HANDLE"), values, strict=True))


def _handle(tables: Tables) -> str:
    """The caller by the table between calls and handles, whose name holds Core Data's number of each."""
    for name, columns in tables.items():
        number = _BETWEEN.fullmatch(name)
        calls, handles = (next((c for c in columns if form.fullmatch(c)), "") for form in (_CALLS, _HANDLES))
        if number and calls and handles and "ZVALUE" in tables.get("ZHANDLE", ()) and "Z_PK" in tables[TABLE]:
            joined = f"{name} j JOIN ZHANDLE h ON h.Z_PK = j.{handles} WHERE j.{calls} = c.Z_PK"
            return f"(SELECT h.ZVALUE FROM {joined} LIMIT 1)"  # noqa: S608  # names of the forms above
    return "NULL"


def _item(row: Row, options: FileOptions) -> Item:
    if row.get("ZORIGINATED"):
        return NotReceived(NAME)
    name = _line_name(row)
    line = line_of(name, options)
    if line is None:
        return on_another_line(NAME, name)
    shown = text_of(row["ZADDRESS"]) or text_of(row["HANDLE"])
    try:
        received_at = time_after(APPLE_EPOCH, timedelta(seconds=float(row["ZDATE"])), options)
    except (TypeError, ValueError, OverflowError):
        got = text_of(row["ZDATE"])[:40]
        content = f"Z_PK={row.get('Z_PK')!r} ZDATE={got!r} ZADDRESS={shown[:200]!r}"
        reason = f"expected ZDATE in seconds since 2001, got {got!r}"
        return Unreadable(NAME, f"row {text_of(row.get('Z_PK'))[:20]}", content, reason)
    extra: dict[str, Any] = {told: _value(row[name]) for name, told in _TOLD.items() if row.get(name) is not None}
    record = {
        "received_at": received_at,
        "kind": "call",
        "dialled_number": line,
        "caller_number": caller_shown(shown, line, extra),
    }
    if "ZANSWERED" in row:
        record["answered"] = "yes" if row["ZANSWERED"] else "no"
    same = text_of(row.get("ZUNIQUE_ID")) or digest_id("call", text_of(row["ZDATE"]), shown)
    place = f"row {text_of(row.get('Z_PK'))[:20]}"
    return Incoming(NAME, same[:128], record=record, extra=extra, place=place)


def _line_name(row: Row) -> str:
    if address := text_of(row.get("ZLOCAL_ADDRESS")):
        return address
    participant = row.get("ZLOCALPARTICIPANTUUID")
    if isinstance(participant, bytes) and participant:
        with suppress(ValueError):
            return str(uuid.UUID(bytes=participant)).upper()
        return participant.decode("ascii", "replace")[:64]
    return ""


def _value(value: Any) -> str | int | float:
    return value if isinstance(value, int) else text_of(value)[:2000]


SOURCE = FileSource(NAME, recognises, read)
