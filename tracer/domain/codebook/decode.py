"""How likely a typed name is, given each name it could have been, and given none of them.

People type what they hear with whatever characters come up, so everything is counted in
sounds: log P(syllables heard | name), summed over the forms a name is spoken in, with only a
small bonus for the right characters. A share `GARBLED` of utterances has nothing to do with the
name said, which bounds every log ratio against `log_ordinary` from below (about -6).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.hearing import (
    Form,
    Spoken,
    Unit,
    chinese_readings,
    latin_reading,
    speaks_chinese,
)
from tracer.domain.codebook.latin import LatinNames, log_ordinary_latin
from tracer.domain.codebook.ordinary import SHAPES, log_heard_given, log_heard_surname
from tracer.domain.codebook.phonetics import COMPOUND_SURNAMES, is_han, syllable_of
from tracer.domain.codebook.syllables import SYLLABLES, log_confusion

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GARBLED = 0.003
"""Share of utterances of a name that sound like anybody's name."""

FULL, GIVEN_ONLY, ONE_DROPPED, SURNAME_ONLY = 0.74, 0.04, 0.015, 0.01
TITLED_SURNAME, TITLED_FULL, TITLED_GIVEN, NICKNAMED, MASKED = 0.15, 0.02, 0.002, 0.008, 0.015
"""Shares of the forms in which a name is spoken; assumed alike for our names and ordinary ones."""

SAME_CHARACTER, OTHER_CHARACTER = 0.5, -0.05
"""Log bonus of a typed character that is, or is not, the one in the name."""

RARER_READING = -2.0
"""Log penalty of reading a typed character other than in its commonest way."""

_CACHED_VALUES = 2_000_000
_SILENT = -np.log(len(SYLLABLES))

Column = Callable[[Unit, int], Floats]
"""log P(unit heard | the syllable at that place), over the names of one shape."""


def _alignments(spoken: Spoken, family: int, given: int) -> list[tuple[float, list[tuple[int, int]]]]:
    """(share of the form, [(unit, place in the name)]) for a name of family + given syllables."""
    length, heard = family + given, len(spoken.units)
    whole = [(i, i) for i in range(heard)]
    tail = [(i, length - heard + i) for i in range(heard)]
    if spoken.form is Form.MASKED:
        leading = heard - spoken.trailing
        places = [(i, i if i < leading else length - heard + i) for i in range(heard)]
        return [(MASKED, places)] if heard < length else []
    if spoken.form is Form.NICKNAME:
        return [(NICKNAMED, whole)] if heard == family else []
    titled = spoken.form is Form.TITLED
    found = []
    if heard == length:
        found.append((TITLED_FULL if titled else FULL, whole))
    if heard == family:
        found.append((TITLED_SURNAME if titled else SURNAME_ONLY, whole))
    if heard == given:
        found.append((TITLED_GIVEN if titled else GIVEN_ONLY, tail))
    if heard == length - 1 and heard > 1 and not titled:
        for gone in range(1, length):
            found.append((ONE_DROPPED / (length - 1), [(i, i + (i >= gone)) for i in range(heard)]))
    return found


def _log_spoken(spoken: Spoken, family: int, given: int, column: Column) -> Floats | None:
    """log P(spoken | names of one shape), None when no form of theirs has that many syllables."""
    total: Floats | None = None
    for share, places in _alignments(spoken, family, given):
        score = np.log(share) + sum(column(spoken.units[unit], place) for unit, place in places)
        total = score if total is None else np.logaddexp(total, score)
    return total


def _best_reading(unit: Unit, log_heard: Floats) -> Floats:
    """The best reading's row of a table over heard syllables."""
    if not unit.readings:
        return np.full(log_heard.shape[1:], _SILENT)
    best = log_heard[unit.readings[0]]
    for reading in unit.readings[1:]:
        best = np.maximum(best, log_heard[reading] + RARER_READING)
    return np.asarray(best)


@lru_cache(maxsize=4096)
def _unit_row(unit: Unit) -> Floats:
    return _best_reading(unit, log_confusion())


@lru_cache(maxsize=32768)
def _log_ordinary_spoken(spoken: Spoken) -> float:
    """log P(spoken | somebody's Chinese name)."""
    total = _SILENT * max(3, len(spoken.units)) + np.log(1e-3)  # longer than any name of these shapes
    for family, given, share in SHAPES:

        def column(unit: Unit, place: int, family: int = family) -> Floats:
            return _best_reading(unit, log_heard_surname() if place < family else log_heard_given())

        score = _log_spoken(spoken, family, given, column)
        if score is not None:
            total = np.logaddexp(total, np.log(share) + float(score))
    return float(total)


def log_ordinary(heard: str, locale: str = "zh_CN") -> float:
    """log P(heard | somebody's ordinary name, not ours); 0.0 when the text holds no name.

    `locale` settles only how letters are read: as pinyin first (zh_CN) or as an English name.
    """
    spoken = _chinese(heard, locale.startswith("zh"))
    if spoken:
        return float(np.logaddexp.reduce([_log_ordinary_spoken(s) for s in spoken]) - np.log(len(spoken)))
    words = latin_reading(heard)
    return log_ordinary_latin(words) if words else 0.0


def _chinese(heard: str, pinyin: bool) -> tuple[Spoken, ...]:
    return chinese_readings(heard) if pinyin or speaks_chinese(heard) else ()


class _Shape:
    """The Chinese names with one number of syllables in surname and given name."""

    def __init__(self, family: int, given: int, places: Sequence[int], names: Sequence[str]) -> None:
        self.family, self.given = family, given
        self.places: Ints = np.array(places, dtype=np.int64)
        sounds = [[syllable_of(c, surname=not i) for i, c in enumerate(name)] for name in names]
        # A character without a known reading is -1, which would silently read the last syllable.
        self._sounds = np.array(sounds, dtype=np.int64).T.copy()
        self._unknown = self._sounds < 0
        self._any_unknown = bool(self._unknown.any())
        self._characters = np.array([[ord(c) for c in name] for name in names], dtype=np.int64).T.copy()

    def column(self, unit: Unit, place: int) -> Floats:
        """log P(unit | syllable at that place) with the bonus for the right character."""
        score: Floats = _unit_row(unit)[self._sounds[place]]
        if self._any_unknown:
            score = np.where(self._unknown[place], _SILENT, score)
        if unit.character:
            score = score + np.where(self._characters[place] == unit.character, SAME_CHARACTER, OTHER_CHARACTER)
        return score


class NameIndex:
    """The names that somebody may mean, prepared for scoring what was typed. Immutable."""

    def __init__(self, names: Sequence[str]) -> None:
        self.size = len(names)
        chinese: dict[tuple[int, int], list[tuple[int, str]]] = {}
        latin: list[tuple[int, str]] = []
        for place, name in enumerate(names):
            han = "".join(c for c in name if is_han(c))
            if not han:
                latin.append((place, name))
                continue
            family = 2 if len(han) > 2 and han[:2] in COMPOUND_SURNAMES else 1
            chinese.setdefault((family, len(han) - family), []).append((place, han))
        self._shapes = [
            _Shape(family, given, [i for i, _ in members], [han for _, han in members])
            for (family, given), members in chinese.items()
        ]
        self._latin = LatinNames(latin)
        self._locale = "zh_CN" if self._shapes else "en_US"
        self._cache: dict[str, Floats] = {}

    def log_ordinary(self, heard: str) -> float:
        """log P(heard | an ordinary name), with letters read as this index reads them."""
        return log_ordinary(heard, self._locale)

    def log_likelihood(self, heard: str) -> Floats:
        """log P(heard | name) over the names, read-only, shape (n,); zeros when no name was heard."""
        known = self._cache.get(heard)
        if known is None:
            if (len(self._cache) + 1) * self.size > _CACHED_VALUES:
                self._cache.clear()
            known = self._score(heard)
            known.setflags(write=False)
            self._cache[heard] = known
        return known

    def _score(self, heard: str) -> Floats:
        spoken = _chinese(heard, bool(self._shapes))
        words = None if spoken else latin_reading(heard)
        if not spoken and words is None:
            return np.zeros(self.size)
        total = np.full(self.size, np.log(GARBLED) + self.log_ordinary(heard))
        clear = np.log1p(-GARBLED) - np.log(max(1, len(spoken)))
        for utterance in spoken:
            for shape in self._shapes:
                score = _log_spoken(utterance, shape.family, shape.given, shape.column)
                if score is not None:
                    total[shape.places] = np.logaddexp(total[shape.places], clear + score)
        if words is not None and self._latin.size:
            places = self._latin.places
            total[places] = np.logaddexp(total[places], clear + self._latin.log_likelihood(words))
        return total
