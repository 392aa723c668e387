"""What the readers of phone exports share: whose line it was, what the display showed, an id where none is given."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from tracer.domain.columns import format_time
from tracer.domain.incoming import NotReceived
from tracer.domain.shown_caller import shown_caller
from tracer.intake.sources import FileOptions

EVERY_LINE = ""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime(1971, 1, 2, tzinfo=UTC), datetime(2110, 12, 30, tzinfo=UTC)


def line_of(name: str, options: FileOptions) -> str | None:
    """The pool's number of the line that an export calls `name`; None where that line was not asked for."""
    line = options.lines.get(name) or options.lines.get(EVERY_LINE)
    # An export may call the line by its number.
    return name if line is None and name in options.lines.values() else line


def on_another_line(source: str, name: str) -> NotReceived:
    """A contact of a line that was not asked for: counted under the export's name of that line, and not kept."""
    of = f"its line {name[:80]!r}" if name else "a line that the export does not name"
    return NotReceived(source, f"on {of}, and nobody said which number of the pool that is")


def caller_shown(shown: str, line: str, extra: dict[str, Any]) -> str:
    """The caller's number for calls.csv (`shown_caller`); of a caller without one `extra` gets what was shown."""
    shown = shown.strip()
    caller = shown_caller(shown, line)
    if shown and not caller:
        extra["shown"] = shown[:2000]
    return caller


def digest_id(*parts: str) -> str:
    """An id out of what does not change from one export to the next (SHA-256, 128 bits of it)."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def time_after(epoch: datetime, passed: timedelta, options: FileOptions) -> str:
    """ISO 8601 of a time after an epoch, in the zone asked for; raises OverflowError outside the years 1971 to 2110."""
    moment = epoch + passed
    if not _FIRST < moment < _LAST:
        raise OverflowError
    return format_time(moment.astimezone(options.zone or UTC))


def time_of_milliseconds(text: str, options: FileOptions) -> str:
    """ISO 8601 of milliseconds since 1970; raises ValueError or OverflowError for what is no such time."""
    if len(text) > 20:
        raise ValueError
    return time_after(_EPOCH, timedelta(milliseconds=int(text)), options)
