"""The Chinese names of one shape (syllables in surname and given name), as arrays to score at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.confusion import confusion
from tracer.domain.codebook.forms import alignments, best_reading
from tracer.domain.codebook.hearing import Spoken, Unit
from tracer.domain.codebook.phonetics import syllable_of
from tracer.domain.codebook.repertoire import GENDERS
from tracer.domain.codebook.sorted_codes import SortedCodes
from tracer.domain.codebook.syllables import SYLLABLES, merged_class
from tracer.domain.codebook.typed import COPIED, MISCOPIED, typed_share

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CodePoints = NDArray[np.int32]

TITLE_RIGHT = 0.97
"""How often a title that tells a gender tells the right one."""

_UNKNOWN = len(SYLLABLES)  # the row of characters without a known reading


class Shape:
    """Names with one number of syllables; they know their places in a larger list, which gave the shape its number.

    Rows are the names' own numbers here, in the order they were added.
    """

    def __init__(self, family: int, given: int, number: int = 0) -> None:
        self.family, self.given, self.number = family, given, number
        length = family + given
        self.places: Ints = np.empty(0, dtype=np.int64)
        self._sounds: tuple[NDArray[np.int16], ...] = (np.empty(0, dtype=np.int16),) * length
        self._characters: tuple[CodePoints, ...] = (np.empty(0, dtype=np.int32),) * length
        self._genders: NDArray[np.int8] = np.empty(0, dtype=np.int8)
        self._pairs = {pair: SortedCodes() for pair in combinations(range(length), 2)}
        self._singles = {place: SortedCodes() for place in range(length)}

    @property
    def size(self) -> int:
        """How many names there are."""
        return len(self.places)

    def extend(self, places: Sequence[int], names: Sequence[str], genders: Sequence[str]) -> None:
        """Add names of this shape; `genders` are female, male or "" where it is not known."""
        start, length = self.size, self.family + self.given
        codes = np.frombuffer("".join(names).encode("utf-32-le"), dtype=np.int32).reshape(-1, length)
        sounds = [_sounds_of(codes[:, i], surname=i < self.family and self.family == 1) for i in range(length)]
        self.places = np.append(self.places, np.array(places, dtype=np.int64))
        self._characters = tuple(np.append(old, codes[:, i]) for i, old in enumerate(self._characters))
        self._sounds = tuple(np.append(old, new) for old, new in zip(self._sounds, sounds, strict=True))
        numbers = {"": -1} | {gender: i for i, gender in enumerate(GENDERS)}
        self._genders = np.append(self._genders, np.array([numbers[g] for g in genders], dtype=np.int8))
        classes = [_classes()[sound] for sound in sounds]
        for (i, j), pair in self._pairs.items():
            pair.extend(classes[i] * _CLASSES + classes[j], start)
        for i, single in self._singles.items():
            single.extend(classes[i], start)

    def likelihood(self, spoken: Spoken, rows: Ints | None = None) -> Floats | None:
        """P(spoken | name) over the rows (None: all); None where no form of theirs has that many syllables.

        Characters typed and gender count relative to an ordinary name, which leaves them out.
        """
        total: Floats | None = None
        for share, heard in alignments(spoken, self.family, self.given):
            p = share * self._said([(spoken.units[number], place) for number, place in heard], rows)
            total = p if total is None else total + p
        if total is not None and spoken.gender:
            known = self._genders if rows is None else self._genders[rows]
            agrees = np.array([2 - 2 * TITLE_RIGHT, 2 * TITLE_RIGHT, 1.0])
            total = total * agrees[np.where(known < 0, 2, known == GENDERS.index(spoken.gender))]
        return total

    def _said(self, heard: Sequence[tuple[Unit, int]], rows: Ints | None) -> Floats:
        """P(units | the syllables at their places), times what the characters typed tell."""
        sound = np.ones(self.size if rows is None else len(rows))
        copied: Floats | None = None
        for unit, place in heard:
            sounds, characters = self._sounds[place], self._characters[place]
            if rows is not None:
                sounds, characters = sounds[rows], characters[rows]
            sound = sound * _unit_row(unit)[sounds]
            if unit.character:
                right = 1 / typed_share(chr(unit.character), surname=place < self.family)
                ratio = np.where(characters == unit.character, right, MISCOPIED)
                copied = ratio if copied is None else copied * ratio
        return sound if copied is None else sound * ((1 - COPIED) + COPIED * copied)

    def alike(self, spoken: Spoken) -> Ints:
        """Rows that share two sound classes with what was heard, or the one class that was heard."""
        found = []
        for _, heard in alignments(spoken, self.family, self.given):
            for one, other in combinations(heard, 2):
                codes = [
                    a * _CLASSES + b
                    for a in _heard_classes(spoken.units[one[0]])
                    for b in _heard_classes(spoken.units[other[0]])
                ]
                found += self._pairs[one[1], other[1]].rows(codes)
            if len(heard) == 1:
                ((unit, place),) = heard
                found += self._singles[place].rows(_heard_classes(spoken.units[unit]))
        return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)


@lru_cache(maxsize=4096)
def _unit_row(unit: Unit) -> Floats:
    """P(unit | syllable said), shape (411,): the last for a character whose reading is not known."""
    return np.append(best_reading(unit, confusion()), 1 / len(SYLLABLES))


@lru_cache(maxsize=1)
def _classes() -> Ints:
    """The number of the merged class of each syllable, shape (411,)."""
    numbers: dict[str, int] = {}
    classes = [numbers.setdefault(merged_class(s), len(numbers)) for s in SYLLABLES]
    return np.array([*classes, len(numbers)], dtype=np.int64)


_CLASSES = 512  # more than there are merged classes


@lru_cache(maxsize=4096)
def _heard_classes(unit: Unit) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_classes()[list(unit.readings)].tolist())) if unit.readings else ()


def _sounds_of(codes: CodePoints, *, surname: bool) -> NDArray[np.int16]:
    """Syllable ids of characters given as code points; each character is looked up once."""
    known, which = np.unique(codes, return_inverse=True)
    sounds = [syllable_of(chr(code), surname=surname) for code in known.tolist()]
    return np.array([_UNKNOWN if sound < 0 else sound for sound in sounds], dtype=np.int16)[which]
