"""What was found in a text, and what is known of the orders it may be about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Mention(NamedTuple):
    """A value of a field said at [start, end) of the plain text; `p`: how sure that it is of this field.

    An empty value: the field was named as known without its value ("he knew my address").
    """

    field: str
    start: int
    end: int
    value: str
    p: float


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order that a text may be about: what is true of it; empty or None where it is not known."""

    name: str = ""
    gender: str = ""
    phone: str = ""
    alias: str = ""
    address: str = ""
    item: str = ""
    price: str = ""
    order_no: str = ""
    waybill_no: str = ""
    account: str = ""
    placed_at: datetime | None = None


def nearest(cues: re.Pattern[str], left: str, right: str, *, right_costs: float = 1.0) -> tuple[str, float]:
    """The kind (group name) of the cue nearest to a place between two texts and its distance; ("", inf) for none."""
    best, kind = float("inf"), ""
    for found in cues.finditer(left):
        distance: float = len(left) - found.end()
        if distance <= best:
            best, kind = distance, found.lastgroup or ""
    for found in cues.finditer(right):
        distance = found.start() * right_costs + 0.5
        if distance < best:
            best, kind = distance, found.lastgroup or ""
    return kind, best
