"""Words of the trade that speech recognition or a hurried hand wrote with other characters of the same sound."""

from __future__ import annotations

import re

from tracer.domain.transcript.patterns import table
from tracer.domain.transcript.plain import Plain

_SPELLINGS = table("misheard", "spellings")
_WORDS = [(re.compile(spelling), word) for word, spelling in _SPELLINGS.items()]


def spelled(text: Plain) -> Plain:
    """The text with such words as they are meant."""
    for pattern, word in _WORDS:
        text = text.rewritten(pattern, lambda found, word=word: word)  # type: ignore[misc]  # a default in a lambda
    return text
