"""English names heard: word by word, by spelling and by sound key."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.hearing import LatinSpoken
from tracer.domain.codebook.ordinary import UNLISTED_LATIN_WORD, latin_parts
from tracer.domain.codebook.phonetics import latin_key, latin_words

Floats = NDArray[np.float64]
WordModel = Callable[[str, bool], Floats]
"""P(word heard | first name, or last name where the flag is set)."""

SAME_SPELLING, SAME_KEY = 0.85, 0.12
"""Shares of words typed as spelled, and otherwise with the same sound key; the rest is any word."""

SPELLINGS_OF_A_KEY = 4.0
"""How many other spellings of one sound key a typist has to choose from."""

FULL, REVERSED, FIRST_ONLY, LAST_ONLY, TITLED_LAST, TITLED_FIRST = 0.72, 0.02, 0.09, 0.02, 0.13, 0.02
"""Shares of the forms in which a name of two words is spoken."""


def _ordinary_word(word: str, *, last: bool) -> float:
    """P(word heard | an ordinary first or last name)."""
    words, keys = latin_parts(last=last)
    said = words.get(word, 0.0)
    alike = keys.get(latin_key(word), 0.0)
    return SAME_SPELLING * said + SAME_KEY * alike / SPELLINGS_OF_A_KEY + UNLISTED_LATIN_WORD


def log_ordinary_latin(spoken: LatinSpoken) -> float:
    """log P(spoken | an ordinary English name)."""

    def word(heard: str, last: bool) -> Floats:
        return np.array([_ordinary_word(heard, last=last)])

    return float(np.log(_forms(spoken, word)[0]))


def _forms(spoken: LatinSpoken, word: WordModel) -> Floats:
    """P(spoken | names), summed over the forms; `word(heard, last)` gives P(word | first or last)."""
    first, last = spoken.words[0], spoken.words[-1]
    if len(spoken.words) == 1:
        if spoken.titled:
            return TITLED_LAST * word(last, True) + TITLED_FIRST * word(first, False)
        return FIRST_ONLY * word(first, False) + LAST_ONLY * word(last, True)
    straight = word(first, False) * word(last, True)
    return FULL * straight + REVERSED * word(last, False) * word(first, True)


class LatinNames:
    """Latin-script names at their places in a larger list."""

    def __init__(self, names: Iterable[tuple[int, str]]) -> None:
        split = [(place, latin_words(name) or ("",)) for place, name in names]
        self.size = len(split)
        self.places = np.array([place for place, _ in split], dtype=np.int64)
        self._spelled: dict[tuple[bool, str], list[int]] = {}
        self._sounding: dict[tuple[bool, str], list[int]] = {}
        for row, (_, words) in enumerate(split):
            for is_last, word in ((False, words[0]), (True, words[-1])):
                self._spelled.setdefault((is_last, word), []).append(row)
                self._sounding.setdefault((is_last, latin_key(word)), []).append(row)

    def log_likelihood(self, spoken: LatinSpoken) -> Floats:
        """log P(spoken | name) over these names, shape (size,)."""
        return np.asarray(np.log(_forms(spoken, self._word)))

    def _word(self, heard: str, last: bool) -> Floats:
        anything = (1 - SAME_SPELLING - SAME_KEY) * _ordinary_word(heard, last=last)
        p = np.full(self.size, anything)
        p[self._sounding.get((last, latin_key(heard)), [])] += SAME_KEY / SPELLINGS_OF_A_KEY
        p[self._spelled.get((last, heard), [])] += SAME_SPELLING
        return p
