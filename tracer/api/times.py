"""Times in queries."""

from __future__ import annotations

from datetime import datetime

from tracer.domain.columns import parse_time


def time_or_none(text: str, field: str) -> datetime | None:
    """The time of a parameter, None for an empty one; raises InvalidValue."""
    return parse_time(text, field) if text else None
