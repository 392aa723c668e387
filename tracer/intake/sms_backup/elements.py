"""The rows of a backup, one at a time: its XML is parsed as it is read, and no tree is built.

A row is a `call`, an `sms`, or an `mms` with what its `part`s and `addr`s say. DTDs and entities are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from tracer.intake.sms_backup.mend import mended

ROOTS = ("calls", "smses")
_ROWS = ("call", "sms", "mms")
_LARGEST_ROW = 128 << 20
"""Bytes: a picture sent by MMS has a few hundred thousand, and stands in one attribute."""


@dataclass(slots=True)
class Element:
    """A row: its tag, its attributes, the line of the file, and of an MMS its parts and addresses."""

    tag: str
    told: Mapping[str, str]
    line: int
    parts: list[Mapping[str, str]] = field(default_factory=list)
    addresses: list[Mapping[str, str]] = field(default_factory=list)


class BackupBroken(Exception):
    """The file could be read no further: `line`, and why."""

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(reason)


class _Rows:
    """What the parser tells, gathered into rows; they are taken out of `ready` as they come."""

    def __init__(self) -> None:
        self.ready: list[Element] = []
        self.count: str | None = None
        self.line: Callable[[], int] = lambda: 1
        self._root = ""
        self._open: Element | None = None

    def start(self, tag: str, told: dict[str, str]) -> None:
        if not self._root:
            self._root = tag
            self.count = told.get("count")
            if tag not in ROOTS:
                raise BackupBroken(self.line(), f"expected <calls> or <smses>, got <{tag[:40]}>")
        elif self._open is None and tag in _ROWS:
            self._open = Element(tag, told, self.line())
        elif self._open is not None and tag == "part":
            told.pop("data", None)  # pictures and voices stay in the backup
            self._open.parts.append(told)
        elif self._open is not None and tag == "addr":
            self._open.addresses.append(told)

    def end(self, tag: str) -> None:
        if self._open is not None and tag == self._open.tag:
            self.ready.append(self._open)
            self._open = None

    def close(self) -> None:
        """As the parser wants it."""


def elements(file: IO[bytes]) -> Iterator[Element | int]:
    """The rows, and at the end the number of rows that the file itself says it has, where it says one.

    Raises BackupBroken, after the rows that could be read.
    """
    rows = _Rows()
    parser = DefusedXMLParser(target=rows, forbid_dtd=True)
    rows.line = lambda: int(parser.parser.CurrentLineNumber)
    since = 0
    reason = ""
    try:
        for block in mended(file):
            parser.feed(block)
            since = 0 if rows.ready else since + len(block)
            yield from rows.ready
            rows.ready.clear()
            if since > _LARGEST_ROW:
                raise BackupBroken(rows.line(), f"a row of more than {_LARGEST_ROW >> 20} MB")
        parser.close()
    except ParseError as error:
        reason = (
            f"not XML from here on ({str(error).partition(':')[0]}): it was cut off or changed. Make the backup again"
        )
    except DefusedXmlException:
        reason = "it declares a document type or entities, which the app never does"
    except (ValueError, LookupError) as error:  # an encoding that nobody knows
        reason = f"not readable as XML: {str(error)[:80]}"
    except BackupBroken as broken:
        reason = broken.reason
    yield from rows.ready
    if reason:
        raise BackupBroken(rows.line(), reason)
    if rows.count is not None and rows.count.strip().isdecimal():
        yield int(rows.count[:12])
