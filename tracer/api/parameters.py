"""Parameters that several operations take."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query

from tracer.domain.columns import parse_time

MOST = 200
LimitParameter = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
CursorParameter = Annotated[
    str, Query(max_length=1_000, description="`next_cursor` of the page before, with the same filters.")
]
Moment = Annotated[str, Query(max_length=64, description="ISO 8601 with offset.")]
Tag = Annotated[str, Query(max_length=200, description="Only those that bear this tag.")]
Reveal = Annotated[bool, Query(description="Show names and numbers, which the journal notes, where you may see them.")]


def time_or_none(text: str, field: str) -> datetime | None:
    """The time of a parameter, None for an empty one; raises InvalidValue."""
    return parse_time(text, field) if text else None
