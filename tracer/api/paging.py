"""Cursors: where a page ended, as a text that means nothing to anybody else."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from fastapi import Request

from tracer.api.texts import holds_control
from tracer.domain.errors import InvalidValue

_VERSION = 1
_EXPECTED = "the next_cursor of an earlier page"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place after which a page begins (empty at the start), bound to the query it belongs to."""

    query: str
    after: Sequence[int | str]

    def next(self, after: Sequence[int | str] | None) -> str | None:
        """The cursor of the next page, None at the end."""
        if after is None:
            return None
        text = json.dumps([_VERSION, self.query, list(after)], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(request: Request, text: str, *kinds: type) -> Cursor:
    """The cursor of a request; `kinds` are the types of its place's parts.

    Raises InvalidValue for one that is damaged, of another version, or of another query.
    """
    query = _mark(request)
    if not text:
        return Cursor(query, ())
    try:
        version, mark, after = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise InvalidValue("cursor", text, _EXPECTED, "Copy it whole, or begin without one") from None
    if version != _VERSION or not isinstance(after, list) or [type(part) for part in after] != list(kinds):
        raise InvalidValue("cursor", text, _EXPECTED, "Another version of the program made it: begin without one")
    if any(abs(part) >= 2**63 if isinstance(part, int) else holds_control(part) for part in after):
        raise InvalidValue("cursor", text, _EXPECTED, "Copy it whole, or begin without one")
    if mark != query:
        raise InvalidValue("cursor", text, _EXPECTED, "It belongs to other filters: keep them, or begin without one")
    return Cursor(query, after)


def _mark(request: Request) -> str:
    filters = sorted(
        (key, value) for key, value in request.query_params.multi_items() if key not in {"cursor", "limit"}
    )
    return sha256(json.dumps([request.url.path, filters]).encode()).hexdigest()[:16]


def page(records: Sequence[Mapping[str, Any]], next_cursor: str | None) -> dict[str, Any]:
    """A page as it is answered."""
    return {"items": list(records), "next_cursor": next_cursor}
