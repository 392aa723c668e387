"""What the readers of phone exports share: whose line it was, what the display showed, an id where none is given."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from tracer.domain.codebook.phone_number import parse_line, region_of
from tracer.domain.columns import format_time
from tracer.domain.errors import InvalidValue
from tracer.domain.incoming import Remark
from tracer.intake.sources import FileOptions

HIDDEN = frozenset(("", "-1", "-2", "-3", "null", "(unknown)", "unknown", "private", "restricted", "unavailable"))
"""What exports write, in lower case, where the caller's number was not shown."""

EVERY_LINE = ""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime(1971, 1, 2, tzinfo=UTC), datetime(2110, 12, 30, tzinfo=UTC)
_REMARKED_LINES = 20


class Lines:
    """Which of a phone's lines are to be read. Contacts of the others are counted, and nothing else is kept of them."""

    def __init__(self, options: FileOptions) -> None:
        self._named = options.lines
        self._left_alone: Counter[str] = Counter()

    def line_of(self, name: str) -> str | None:
        """The pool's number of the line that an export calls `name`; None, and counted, where it was not asked for."""
        line = self._named.get(name) or self._named.get(EVERY_LINE)
        if line is None and name in self._named.values():
            line = name  # the export calls the line by its number
        if line is None:
            self._left_alone[name] += 1
        return line

    def remarks(self, source: str) -> Iterator[Remark]:
        """How many contacts of which lines were left alone."""
        for name, count in self._left_alone.most_common(_REMARKED_LINES):
            of = f"its line {name!r}" if name else "a line that the export does not name"
            yield Remark(source, f"{count:,} received on {of} left alone: nobody said which number of the pool that is")


def caller_shown(shown: str, line: str) -> str:
    """The caller's number for calls.csv: empty where it was hidden, E.164 where it was in the line's national form.

    Short codes, words and numbers of no plan stay as they were shown.
    """
    shown = shown.strip()
    if shown.lower() in HIDDEN:
        return ""
    with suppress(InvalidValue):
        if not shown.startswith(("+", "00")):
            return parse_line(shown, region_of(line)).number
    return shown


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
