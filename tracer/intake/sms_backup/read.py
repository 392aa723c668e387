"""Android: the backups of the app "SMS Backup & Restore" (calls-….xml, sms-….xml).

The attributes are those its makers list at https://www.synctech.com.au/sms-backup-restore/fields-in-xml-backup-files/ ;
they come from Android's own tables (CallLog.Calls, Telephony.Sms, Telephony.Mms). Only what was received is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tracer.domain.incoming import Incoming, NotReceived, Unreadable
from tracer.intake.received import caller_shown, digest_id, line_of, on_another_line, time_of_milliseconds
from tracer.intake.sms_backup.elements import BackupBroken, Element, elements
from tracer.intake.sources import FileOptions, FileSource, Item

NAME = "sms_backup"
_ANSWERED = {"1": "yes", "3": "no", "4": "no", "5": "no", "6": "no", "7": "yes"}
"""Incoming, missed, to voicemail, rejected, blocked, answered on another device."""
_OUTGOING = "2"
_RECEIVED = "1"
_SENT = frozenset("23456")
_FROM = "137"
_PRESENTED = {"1": "allowed", "2": "restricted", "3": "unknown", "4": "payphone", "5": "unavailable"}
_KEPT = ("duration", "type", "presentation", "subscription_id", "sub_id", "contact_name", "subject", "sub", "date_sent")
_NOTHING = frozenset(("", "null", "(Unknown)"))


def recognises(name: str, head: bytes) -> bool:
    """Whether a file begins as the app's backups do."""
    return name.lower().endswith(".xml") and (b"<calls" in head or b"<smses" in head)


def read(path: Path, options: FileOptions) -> Iterator[Item]:
    """Every call and message received on the lines asked for; a file cut off gives what it holds, and where it ends."""
    seen = 0
    with path.open("rb") as file:
        try:
            for element in elements(file):
                if isinstance(element, int):
                    if element != seen:
                        yield NotReceived(NAME, f"the backup says it holds {element:,} rows, and {seen:,} are in it")
                    continue
                seen += 1
                yield _item(element, options)
        except BackupBroken as broken:
            yield Unreadable(NAME, f"line {broken.line}", "", broken.reason)


def _item(row: Element, options: FileOptions) -> Item:
    told = row.told
    kind = told.get("msg_box" if row.tag == "mms" else "type", "")
    if kind == _OUTGOING or (row.tag != "call" and kind in _SENT):
        return NotReceived(NAME)
    subscription = told.get("subscription_id" if row.tag == "call" else "sub_id", "")
    name = "" if subscription in _NOTHING else subscription
    line = line_of(name, options)
    if line is None:
        return on_another_line(NAME, name)
    if kind not in (_ANSWERED if row.tag == "call" else _RECEIVED):
        return _unreadable(row, f"expected a type that Android knows, got {kind[:20]!r}")
    try:
        received_at = time_of_milliseconds(told.get("date", ""), options)
    except (ValueError, OverflowError):
        return _unreadable(row, f"expected the date in milliseconds since 1970, got {told.get('date', '')[:40]!r}")
    extra = {name: told[name] for name in _KEPT if told.get(name, "") not in _NOTHING}
    if row.tag == "call":
        return _call(row, line, received_at, extra)
    return _message(row, line, received_at, extra)


def _call(row: Element, line: str, received_at: str, extra: dict[str, str]) -> Incoming:
    told = row.told
    shown = told.get("number", "")
    if told.get("presentation", "1") in _PRESENTED:
        extra["presentation"] = _PRESENTED[told.get("presentation", "1")]
    record = {
        "received_at": received_at,
        "kind": "call",
        "dialled_number": line,
        "caller_number": caller_shown(shown, line, extra),
        "answered": _ANSWERED[told["type"]],
    }
    same = digest_id("call", told["date"], shown, told["type"])
    return Incoming(NAME, same, record=record, extra=extra, place=f"line {row.line}")


def _message(row: Element, line: str, received_at: str, extra: dict[str, str]) -> Incoming:
    if row.tag == "sms":
        sender, text = row.told.get("address", ""), row.told.get("body", "")
        same = digest_id("sms", row.told["date"], sender, text)
    else:
        sender, text = _sender(row), _text(row)
        same = digest_id("mms", row.told["date"], sender, row.told.get("m_id", ""))
    record = {
        "received_at": received_at,
        "kind": "sms",
        "dialled_number": line,
        "caller_number": caller_shown(sender, line, extra),
        "transcript": "" if text == "null" else text,
    }
    return Incoming(NAME, same, record=record, extra=extra, place=f"line {row.line}")


def _sender(row: Element) -> str:
    senders = [address.get("address", "") for address in row.addresses if address.get("type") == _FROM]
    return senders[0] if senders else row.told.get("address", "").partition("~")[0]


def _text(row: Element) -> str:
    texts = [part.get("text", "") for part in row.parts if part.get("ct", "").startswith("text/plain")]
    return "\n".join(text for text in texts if text not in ("", "null"))


def _unreadable(row: Element, reason: str) -> Unreadable:
    content = " ".join(f"{name}={value!r}" for name, value in row.told.items())
    return Unreadable(NAME, f"line {row.line}", content[:2000], reason)


SOURCE = FileSource(NAME, recognises, read)
