"""Which characters no text of a request may hold."""

from __future__ import annotations

import re

_NEVER = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def holds_control(text: str) -> bool:
    """Whether a text holds control characters or half a character; a NUL would be an error of the database's driver.

    Invisible ones, such as zero-width joiners, are parts of words: an id or a tag may hold them.
    """
    return _NEVER.search(text) is not None
