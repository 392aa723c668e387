"""Asterisk's call detail records, row by row in flat memory: a file may be of any length, and of any encoding.

A call has a row for each leg, near each other and not always in order; each becomes a message about one contact, whose
id is `linkedid` (`uniqueid` where that is not logged). The row of a leg that was answered knows best. A row whose `dst`
is none of the lines named is no received call of ours: what goes out, and calls between extensions.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO

from tracer.domain.errors import InvalidValue
from tracer.domain.incoming import Incoming, NotReceived, Unreadable
from tracer.domain.shown_caller import is_hidden, shown_caller
from tracer.intake.asterisk.caller_id import mended, number_in
from tracer.intake.asterisk.layout import DISPOSITIONS, header_names, mapped_names, names_of
from tracer.intake.sources import FileOptions, Item

NAME = "asterisk"
_LONGEST_LINE = 65_536
_LAYOUT = "expected the 16 to 21 columns of cdr_csv, got {count}. For cdr_custom say which column is which"
_HINT_LINES = "Say which numbers of the pool they are, one by one: 442079460016=+442079460016, 201=+442079460016"
_EXTENSION = re.compile(r"\d{1,6}", re.ASCII)


def read(path: Path, options: FileOptions) -> Iterator[Item]:
    """Every row of a file. `options.lines` says which `dst` are whose lines, `zone` is that of cdr.conf (UTC where it
    has usegmtime=yes), `columns` the order of a cdr_custom file (position from 1, to Asterisk's name).

    Raises InvalidValue where lines or zone are not given: without the one outgoing calls cannot be told from received
    ones, without the other times would be hours off.
    """
    if not options.lines:
        raise InvalidValue("lines", "none", "the extensions (`dst`) on which the calls came in", _HINT_LINES)
    if options.zone is None:
        raise InvalidValue("zone", "none", "the zone of the file's times", "UTC where cdr.conf has usegmtime=yes")
    rows = _Rows(options)
    # What is no UTF-8 stays as it is until its own field is looked at: the encoding may differ from row to row.
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        for number, line in enumerate(_lines(file), 1):
            if item := rows.read(line, number):
                yield item


def _lines(file: TextIO) -> Iterator[str]:
    first = file.readline(_LONGEST_LINE).removeprefix("\ufeff")
    if first:
        yield first
    yield from iter(lambda: file.readline(_LONGEST_LINE), "")


class _Rows:
    """Reads the rows of one file; the first may be a header."""

    def __init__(self, options: FileOptions) -> None:
        self._lines = {_bare(dst): line for dst, line in options.lines.items()}
        self._zone = options.zone
        self._names = mapped_names(options.columns)

    def read(self, line: str, number: int) -> Item | None:
        """The item of a line; None for a blank one and the header."""
        if line.isspace():
            return None
        text = line.rstrip("\r\n")
        try:
            if text.count('"') % 2:
                raise ValueError("expected every quote to be closed, got one that is not: the row was cut off")
            row = next(csv.reader((text,)))
            names = self._names or names_of(row)
            if number == 1 and (header := header_names(row)):
                self._names = header
                return None
            if names is None or len(names) != len(row):
                raise ValueError(_LAYOUT.format(count=len(row)))
            return self._item(dict(zip(names, row, strict=True)), text, f"line {number}")
        except (ValueError, OverflowError, csv.Error, StopIteration) as error:
            content = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            return Unreadable(NAME, f"line {number}", content, str(error) or "expected a row, got none")

    def _item(self, told: dict[str, str], text: str, place: str) -> Item:
        disposition = told["disposition"]
        if disposition not in DISPOSITIONS:
            raise ValueError("expected ANSWERED, NO ANSWER, BUSY, FAILED or CONGESTION as disposition, got another")
        line = self._lines.get(_bare(told["dst"])) or self._lines.get("")
        if line is None:
            return _not_ours(told)
        if not text.isascii():
            told = {name: value if value.isascii() else mended(value) for name, value in told.items()}
        shown = told["src"]
        if is_hidden(shown):
            shown = number_in(told.get("clid", ""))
        answered = disposition == "ANSWERED"
        record = {
            "kind": "call",
            "received_at": self._time(told["start"]),
            "dialled_number": line,
            "caller_number": shown_caller(shown, line),
            "answered": "yes" if answered else "no",
        }
        contact_id, event_id = _ids(told, text)
        extra = {name: value for name, value in told.items() if value}
        return Incoming(NAME, contact_id, event_id, 2 if answered else 1, record, extra, place)

    def _time(self, written: str) -> str:
        """ISO 8601 of a time in the file's zone."""
        try:
            moment = datetime.fromisoformat(written)
        except ValueError as error:
            raise ValueError("expected a start such as 2026-01-05 04:24:12, got another") from error
        return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).isoformat()


def _not_ours(told: dict[str, str]) -> NotReceived:
    """What rang elsewhere: called from an extension it went out, otherwise somebody may have forgotten a line."""
    if _EXTENSION.fullmatch(told["src"]):
        return NotReceived(NAME)
    return NotReceived(NAME, f"on dst {told['dst'][:40]!r}, and nobody said which number of the pool that is")


def _bare(dst: str) -> str:
    """A number without its plus, as dial plans mostly have it."""
    return dst.strip().removeprefix("+")


def _ids(told: dict[str, str], text: str) -> tuple[str, str]:
    """Of the contact and of the row; where no ids are logged, of what the legs of one call have in common."""
    own = told.get("uniqueid", "")
    contact_id = told.get("linkedid") or own or _digest([told["start"], told.get("channel", ""), told["src"]])
    sequence = told.get("sequence")
    return contact_id, f"{own}/{sequence}" if own and sequence else _digest([text])


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]
