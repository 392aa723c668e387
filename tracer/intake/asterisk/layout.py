"""Which column of a row is which, and whether a file is one of Asterisk's at all.

cdr_csv writes no header. Sixteen columns always, then those that cdr.conf switches on: uniqueid (loguniqueid),
userfield (loguserfield), and peeraccount, linkedid and sequence together (newcdrcolumns). So rows have 16 to 21.
cdr_custom writes what its mapping says; a file that an export made of a cdr table has a header.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence

from tracer.domain.errors import InvalidValue

ALWAYS = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags"),
)
NEWER = ("peeraccount", "linkedid", "sequence")
KNOWN = frozenset((*ALWAYS, "uniqueid", "userfield", *NEWER, "calldate"))
NEEDED = ("src", "dst", "start", "disposition")
DISPOSITIONS = frozenset(("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION"))
_AMA_FLAGS = frozenset(("DOCUMENTATION", "BILLING", "OMIT", "IGNORE", "UNKNOWN", "DEFAULT", "BILL", ""))
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?", re.ASCII)
_UNIQUE_ID = re.compile(r"(?:.+-)?\d{5,}\.\d+", re.ASCII)
_HEAD = 4_096
Names = tuple[str, ...]


def names_of(row: Sequence[str]) -> Names | None:
    """The names of a cdr_csv row's columns, None where it cannot be one."""
    more = len(row) - len(ALWAYS)
    newer = NEWER if more >= len(NEWER) else ()
    switched = more - len(newer)
    if not 0 <= switched <= 2:
        return None
    if switched == 1:
        one = "uniqueid" if _UNIQUE_ID.fullmatch(row[len(ALWAYS)]) else "userfield"
        return (*ALWAYS, one, *newer)
    return (*ALWAYS, *("uniqueid", "userfield")[:switched], *newer)


def header_names(row: Sequence[str]) -> Names | None:
    """The names where a row is the header of an exported cdr table (its `calldate` is the start), else None."""
    names = tuple("start" if name.strip().lower() == "calldate" else name.strip().lower() for name in row)
    return names if set(NEEDED) <= set(names) else None


def mapped_names(columns: Mapping[str, str]) -> Names | None:
    """The names where the user gave the order of a cdr_custom file: position from 1, to Asterisk's name of it.

    None where nothing was given. Raises InvalidValue for a bad position, or where one that is needed is missing.
    """
    if not columns:
        return None
    places = {}
    for place, name in columns.items():
        if not (place.isascii() and place.isdecimal() and 1 <= int(place[:4]) <= 200 and len(place) < 4):
            raise InvalidValue("columns", place, "positions from 1, as in 2=src, 3=dst, 10=start, 15=disposition")
        places[int(place)] = "start" if name.strip().lower() == "calldate" else name.strip().lower()
    if missing := [name for name in NEEDED if name not in places.values()]:
        raise InvalidValue("columns", ", ".join(places.values()), f"{', '.join(missing)} as well")
    return tuple(places.get(place, f"column {place}") for place in range(1, max(places) + 1))


def looks_like_records(name: str, head: bytes) -> bool:
    """Whether the head of a file is of cdr_csv, or of an export with a header: every row of it must be."""
    lines = head.split(b"\n")
    if len(head) >= _HEAD:
        lines.pop()
    rows = rows_of(line.decode("utf-8", "replace") for line in lines if line.strip())
    if rows and header_names(rows[0]):
        return True
    return bool(rows) and all(_is_record(row) for row in rows)


def rows_of(lines: Iterable[str]) -> list[list[str]]:
    """The fields of each line, by itself: a quote that is never closed harms no other."""
    try:
        return [next(csv.reader((line.rstrip("\r\n"),)), []) for line in lines]
    except csv.Error:
        return []


def _is_record(row: Sequence[str]) -> bool:
    names = names_of(row)
    if names is None:
        return False
    told = dict(zip(names, row, strict=True))
    return (
        told["disposition"] in DISPOSITIONS
        and told["amaflags"].upper() in _AMA_FLAGS
        and all(told[one].isdecimal() for one in ("duration", "billsec"))
        and _TIME.fullmatch(told["start"]) is not None
        and all(not told[one] or _TIME.fullmatch(told[one]) for one in ("answer", "end"))
    )
