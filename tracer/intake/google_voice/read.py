"""Google Voice: the takeout (zip or folder, `Takeout/Voice/Calls/*.html`), or single pages of it.

Received calls, missed calls, voicemails with their transcription, and texts of others. Recordings are passed over: the
call of each stands in a page of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tracer.domain.columns import format_time, parse_time, without_controls
from tracer.domain.errors import InvalidValue
from tracer.domain.incoming import Incoming, NotReceived, Unreadable
from tracer.intake.google_voice.pages import PageUnreadable, pages
from tracer.intake.received import caller_shown, digest_id, line_of, on_another_line
from tracer.intake.sources import FileOptions, FileSource, Item

if TYPE_CHECKING:
    from tracer.intake.google_voice.page import Told

NAME = "google_voice"
_ANSWERED = {"received": "yes", "missed": "no", "voicemail": "no"}
_NOT_RECEIVED = ("placed", "recorded")
_TEXT = "sms"
_UNTRANSCRIBED = "Unable to transcribe this message."
_ZIP = b"PK\x03\x04"


def recognises(name: str, head: bytes) -> bool:
    """Whether a file is a page of a takeout, or a zip that names its folder of calls among its first members."""
    if head.startswith(_ZIP):
        return b"Voice/Calls/" in head or (name.lower().startswith("takeout") and b"Takeout/Voice/" in head)
    return name.lower().endswith(".html") and (
        b'"haudio"' in head or b'"hChatLog' in head or b"google.com/voice#" in head
    )


def read(path: Path, options: FileOptions) -> Iterator[Item]:
    """Every received call, voicemail and text; the account has one line, which the takeout names in texts only."""
    from tracer.intake.google_voice.page import PageRejected, read_page  # an HTML library, for the few who have pages

    for page in pages(path):
        if isinstance(page, PageUnreadable):
            yield Unreadable(NAME, page.place, "", page.reason)
            continue
        name, content = page
        told = None
        try:
            for told in read_page(content):
                yield _item(told, name, options)
        except PageRejected as rejected:
            yield Unreadable(NAME, name, "", f"not readable as HTML: {rejected}")
            continue
        if told is None:
            yield NotReceived(NAME, "a page without calls and texts (greetings, bills and the like)")


def _item(told: Told, page: str, options: FileOptions) -> Item:
    answered = next((_ANSWERED[kind] for kind in _ANSWERED if kind in told.kinds), None)
    if told.own or told.kinds.intersection(_NOT_RECEIVED):
        return NotReceived(NAME, "recorded" if "recorded" in told.kinds else "outgoing")
    line = line_of(told.own_number, options)
    if line is None:
        return on_another_line(NAME, told.own_number)
    if answered is None and _TEXT not in told.kinds:
        return Unreadable(NAME, page, " ".join(sorted(told.kinds))[:500], "expected a received, missed or texted page")
    try:
        received_at = parse_time(told.published)
    except InvalidValue as problem:
        return Unreadable(NAME, page, f"{told.number} {told.text}"[:2000], str(problem))
    text = "" if told.text == _UNTRANSCRIBED else told.text
    extra = {**told.extra, "labels": " ".join(sorted(told.kinds))}
    if told.name:
        extra["contact_name"] = told.name
    record = {
        "received_at": format_time(received_at.astimezone(options.zone) if options.zone else received_at),
        "kind": "call" if answered else "sms",
        "dialled_number": line,
        "caller_number": caller_shown(told.number, line, extra),
    }
    if answered:
        record["answered"] = answered
    if text or not answered:
        record["transcript"] = without_controls(text)
    moment = str(received_at.timestamp())
    same = digest_id("call" if answered else "text", moment, told.number, "" if answered else told.text)
    return Incoming(NAME, same, record=record, extra=extra, place=page)


SOURCE = FileSource(NAME, recognises, read)
