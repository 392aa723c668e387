"""What services refuse with, read in the visitor's language.

A refusal that fits none of the phrases is shown as it was written, in English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import Request

from tracer.domain.errors import InvalidRecord, TracerError
from tracer.web.access_phrases import ACCESS_PHRASES
from tracer.web.incoming_phrases import INCOMING_PHRASES
from tracer.web.notice_phrases import NOTICE_PHRASES
from tracer.web.page import translate
from tracer.web.refusal_phrases import PHRASES
from tracer.web.refusal_words import WORDS
from tracer.web.sealed_phrases import SEALED_PHRASES
from tracer.web.telephony_phrases import TELEPHONY_PHRASES

_PLACE = re.compile(r"%\(\w+\)s")
_MOST_SAID_FIRST = sorted(
    [*PHRASES, *INCOMING_PHRASES, *ACCESS_PHRASES, *SEALED_PHRASES, *TELEPHONY_PHRASES, *NOTICE_PHRASES],
    key=lambda phrase: -len(_PLACE.sub("", phrase.text)),
)
"""Of two phrases that fit, the one that leaves less to its places."""
_SENTENCE = re.compile(r"(?<=\.) ")
_WORDS_OF = frozenset(("noun", "state", "nature", "kind", "what"))
_TEXTS_OF = frozenset(("hint", "difference", "expected", "why", "problem"))


def in_words(request: Request, text: str) -> str:
    """A refusal in the visitor's language, as far as it is known there."""
    whole = _translated(request, text)
    if whole is not None:
        return whole
    parts = [(_translated(request, part.removesuffix(".")), part) for part in _SENTENCE.split(text)]
    said = " ".join(part if known is None else _ended(known, part) for known, part in parts)
    return said.replace("。 ", "。")


def told(request: Request, error: TracerError) -> str:
    """A refusal as a whole, in the visitor's language."""
    if isinstance(error, InvalidRecord):
        return "; ".join(in_words(request, str(one)) for one in error.problems)
    return in_words(request, str(error))


def in_word(request: Request, word: str) -> str:
    """A noun, state or kind in the visitor's language; any other word as it is."""
    return translate(request, WORDS[word]) if word in WORDS else word


def _translated(request: Request, text: str) -> str | None:
    for phrase in _MOST_SAID_FIRST:
        found = phrase.pattern.fullmatch(text)
        if found:
            return phrase.filled(translate(request, phrase.text), _values(request, found.groupdict()))
    return None


def _values(request: Request, found: Mapping[str, str]) -> dict[str, str]:
    """What stands in the places of a phrase: words and whole texts are read in the visitor's language as well."""
    values = dict(found)
    for name, value in found.items():
        if name in _WORDS_OF:
            values[name] = in_word(request, value)
        elif name in _TEXTS_OF:
            values[name] = in_words(request, value)
    return values


def _ended(known: str, part: str) -> str:
    """A sentence with its end: what came with a full stop has one."""
    if not part.endswith("."):
        return known
    return known + ("。" if "\u4e00" <= known[-1] <= "\u9fff" or known[-1] in "”）" else ".")
