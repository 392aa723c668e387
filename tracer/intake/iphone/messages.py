"""iPhone: sms.db (on a Mac chat.db), the received SMS and iMessages.

Times are nanoseconds since 2001-01-01 UTC (seconds before iOS 11). Where `text` is empty, `attributedBody` holds it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from tracer.domain.columns import without_controls
from tracer.domain.incoming import Incoming, NotReceived, Unreadable
from tracer.intake.iphone.attributed_text import attributed_text
from tracer.intake.iphone.calls import APPLE_EPOCH
from tracer.intake.iphone.open_store import MAGIC, StoreUnreadable, open_store, text_of
from tracer.intake.received import caller_shown, digest_id, line_of, on_another_line, time_after
from tracer.intake.sources import FileOptions, FileSource, Item

NAME = "iphone_messages"
TABLE = "message"
_IN_A_BACKUP = "3d0d7e5fb2ce288813306e4d4636395e047a3d28"
_REQUIRED = ("DATE", "TEXT", "IS_FROM_ME", "HANDLE_ID")
_KNOWN = (
    *("ROWID", "GUID", "TEXT", "ATTRIBUTEDBODY", "DATE", "IS_FROM_ME", "SERVICE", "DESTINATION_CALLER_ID", "SUBJECT"),
    *("ASSOCIATED_MESSAGE_TYPE", "ITEM_TYPE"),
)
_NANOSECONDS_FROM = 10**11
_PHONE_SERVICES = ("SMS", "MMS", "RCS", "")

Row = Mapping[str, Any]


def recognises(name: str, head: bytes) -> bool:
    """Whether a file is an iPhone's or a Mac's store of messages, by its name."""
    return head.startswith(MAGIC) and (name.lower().endswith(("sms.db", "chat.db")) or name == _IN_A_BACKUP)


def read(path: Path, options: FileOptions) -> Iterator[Item]:
    """Every received message of the lines asked for, which are named by their numbers. Reactions are no messages."""
    try:
        with open_store(path, TABLE) as (store, tables):
            if missing := [name for name in _REQUIRED if name not in tables["MESSAGE"]]:
                raise StoreUnreadable(f"expected a table {TABLE} with the column {missing[0].lower()}")
            for row in _rows(store, tables["MESSAGE"]):
                yield _item(row, options)
    except StoreUnreadable as problem:
        yield Unreadable(NAME, "the database", "", str(problem))
    except sqlite3.Error as error:
        yield Unreadable(NAME, "the database", "", f"broken from here on: {str(error)[:80]}. Make the export again")


def _rows(store: sqlite3.Connection, columns: frozenset[str]) -> Iterator[Row]:
    known = [name for name in _KNOWN if name in columns or name == "ROWID"]
    told = ", ".join(f"message.{name}" for name in known)
    query = f"SELECT {told}, handle.id FROM message LEFT JOIN handle ON handle.ROWID = message.handle_id"  # noqa: S608  # names of our own
    for values in store.execute(query):
        yield dict(zip((*known, "HANDLE"), values, strict=True))


def _item(row: Row, options: FileOptions) -> Item:
    if row["IS_FROM_ME"]:
        return NotReceived(NAME)
    if row.get("ASSOCIATED_MESSAGE_TYPE") or row.get("ITEM_TYPE"):
        return NotReceived(NAME, "a reaction to a message, or a notice")
    name = text_of(row.get("DESTINATION_CALLER_ID"))
    line = line_of(name, options)
    if line is None:
        return on_another_line(NAME, name)
    sender = text_of(row["HANDLE"])
    try:
        date = int(row["DATE"])
        passed = timedelta(microseconds=date // 1000) if abs(date) > _NANOSECONDS_FROM else timedelta(seconds=date)
        received_at = time_after(APPLE_EPOCH, passed, options)
    except (TypeError, ValueError, OverflowError):
        got = text_of(row["DATE"])[:40]
        content = f"ROWID={row['ROWID']!r} date={got!r} handle={sender[:200]!r}"
        return Unreadable(NAME, f"row {row['ROWID']}", content, f"expected date in time since 2001, got {got!r}")
    service = text_of(row.get("SERVICE"))
    extra = {"service": service} if service else {}
    text = text_of(row["TEXT"]) or attributed_text(row.get("ATTRIBUTEDBODY"))
    record = {
        "received_at": received_at,
        "kind": "sms" if service in _PHONE_SERVICES else "chat",
        "dialled_number": line,
        "caller_number": caller_shown(sender, line, extra),
        "transcript": without_controls(text),
    }
    if subject := text_of(row.get("SUBJECT")):
        extra["subject"] = subject[:2000]
    same = text_of(row.get("GUID")) or digest_id("message", str(date), sender, text)
    return Incoming(NAME, same[:128], record=record, extra=extra, place=f"row {row['ROWID']}")


SOURCE = FileSource(NAME, recognises, read)
