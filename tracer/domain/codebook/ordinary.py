"""Ordinary people's names as heard: what a heard name is worth when it is none of ours."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.confusion import confusion
from tracer.domain.codebook.forms import alignments, best_reading
from tracer.domain.codebook.hearing import Spoken, Unit, chinese_readings, speaks_chinese
from tracer.domain.codebook.latin.names import log_ordinary_latin
from tracer.domain.codebook.latin.spoken import latin_reading
from tracer.domain.codebook.phonetics import syllable_of
from tracer.domain.codebook.repertoire import GENDERS, Words, given_words, surnames
from tracer.domain.codebook.syllables import SYLLABLES

Floats = NDArray[np.float64]

MARGIN = 2.0
"""How many times likelier than by the lists a stranger's name is taken to be: nobody's lists have all that
people are called, and a stranger who passes for a canary does more harm than a canary that stays in doubt."""

LATIN_MARGIN = 4.0
"""The same for English names: their lists are shorter, and people abroad bear names from everywhere."""

SHAPES: tuple[tuple[int, int, float], ...] = ((1, 2, 0.84 * MARGIN), (1, 1, 0.28 * MARGIN), (2, 2, 0.01 * MARGIN))
"""Syllables of surname and given name, and their weight. One real name in seven has two characters; these are
what is most easily taken for half of a longer name, and count double once more."""

UNLISTED = 0.15
"""Share of ordinary name parts that no list of ours has."""

_NO_SHAPE = 1e-3  # share of names longer than any of these shapes


def _heard(lists: list[Words], *, surname: bool) -> Floats:
    said = np.full(len(SYLLABLES), UNLISTED / len(SYLLABLES))
    for words in lists:
        for word, weight in zip(words.words, words.weights.tolist(), strict=True):
            said[syllable_of(word, surname=surname)] += (1 - UNLISTED) * weight / len(lists)
    return np.asarray(confusion() @ said)


@lru_cache(maxsize=1)
def heard_surname() -> Floats:
    """P(syllable heard) of an ordinary Chinese surname, shape (410,)."""
    return _heard([surnames("zh_CN")], surname=True)


@lru_cache(maxsize=1)
def heard_given() -> Floats:
    """P(syllable heard) at a place of an ordinary Chinese given name, shape (410,)."""
    lists = [given_words("zh_CN", gender, place) for gender in GENDERS for place in (1, 2)]
    return _heard(lists, surname=False)


@lru_cache(maxsize=32768)
def ordinary(spoken: Spoken) -> float:
    """P(spoken | somebody's Chinese name). Characters typed and genders count alike for ours, and are left out."""
    total = _NO_SHAPE * float(len(SYLLABLES)) ** -max(3, len(spoken.units))
    for family, given, share in SHAPES:

        def column(unit: Unit, place: int, family: int = family) -> float:
            return float(best_reading(unit, heard_surname() if place < family else heard_given()))

        for form, places in alignments(spoken, family, given):
            total += share * form * float(np.prod([column(spoken.units[unit], place) for unit, place in places]))
    return total


def log_ordinary(heard: str, locale: str = "zh_CN") -> float:
    """log P(heard | somebody's ordinary name, not ours); 0.0 when the text holds no name.

    `locale` settles only how letters are read: as pinyin first (zh_CN) or as an English name.
    """
    spoken = chinese(heard, pinyin=locale.startswith("zh"))
    if spoken:
        return float(np.log(np.mean([ordinary(one) for one in spoken])))
    words = latin_reading(heard)
    return log_ordinary_latin(words) + float(np.log(LATIN_MARGIN)) if words else 0.0


def chinese(heard: str, *, pinyin: bool) -> tuple[Spoken, ...]:
    """The readings of a typed text as a Chinese name; of letters only where they may be `pinyin`."""
    return chinese_readings(heard) if pinyin or speaks_chinese(heard) else ()
