"""Ordinary people's names as heard: what a heard name is worth when it is none of ours."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.phonetics import latin_key, syllable_of
from tracer.domain.codebook.repertoire import GENDERS, Words, given_words, surnames
from tracer.domain.codebook.syllables import SYLLABLES, log_confusion

Floats = NDArray[np.float64]

SHAPES: tuple[tuple[int, int, float], ...] = ((1, 2, 0.85), (1, 1, 0.14), (2, 2, 0.01))
"""Syllables of surname and given name, and their share: 14% of real names have two characters."""

UNLISTED = 0.1
"""Share of ordinary name parts that no list of ours has."""

UNLISTED_LATIN_WORD = 2e-5
"""Probability of one such Latin word: about as rare as the rarest listed."""


def _heard(words: Words, *, surname: bool) -> Floats:
    said = np.full(len(SYLLABLES), UNLISTED / len(SYLLABLES))
    for word, weight in zip(words.words, words.weights.tolist(), strict=True):
        syllable = syllable_of(word, surname=surname)
        said[syllable] += (1 - UNLISTED) * weight
    return np.asarray(np.log(np.exp(log_confusion()) @ said))


@lru_cache(maxsize=1)
def log_heard_surname() -> Floats:
    """log P(syllable heard) of an ordinary Chinese surname, shape (410,)."""
    return _heard(surnames("zh_CN"), surname=True)


@lru_cache(maxsize=1)
def log_heard_given() -> Floats:
    """log P(syllable heard) at a place of an ordinary Chinese given name, shape (410,)."""
    halves = [_heard(given_words("zh_CN", gender), surname=False) for gender in GENDERS]
    return np.asarray(np.logaddexp(*halves) - np.log(2))


@lru_cache(maxsize=2)
def latin_parts(*, last: bool) -> tuple[dict[str, float], dict[str, float]]:
    """Probabilities of lower-case words and of their sound keys: English last or first names."""
    lists = (
        [surnames(x) for x in ("en_US", "en_GB")]
        if last
        else [given_words(x, g) for x in ("en_US", "en_GB") for g in GENDERS]
    )
    words: dict[str, float] = {}
    keys: dict[str, float] = {}
    for source in lists:
        for word, weight in zip(source.words, source.weights.tolist(), strict=True):
            share = weight * (1 - UNLISTED) / len(lists)
            words[word.casefold()] = words.get(word.casefold(), 0.0) + share
            key = latin_key(word.casefold())
            keys[key] = keys.get(key, 0.0) + share
    return words, keys
