"""Ordinary people's English names as heard: what a heard word is worth when it is none of ours."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.latin.misheard import (
    ABBREVIATED,
    LETTERS,
    WordTable,
    letter_confusion,
    letter_number,
)
from tracer.domain.codebook.latin.sounds import latin_words
from tracer.domain.codebook.repertoire import given_words, initials, surnames

Floats = NDArray[np.float64]

LOCALES = ("en_US", "en_GB")
"""Whose lists the ordinary names are drawn from, in equal shares."""

UNLISTED_LAST, UNLISTED_FIRST = 0.4, 0.1
"""Shares of ordinary last and first names that no list of ours has."""

CHOICES, LENGTHS = 6.0, 0.1
"""How many letters, on average, may stand at a place of an unlisted name; share of its length among all."""

_UNLISTED = np.array([UNLISTED_LAST, UNLISTED_FIRST, UNLISTED_FIRST])
_HARDLY_ANY = 1e-5  # share added to both genders, so that a list's silence is no proof
_LONGEST = 24  # letters from which on a longer word is no rarer, so that no product vanishes


class OrdinaryWord(NamedTuple):
    """P(word typed | an ordinary last name, woman's first name, man's first name)."""

    last: float
    female: float
    male: float


def unlisted_word(word: str) -> float:
    """P(word | a name on no list), which falls with its length: `LENGTHS / CHOICES ** letters`."""
    if len(word) < 2:
        return ABBREVIATED / LETTERS
    return LENGTHS * CHOICES ** -min(len(word), _LONGEST)


@lru_cache(maxsize=32768)
def ordinary_word(word: str) -> OrdinaryWord:
    """P(lower-case word typed | an ordinary name), by gender of a first name."""
    table, listed = _listed()
    numbers, p = table.heard(word)
    return OrdinaryWord(*((1 - _UNLISTED) * (listed[:, numbers] @ p) + _UNLISTED * unlisted_word(word)).tolist())


@lru_cache(maxsize=1)
def _listed() -> tuple[WordTable, Floats]:
    """All words of the repertoire, and the shares of each, shape (3, words): last, female, male."""
    table = WordTable()
    lists = [
        [
            (np.array([table.number("".join(latin_words(word))) for word in source.words]), source.weights)
            for source in some
        ]
        for some in (
            [surnames(locale) for locale in LOCALES],
            [given_words(locale, "female") for locale in LOCALES],
            [given_words(locale, "male") for locale in LOCALES],
        )
    ]
    listed = np.zeros((len(lists), len(table)))
    for row, sources in zip(listed, lists, strict=True):
        for numbers, weights in sources:
            np.add.at(row, numbers, weights / len(sources))
    return table, listed


@lru_cache(maxsize=32768)
def male_share(first: str) -> float:
    """P(male | a lower-case first name as spelled), one half for one on no list."""
    table, listed = _listed()
    number = table.find(first)
    if number < 0:
        return 0.5
    female, male = (listed[1:, number] + _HARDLY_ANY).tolist()
    return float(male / (female + male))


@lru_cache(maxsize=1)
def ordinary_letter() -> Floats:
    """P(letter typed | an ordinary middle initial), shape (26,)."""
    said = np.zeros(LETTERS)
    for middle in map(initials, LOCALES):
        np.add.at(said, [letter_number(letter.lower()) for letter in middle.words], middle.weights / len(LOCALES))
    heard: Floats = letter_confusion() @ said
    heard.setflags(write=False)
    return heard
