"""P(word typed | English word said): as spelled, by sound, or as an initial alone.

What is left, `ANYTHING`, is typed as any word; callers add it, since they know what words there are.
The shares are assumptions: no corpus of misheard names exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import exp

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.latin.sounds import (
    INITIAL_CLASSES,
    NEAR_DISTANCE,
    SECONDARY,
    blended,
    key_distance,
    near_keys,
    rough_key,
    vowel_distance,
    vowel_skeleton,
    word_keys,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SAME_SPELLING, SAME_SOUND, ANYTHING = 0.80, 0.18, 0.02
"""Shares of words typed as spelled, by their sound in some spelling, and as any word at all."""

SPELLINGS = 6.0
"""How many spellings of one sound a typist has to choose from."""

STEEPNESS = 17.0
"""How fast likelihood falls with similarity (nats): to a thirtieth at 0.8, an edit in a key of four consonants."""

ABBREVIATED = 0.02
"""Share of words of which only the initial is said."""

SAME_LETTER, SAME_LETTER_CLASS, ANY_LETTER = 0.85, 0.1, 0.05
"""Shares of a said letter typed as itself, as another of its class (sounds.py), and as any letter."""

LETTERS = 26
_KNOWN_WORDS = 4096
_ROUGH_FROM = 3  # consonants: several slips in fewer leave nothing to know a word by


def letter_number(letter: str) -> int:
    """0 for a to 25 for z (lower case)."""
    return ord(letter) - ord("a")


@lru_cache(maxsize=1)
def letter_confusion() -> Floats:
    """P(letter heard | letter said), shape (26, 26): rows heard, columns said; each column sums to one."""
    kin = np.zeros((LETTERS, LETTERS))
    for members in INITIAL_CLASSES:
        places = [letter_number(letter) for letter in members.lower()]
        kin[np.ix_(places, places)] = 1.0
    itself = np.eye(LETTERS)
    kin -= itself
    others = kin.sum(axis=0)
    p: Floats = ANY_LETTER / LETTERS + itself * (SAME_LETTER + SAME_LETTER_CLASS * (others == 0))
    p += SAME_LETTER_CLASS * kin / np.maximum(others, 1)
    p.setflags(write=False)
    return p


class WordTable:
    """Different words, numbered as they come, found by how they sound."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._by_key: dict[str, list[tuple[int, bool]]] = {}  # with whether it is the secondary key
        self._by_rough_key: dict[str, list[int]] = {}
        self._primary: list[str] = []
        self._vowels: list[str] = []
        self._initials: list[int] = []
        self._heard: dict[str, tuple[Ints, Floats]] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def words(self) -> tuple[str, ...]:
        """The words by number."""
        return tuple(self._numbers)

    def find(self, word: str) -> int:
        """The number of a word, -1 when it is not here."""
        return self._numbers.get(word, -1)

    def number(self, word: str) -> int:
        """The number of a lower-case word, new if it is; -1 for an empty one."""
        number = self._numbers.get(word, -1)
        if number >= 0 or not word:
            return number
        number = self._numbers[word] = len(self._numbers)
        primary, secondary = word_keys(word)
        self._by_key.setdefault(primary, []).append((number, False))
        if secondary != primary:
            self._by_key.setdefault(secondary, []).append((number, True))
        self._by_rough_key.setdefault(rough_key(primary), []).append(number)
        self._primary.append(primary)
        self._vowels.append(vowel_skeleton(word))
        self._initials.append(letter_number(word[0]))
        self._heard.clear()
        return number

    def heard(self, word: str) -> tuple[Ints, Floats]:
        """Numbers of the words that a typed lower-case word may have been, and P(typed | each), without `ANYTHING`."""
        known = self._heard.get(word)
        if known is None:
            if len(self._heard) >= _KNOWN_WORDS:
                self._heard.clear()
            p = self._abbreviated(word) if len(word) == 1 else self._sounding(word)
            same = self._numbers.get(word)
            if same is not None:
                p[same] = p.get(same, 0.0) + SAME_SPELLING
            known = np.array(list(p), dtype=np.int64), np.array(list(p.values()))
            self._heard[word] = known
        return known

    def _abbreviated(self, letter: str) -> dict[int, float]:
        share = (ABBREVIATED * letter_confusion()[letter_number(letter)]).tolist()
        return {number: share[initial] for number, initial in enumerate(self._initials)}

    def _sounding(self, word: str) -> dict[int, float]:
        vowels = vowel_skeleton(word)
        share = SAME_SOUND / SPELLINGS
        return {
            number: share * exp(STEEPNESS * (blended(distance, vowel_distance(vowels, self._vowels[number])) - 1))
            for number, distance in self._near(word).items()
        }

    def _near(self, word: str) -> dict[int, float]:
        """Words that sound near this one, and the least distance of their keys."""
        keys = word_keys(word)
        found = dict(self._slight_slips(keys[0]))
        for place, key in enumerate(dict.fromkeys(keys)):
            alike = [(near, distance) for near, distance in near_keys(key) if near in self._by_key]
            for near, distance in alike:
                for number, secondary in self._by_key[near]:
                    cost = distance + SECONDARY * (secondary or place > 0)
                    if cost < found.get(number, 2.0):
                        found[number] = cost
        return found

    def _slight_slips(self, key: str) -> Iterator[tuple[int, float]]:
        """Words whose primary key is one or more slight slips from this one, which may be more than one edit."""
        if len(key) < _ROUGH_FROM:
            return
        for number in self._by_rough_key.get(rough_key(key), ()):
            distance = key_distance(key, self._primary[number])
            if distance <= NEAR_DISTANCE:
                yield number, distance
