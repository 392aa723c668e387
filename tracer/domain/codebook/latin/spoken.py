"""A typed text as an English name that was spoken: its words in order, without what is said around a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tracer.domain.codebook.latin.sounds import SUFFIXES, TITLES, folded, join_particles, without_suffixes

LETTER_NAMES = {
    "bee": "b", "be": "b", "see": "c", "cee": "c", "dee": "d", "ef": "f", "gee": "g", "jee": "g", "aitch": "h",
    "haitch": "h", "eye": "i", "jay": "j", "kay": "k", "el": "l", "ell": "l", "em": "m", "en": "n", "oh": "o",
    "pea": "p", "pee": "p", "cue": "q", "queue": "q", "ar": "r", "are": "r", "es": "s", "ess": "s", "tea": "t",
    "tee": "t", "you": "u", "vee": "v", "ex": "x", "why": "y", "zed": "z", "zee": "z",
}  # fmt: skip
"""Names of letters as somebody writes them who takes a middle initial for a word."""

_LONGEST, _MOST_WORDS = 160, 8


@dataclass(frozen=True, slots=True)
class LatinSpoken:
    """A typed Latin name.

    `words` are in lower case, first name first where the text tells, at least one; `titled` whether
    a title stood beside them, `gender` the one that it tells, "" where none.
    """

    words: tuple[str, ...]
    titled: bool = False
    gender: str = ""


_NO_NAMES = frozenset(["hello", "hi", "hey", "yes", "yeah", "um", "uh", "sorry", "please"])
_OPENINGS = (
    "hello", "hi", "hi there", "hey", "yes", "yeah", "um", "uh", "sorry", "please", "dear", "attention", "for",
    "good (?:morning|afternoon|evening|day)", "excuse me", "is (?:this|that|it)", "(?:this|that|it|he|she) is", "is",
    "its", "thats", "are you", "you are", "youre", "am i (?:speaking|talking) (?:to|with)", "do i have",
    "(?:may|can|could) i (?:please )?(?:speak|talk) (?:to|with)", "(?:id|i would) like to (?:speak|talk) (?:to|with)",
    "(?:im |i am )?(?:looking|calling|asking) for", "(?:(?:a|the|your) )?(?:parcel|package|delivery|order) (?:for|to)",
    "(?:(?:my|your|the|his|her) )?name is",
)  # fmt: skip
_CLOSINGS = (
    "there", "here", "available", "at home", "speaking", "please", "thanks", "thank you", "on the (?:line|phone)",
    "is(?:nt| that) it", ", right", ", correct", ", yes", ", is that right",
)  # fmt: skip
_OPENING = re.compile(f"^(?:(?:, )*(?:{'|'.join(_OPENINGS)})(?: ,)* (?=[^ ,]))+")
_CLOSING = re.compile(f"(?:(?: ,)* (?:{'|'.join(_CLOSINGS)}))+$")
_PIECE = re.compile("[a-z]+|[,，]|" + "|".join(title for title in TITLES if not title.isascii()))


@lru_cache(maxsize=32768)
def latin_reading(text: str) -> LatinSpoken | None:
    """A typed text as a name in Latin script; None when it has no word beside titles and phrases.

    A comma puts the last name first (`Smith, David`), unless nothing but a phrase is before or after.
    """
    pieces = " ".join(_PIECE.findall(folded(text[:_LONGEST]))).replace("，", ",").strip(" ,")
    name, titles = _without_titles(_CLOSING.sub("", _OPENING.sub("", pieces)).split())
    before, after = _at_comma(name)
    words = (*join_particles(after), *join_particles(without_suffixes(before)))[:_MOST_WORDS]
    if _NO_NAMES.issuperset(words):
        return None
    genders = {TITLES[title] for title in titles}
    return LatinSpoken(words, bool(titles), genders.pop() if len(genders) == 1 else "")


def _without_titles(pieces: list[str]) -> tuple[list[str], list[str]]:
    """The pieces and the titles among them; `and` between titles goes with them."""
    titles = [piece for piece in pieces if piece in TITLES]
    kept = [piece for piece in pieces if piece not in TITLES]
    return [piece for piece in kept if piece != "and"] if len(titles) > 1 else kept, titles


def _at_comma(pieces: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    comma = pieces.index(",") if "," in pieces else len(pieces)
    return tuple(pieces[:comma]), tuple(piece for piece in pieces[comma:] if piece != "," and piece not in SUFFIXES)


def spoken_letter(word: str) -> str:
    """The letter meant by a word heard between first and last name: `kay` → k, `em` → m, `kate` → k."""
    return LETTER_NAMES.get(word, word[:1])
