"""Cantonese as it is typed, put in the words the rules know."""

from __future__ import annotations

import re

from tracer.domain.transcript.patterns import table
from tracer.domain.transcript.plain import Plain

_IS_CANTONESE = re.compile("[嘅喺佢咗哋唔俾畀乜嘢嗰𠮶啲冇咁喇㗎嚟咪]")
_WORDS = table("cantonese", "words")
_WORD = re.compile("|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True)))


def in_mandarin(text: Plain) -> Plain:
    """The text with Cantonese function words in Mandarin; a text without any stays as it is."""
    if len(_IS_CANTONESE.findall(text.text)) < 2:
        return text
    return text.rewritten(_WORD, lambda found: _WORDS[found[0]])
