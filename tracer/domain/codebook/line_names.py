"""The names on one shared number: which sounds are taken there, and which names still fit."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.lexicon import PLACES, Lexicon
from tracer.domain.codebook.phonetics import sound_key

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PAIRS = tuple(combinations(range(PLACES), 2))


class LineNames:
    """Names on a number, of which no two may have a pair of places alike (spacing.py).

    `codes` below are class numbers of the lexicon, shape (3, n): a column a name.
    """

    def __init__(self, lexicon: Lexicon, names: Iterable[str] = ()) -> None:
        self.lexicon = lexicon
        self.size = 0
        sizes = lexicon.sizes
        self.taken_pairs: dict[tuple[int, int], Bools] = {
            (i, j): np.zeros((sizes[i], sizes[j]), dtype=np.bool_) for i, j in PAIRS
        }
        self.taken: tuple[Bools, ...] = tuple(np.zeros(size, dtype=np.bool_) for size in sizes)
        self.surnames = np.zeros(len(lexicon.words[0]), dtype=np.int64)
        for name in names:
            self._put(name)

    def fits(self, *codes: Ints) -> Bools:
        """Which names, by their class numbers at the three places, could join; they may clash with each other."""
        one, other, third = (self.taken_pairs[i, j][codes[i], codes[j]] for i, j in PAIRS)
        return np.asarray(~(one | other | third))

    def add(self, codes: Ints, surnames: Ints) -> None:
        """Put names on the number: their class numbers, and their surnames' places in the lexicon."""
        for i, j in PAIRS:
            self.taken_pairs[i, j][codes[i], codes[j]] = True
        for place in range(PLACES):
            self.taken[place][codes[place]] = True
        np.add.at(self.surnames, surnames, 1)
        self.size += codes.shape[1]

    def _put(self, name: str) -> None:
        """Put any name there, fitting or not: an import may have brought what we would not have issued."""
        key = sound_key(name)
        if key.latin != self.lexicon.latin:
            return  # of another script: nobody takes one for the other
        self.size += 1
        codes = self.lexicon.numbers_of(key.classes)
        for place, code in enumerate(codes):
            if code >= 0:
                self.taken[place][code] = True
        for i, j in PAIRS:
            if codes[i] >= 0 and codes[j] >= 0:
                self.taken_pairs[i, j][codes[i], codes[j]] = True
        surname = self.lexicon.surnames.get(name.split()[-1] if key.latin else name[:1])
        if surname is not None:
            self.surnames[surname] += 1


def clashing_within(codes: Ints, sizes: tuple[int, ...]) -> Bools:
    """Which columns share a pair of places with an earlier column of the same batch."""
    clash = np.ones(codes.shape[1], dtype=np.bool_)
    both = np.arange(codes.shape[1])
    for i, j in PAIRS:
        both = both[first_of_each((codes[i] * sizes[j] + codes[j])[both])]
    clash[both] = False
    return clash


def first_of_each(values: Ints) -> Ints:
    """Where each value (a small whole number) stands for the first time, ascending."""
    if not len(values):
        return values
    places = np.arange(len(values))
    first = np.empty(int(values.max()) + 1, dtype=np.int64)
    first[values[::-1]] = places[::-1]  # the last assignment stays: that of the first place
    return np.asarray(places[first[values] == places])
