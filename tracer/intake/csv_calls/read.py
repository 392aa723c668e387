"""A CSV file of calls that another program wrote: its columns named as those of calls.csv, or mapped to them."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from hashlib import sha256
from pathlib import Path

from tracer.domain.columns import LONG_TEXT_LIMIT, is_id
from tracer.domain.incoming import Incoming, Unreadable
from tracer.domain.records import CALL_COLUMNS
from tracer.intake.sources import FileOptions, FileSource, Item

NAME = "csv"
_COLUMNS = frozenset(CALL_COLUMNS)
_TELLING = frozenset(("received_at", "caller_number", "dialled_number"))
_SEPARATORS = (",", ";", "\t", "|")
_LOST = "\ufffd"
_BY_SPREADSHEET = re.compile(r"(\d{4})([/-])(\d{1,2})\2(\d{1,2})(?:([ T])(\d{1,2})(:.*)?)?", re.DOTALL | re.ASCII)
"""2026/1/5 4:24, as spreadsheets write a time."""
csv.field_size_limit(4 * LONG_TEXT_LIMIT)


def recognises(name: str, head: bytes) -> bool:
    """Whether it is CSV with a column of calls.csv that tells of a call; others need --source csv and --column."""
    if not name.lower().endswith((".csv", ".tsv", ".txt")):
        return False
    line = _decoded(head).lstrip("\ufeff").split("\n", 1)[0]
    return any(_TELLING & {cell.strip(' "\r') for cell in line.split(separator)} for separator in _SEPARATORS)


def read(path: Path, options: FileOptions) -> Iterator[Item]:
    """Row by row, in flat memory; a row that does not fit the header is unreadable, the others go on."""
    place = f"{path.name}:{{}}".format
    with path.open(encoding=encoding_of(path), errors="replace", newline="") as file:
        first = file.readline().lstrip("\ufeff")
        file.seek(0)
        separator = max(_SEPARATORS, key=first.count)
        rows = csv.reader(file, delimiter=separator, strict=True)
        try:
            header = [cell.strip().lstrip("\ufeff") for cell in next(rows, [])]
        except csv.Error as error:
            yield Unreadable(NAME, place(1), first, _not_csv(error))
            return
        if problem := _header_problem(header, options.columns):
            yield Unreadable(NAME, place(1), first.strip(), problem)
            return
        yield from _items(rows, _Shape(header, options), place)


class _Shape:
    """What the columns of a file mean."""

    def __init__(self, header: Sequence[str], options: FileOptions) -> None:
        self.header = header
        names = [options.columns.get(name, name) for name in header]
        self.ours = [(place, name) for place, name in enumerate(names) if name in _COLUMNS]
        self.theirs = [(place, name) for place, name in enumerate(names) if name not in _COLUMNS and name]
        self.options = options

    def item(self, cells: Sequence[str], place: str) -> Incoming:
        """A row as a message.

        It is known by what stands in it, whatever the options make of that: by all of it, or where it has an id by that
        with time and caller, since two systems may both count from 1.
        """
        record = {name: cells[where] for where, name in self.ours}
        call_id = record.get("call_id", "").strip()
        contact_id = self._contact_id(cells, record, call_id)
        extra = {name: cells[where] for where, name in self.theirs if cells[where]}
        lines = self.options.lines
        if lines:
            dialled = record.get("dialled_number", "")
            record["dialled_number"] = lines.get(dialled, dialled or lines.get("", ""))
        received = record.get("received_at", "")
        if received:
            record["received_at"] = _time(received, self.options.zone)
        if call_id and not is_id(call_id):
            del record["call_id"]
            extra["call_id"] = call_id
        return Incoming(NAME, contact_id, record=record, extra=extra, place=place)

    def _contact_id(self, cells: Sequence[str], record: Mapping[str, str], call_id: str) -> str:
        if call_id:
            told = [record.get(name, "") for name in ("received_at", "caller_number")]
            return f"{call_id}~{_digest(told)[:16]}"
        return _digest(sorted(zip(self.header, cells, strict=True)))


def _digest(told: object) -> str:
    return sha256(json.dumps(told).encode()).hexdigest()[:32]


def _items(rows: Iterator[list[str]], shape: _Shape, place: Callable[[int], str]) -> Iterator[Item]:
    width, line = len(shape.header), 2
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield Unreadable(NAME, place(line), "", f"{_not_csv(error)}; nothing after this line was read")
            return
        if cells is None:
            return
        if len(cells) != width:
            if cells:
                reason = f"expected {width} columns as in the header, got {len(cells)}"
                yield Unreadable(NAME, place(line), json.dumps(cells, ensure_ascii=False), reason)
        elif any(_LOST in cell for cell in cells):
            column = next(name for name, cell in zip(shape.header, cells, strict=True) if _LOST in cell)
            yield Unreadable(
                NAME, place(line), json.dumps(cells, ensure_ascii=False), f"{column}: bytes of no known encoding"
            )
        else:
            yield shape.item(cells, place(line))
        line = rows.line_num + 1  # type: ignore[attr-defined]  # of csv.reader


def encoding_of(path: Path) -> str:
    """utf-8-sig where the whole file is UTF-8, utf-16 by its mark, else gb18030, which holds all Chinese ones."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        head = file.read(2)
        if head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        try:
            decoder.decode(head)
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8-sig"


def _header_problem(header: Sequence[str], columns: Mapping[str, str]) -> str:
    if not header:
        return "the file is empty; expected a header, then a call in each row"
    if missing := [theirs for theirs in columns if theirs not in header]:
        return f"there is no column {missing[0]!r} in the header: {' '.join(header)}"
    names = [columns.get(name, name) for name in header]
    if twice := [name for name in names if name in _COLUMNS and names.count(name) > 1]:
        return f"the column {twice[0]} stands in the header more than once"
    if not _TELLING & set(names):
        return (
            f"none of its columns is known as received_at, caller_number or dialled_number: {' '.join(header)}. "
            "Say which is which: --column THEIRS=OURS"
        )
    return ""


def _time(text: str, zone: tzinfo | None) -> str:
    """A time with its offset, that of the zone where it has none; as it is where it is no time."""
    loose = _BY_SPREADSHEET.fullmatch(text.strip())
    if zone is None and not loose:
        return text
    try:
        moment = datetime.fromisoformat(_padded(loose) if loose else text.strip())
    except ValueError:
        return text
    return moment.replace(tzinfo=zone).isoformat() if moment.tzinfo is None and zone else moment.isoformat()


def _padded(loose: re.Match[str]) -> str:
    day = f"{loose[1]}-{int(loose[3]):02}-{int(loose[4]):02}"
    return f"{day}{loose[5]}{int(loose[6]):02}{loose[7] or ''}" if loose[5] else day


def _decoded(head: bytes) -> str:
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    return head.decode("utf-8", "replace")


def _not_csv(error: csv.Error) -> str:
    return f"not readable as CSV: {str(error).partition(' - ')[0]}. Check the quotation marks and the line ends"


SOURCE = FileSource(NAME, recognises, read)
