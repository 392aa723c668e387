"""Owned telephone numbers and the lines on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NumberKind(StrEnum):
    """What an owned number is."""

    SIM = "sim"
    LANDLINE = "landline"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """What is dialled: a base number in E.164 form and, where it has one, an extension (digits)."""

    number: str
    extension: str | None = None

    @property
    def text(self) -> str:
        """`+442079460016` or `+442079460016;ext=0042`, the form files and commands use."""
        return self.number if self.extension is None else f"{self.number};ext={self.extension}"

    def covers(self, other: Line) -> bool:
        """Whether it is the other line, or its base number with the extension left out."""
        return self in {other, Line(other.number)}

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class OwnedNumber:
    """A base number in the pool. `extension_digits` None: shared by all canaries put on it."""

    number: str
    kind: NumberKind
    extension_digits: int | None = None
    owned_from: datetime | None = None
    owned_until: datetime | None = None
    notes: str = ""
    test_line: bool = False
