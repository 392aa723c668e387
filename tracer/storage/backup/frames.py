"""Rows as bytes: what a backup's body is made of.

A frame is `length of its JSON(4) ‖ length of its bytes(4) ‖ JSON ‖ bytes`. The JSON is one of
`{"table": name, "columns": [name …]}`, which begins a table, `{"rows": number, "values": [column …]}`, a batch of
its rows column by column, and `{"end": {table: rows}}`, the last one. A column is the array of its values; one of
bytes is `{"lengths": […]}`, and the values themselves lie one behind the other in the frame's bytes. Values are
those that SQLite has: integers, texts, bytes, null; yes and no are 1 and 0.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol

from tracer.domain.errors import BackupRejected, StoreUnavailable

Row = tuple[Any, ...]
_LENGTHS = struct.Struct(">II")
_MOST = 1 << 28  # of a frame, twice: more than any may have
_written = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class Source(Protocol):
    """What frames are read from."""

    def read(self, count: int) -> bytes:
        """Exactly so many bytes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one table, in the order of the columns named."""

    table: str
    columns: tuple[str, ...]
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class End:
    """After all rows: how many there were of each table."""

    counts: Mapping[str, int]


def table_frame(name: str, columns: Sequence[str]) -> bytes:
    """The rows that follow are of this table."""
    return _frame({"table": name, "columns": list(columns)}, b"")


def rows_frame(name: str, columns: Sequence[tuple[str, bool]], rows: Sequence[Row]) -> bytes:
    """A batch of rows; `columns` with whether each is one of bytes. Raises StoreUnavailable for what is none."""
    values: list[Any] = []
    blobs: list[bytes] = []
    for (column, is_bytes), cells in zip(columns, zip(*rows, strict=True), strict=True):
        if not is_bytes:
            values.append(cells)
            continue
        there = [cell for cell in cells if cell is not None]
        if not all(isinstance(cell, bytes) for cell in there):
            raise StoreUnavailable(f"{name}.{column} holds something else than it may: the database is damaged")
        values.append({"lengths": [None if cell is None else len(cell) for cell in cells]})
        blobs += there
    try:
        return _frame({"rows": len(rows), "values": values}, b"".join(blobs))
    except TypeError as error:
        raise StoreUnavailable(f"{name} holds something else than it may: the database is damaged") from error


def end_frame(counts: Mapping[str, int]) -> bytes:
    """All rows came."""
    return _frame({"end": dict(counts)}, b"")


def read_frames(source: Source) -> Iterator[Batch | End]:
    """What was written, up to its end; raises BackupRejected where it is none of this."""
    table = ""
    columns: tuple[str, ...] = ()
    while True:
        lengths = _LENGTHS.unpack(source.read(_LENGTHS.size))
        if max(lengths) > _MOST:
            raise BackupRejected("the backup holds a frame that no program of ours wrote")
        told, content = json.loads(source.read(lengths[0])), source.read(lengths[1])
        match told:
            case {"table": str() as table, "columns": list() as named}:
                columns = tuple(str(name) for name in named)
                yield Batch(table, columns, [])
            case {"rows": int() as count, "values": list() as values} if len(values) == len(columns):
                yield Batch(table, columns, _rows(values, content, count))
            case {"end": dict() as counts}:
                yield End(counts)
                return
            case _:
                raise BackupRejected("the backup holds a frame that this program does not know")


def _rows(values: Sequence[Any], content: bytes, count: int) -> list[Row]:
    place = 0
    cells: list[Sequence[Any]] = []
    for column in values:
        if isinstance(column, dict):
            lengths = column["lengths"]
            ends = list(accumulate((length or 0 for length in lengths), initial=place))
            pairs = zip(lengths, ends, strict=False)
            cells.append([None if length is None else content[at : at + length] for length, at in pairs])
            place = ends[-1]
        else:
            cells.append(column)
    rows = list(zip(*cells, strict=True))
    if len(rows) != count or place != len(content):
        raise BackupRejected("a batch of the backup has not the rows that it says")
    return rows


def batches(rows: Iterable[Row], most: int) -> Iterator[list[Row]]:
    """Rows in groups, each ended by the row that brings it to `most` bytes or more."""
    batch: list[Row] = []
    weight = 0
    for row in rows:
        batch.append(row)
        weight += sum(len(cell) if isinstance(cell, (bytes, str)) else 8 for cell in row)
        if weight >= most:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def _frame(told: Mapping[str, Any], content: bytes) -> bytes:
    text = _written(told).encode("ascii")
    if max(len(text), len(content)) > _MOST:
        raise StoreUnavailable(
            f"a row of {max(len(text), len(content)):,} bytes is in the database, and a backup takes at most {_MOST:,} "
            "at once: it could not be restored. Nothing of Tracer writes such a row; find out what did"
        )
    return _LENGTHS.pack(len(text), len(content)) + text + content
