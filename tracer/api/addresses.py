"""Where the API lives, and each thing in it."""

from __future__ import annotations

from urllib.parse import quote

V1 = "/api/v1"


def address_of(nouns: str, subject_id: str) -> str:
    """The path of one thing; an id may hold what a path may not."""
    return f"{V1}/{nouns}/{quote(subject_id, safe='')}"
