"""Caller ids as networks send them: a name in any encoding and a number, `"Name" <number>`."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"<([^<>]*)>\s*$")
_CHINESE = re.compile(rb"(?:[\x00-\x7f]|[\x81-\xfe][\xa1-\xfe])*")


def number_in(clid: str) -> str:
    """The number of a caller id, empty where it has none."""
    found = _NUMBER.search(clid)
    return found[1] if found else ""


def mended(text: str) -> str:
    """A field that was read as UTF-8 with surrogateescape: what was none is GB 18030 if all of it can be, else Latin-1.

    Bytes of Latin-1 letters mostly stand alone between ASCII, those of Chinese characters in pairs.
    """
    raw = text.encode("utf-8", "surrogateescape")
    for encoding in ("utf-8", "gb18030") if _CHINESE.fullmatch(raw) else ("utf-8",):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")
