"""English first and last names, and the words that ask for one."""

from __future__ import annotations

from functools import lru_cache

from tracer.domain.codebook.repertoire import GENDERS, given_words, surnames
from tracer.domain.transcript.patterns import words

ASKING_BEFORE = frozenset(
    [
        "is this",
        "is that",
        "is it",
        "am i",
        "speaking",
        "speak",
        "talk",
        "talking",
        "looking",
        "asking",
        "asked",
        "asks",
        "are you",
        "do i have",
        "have i",
        "calling for",
        "called me",
        "knew i was",
        "reached",
        "addressed",
        "recipient",
        "name",
    ]
)
SURE_BEFORE = frozenset(
    [
        "is this",
        "is that",
        "am i speaking to",
        "am i speaking with",
        "am i talking to",
        "am i talking with",
        "speaking to",
        "speaking with",
        "speak to",
        "speak with",
        "talk to",
        "talking to",
        "looking for",
        "asking for",
        "do i have",
    ]
)
_MORE_FIRST = words("latin_lists", "first")
_MORE_LAST = words("latin_lists", "last")


@lru_cache(maxsize=1)
def first_names() -> frozenset[str]:
    """First names of the lists, in lower case."""
    listed = (given_words(locale, gender).words for gender in GENDERS for locale in ("en_US", "en_GB"))
    return _MORE_FIRST | {word.lower() for some in listed for word in some}


@lru_cache(maxsize=1)
def last_names() -> frozenset[str]:
    """Last names of the lists, in lower case."""
    return _MORE_LAST | {word.lower() for locale in ("en_US", "en_GB") for word in surnames(locale).words}
