"""Tags and notes, which people add to a record."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.domain.columns import Columns, parse_list
from tracer.domain.errors import InvalidValue


def check_annotations(tags: Sequence[str], notes: str = "") -> None:
    """Raise InvalidValue or InvalidRecord where tags or notes could not stand in a record."""
    for tag in tags:
        if parse_list(tag) != (tag,):
            raise InvalidValue("tag", tag, "one word without blanks or commas", "Give each tag by itself")
    columns = Columns({"tags": " ".join(tags), "notes": notes})
    columns.text("tags")
    columns.text("notes")
    columns.finish()
