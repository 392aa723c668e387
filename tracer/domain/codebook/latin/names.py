"""English names heard: how likely a typed name is, given each name, and given none of them.

P(typed | name) is summed over the forms a name is spoken in (full, with or without its initial,
reversed, with a title, a part of it) and, where a word may have been typed as two, over both ways
to read it. Words are independent given the form; misheard.py has the model of one word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.latin.misheard import ANYTHING, WordTable, letter_confusion, letter_number
from tracer.domain.codebook.latin.ordinary import male_share, ordinary_letter, ordinary_word
from tracer.domain.codebook.latin.sounds import NameParts, name_parts
from tracer.domain.codebook.latin.spoken import LETTER_NAMES, LatinSpoken, latin_reading, spoken_letter

__all__ = ["LatinNames", "LatinSpoken", "latin_reading", "log_ordinary_latin"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Genders = Mapping[int, str] | Sequence[str]
"""`male`, `female` or "" by the place of a name."""

FULL, TITLED_FULL, FIRST_ONLY, LAST_ONLY, TITLED_LAST, TITLED_FIRST = 0.74, 0.03, 0.06, 0.02, 0.13, 0.02
"""Shares of the forms in which a name is spoken; assumed alike for our names and ordinary ones."""

REVERSED, TYPED_AS_TWO = 0.03, 0.01
"""Shares of full names that come last name first, and of names with a word typed as two (Mc Donald)."""

INITIAL_SAID, OTHER_MIDDLE, ORDINARY_MIDDLE = 0.5, 0.02, 0.1
"""Shares of full names spoken with a middle name or initial: of names that have one, of names that
have none, and of ordinary people's."""

LETTER_WRITTEN_OUT = 0.05
"""Share of said initials that are typed as the letter's name (`kay`)."""

WRONG_TITLE = 1 / 30
"""How much rarer a title of the other gender is than one of the name's own."""

_P_WRONG = WRONG_TITLE / (1 + WRONG_TITLE)


class _Hypotheses(Protocol):
    """P(what was typed | name) over some names, each of shape (names,) or (1,)."""

    single: Floats
    """1.0 for a name of one word, else 0.0."""

    def first(self, word: str) -> Floats:
        """P(word typed | first name)."""

    def last(self, word: str) -> Floats:
        """P(word typed | last name)."""

    def middle(self, words: tuple[str, ...]) -> Floats:
        """P(words typed between first and last name); of several only the first counts."""


def _forms(spoken: LatinSpoken, names: _Hypotheses) -> Floats:
    """P(spoken | names), without what a title tells of the gender."""
    words = spoken.words
    if len(words) == 1:
        return _one_word(words[0], spoken.titled, names)
    share = TITLED_FULL if spoken.titled else FULL
    p = share * (_straight(words, names) + REVERSED * _straight((*words[1:], words[0]), names))
    if len(words[-1]) == 1 and not spoken.titled:  # `Mary K`
        p = p + FIRST_ONLY * names.first(words[0]) * names.middle(words[1:])
    if len(words) == 2:
        return p + TYPED_AS_TWO * _one_word("".join(words), spoken.titled, names)
    joined = (words[0] + words[1], *words[2:]), (*words[:-2], words[-2] + words[-1])
    return p + share * TYPED_AS_TWO * sum(_straight(some, names) for some in joined)


def _straight(words: tuple[str, ...], names: _Hypotheses) -> Floats:
    return names.first(words[0]) * names.middle(words[1:-1]) * names.last(words[-1])


def _one_word(word: str, titled: bool, names: _Hypotheses) -> Floats:
    full, last, first = (TITLED_FULL, TITLED_LAST, TITLED_FIRST) if titled else (FULL, LAST_ONLY, FIRST_ONLY)
    return first * names.first(word) + (last + full * names.single) * names.last(word)


class _Ordinary:
    """An ordinary woman's and an ordinary man's name."""

    single = np.zeros(1)

    def first(self, word: str) -> Floats:
        return np.array(ordinary_word(word)[1:])

    def last(self, word: str) -> Floats:
        return np.array(ordinary_word(word)[:1])

    def middle(self, words: tuple[str, ...]) -> Floats:
        if not words:
            return np.array([1 - ORDINARY_MIDDLE])
        return np.array([ORDINARY_MIDDLE * _middle_words(words) * ordinary_letter()[_letter(words)]])


def _letter(words: tuple[str, ...]) -> int:
    return letter_number(spoken_letter(words[0]))


def _middle_words(words: tuple[str, ...]) -> float:
    """P(middle names typed) beyond their first letter; the same whoever's name it is."""
    return prod(
        LETTER_WRITTEN_OUT if word in LETTER_NAMES else sum(ordinary_word(word)[1:]) / 2
        for word in words
        if len(word) > 1
    )


def _p_title(male: Floats, gender: str) -> Floats:
    """P(title of that gender | names with that probability of being a man's)."""
    same = male if gender == "male" else 1 - male
    return (1 - _P_WRONG) * same + _P_WRONG * (1 - same)


def log_ordinary_latin(spoken: LatinSpoken) -> float:
    """log P(spoken | an ordinary English name)."""
    p = _forms(spoken, _Ordinary())
    if spoken.gender:
        p = p * _p_title(np.array([0.0, 1.0]), spoken.gender)
    return float(np.log(p.mean()))


class _Part:
    """First or last names of rows of names, by their number in a word table; -1 where a name has none."""

    def __init__(self) -> None:
        self.numbers: Ints = np.empty(0, dtype=np.int64)
        # Other words that a row's part may be spoken as: rows, and numbers of the words.
        self.rows: list[int] = []
        self.others: list[int] = []

    def typed(self, by_number: Floats) -> Floats:
        """P(typed | part) of each row, given it for each word (and 0 at the end, for -1)."""
        p: Floats = by_number[self.numbers]
        if self.rows:
            np.maximum.at(p, self.rows, by_number[self.others])
        return p


class LatinNames:
    """Latin-script names at their places in a larger list.

    `genders` holds `male`, `female` or "" by the place in that list; where it tells nothing, lists of
    first names tell how likely each gender is.
    """

    def __init__(self, names: Iterable[tuple[int, str]] = (), genders: Genders | None = None) -> None:
        self.size = 0
        self.places: Ints = np.empty(0, dtype=np.int64)
        self.single: Floats = np.empty(0)
        self._words = WordTable()
        self._first, self._last = _Part(), _Part()
        self._initial: Ints = np.empty(0, dtype=np.int64)  # 0 for a, -1 for none
        self._male: Floats = np.empty(0)
        self.add(names, genders)

    def add(self, names: Iterable[tuple[int, str]], genders: Genders | None = None) -> None:
        """Append names at their places."""
        new = [(place, name_parts(name)) for place, name in names]
        if not new:
            return
        for row, (_, parts) in enumerate(new, start=self.size):
            self._add_others(row, parts)
        self.size += len(new)
        word = self._words.number
        self._first.numbers = _extended(self._first.numbers, [word(parts.first or parts.last) for _, parts in new])
        self._last.numbers = _extended(self._last.numbers, [word(parts.last) for _, parts in new])
        self._initial = _extended(self._initial, [_initial(parts) for _, parts in new])
        self.places = _extended(self.places, [place for place, _ in new])
        self.single = np.append(self.single, [float(not parts.first) for _, parts in new])
        self._male = np.append(self._male, [_male(_gender(place, genders), parts) for place, parts in new])

    def _add_others(self, row: int, parts: NameParts) -> None:
        if parts.middle and len(parts.middle[0]) > 1:  # Mary-Ann as Maryann
            self._first.rows.append(row)
            self._first.others.append(self._words.number(parts.first + parts.middle[0]))
        for word in parts.last_pieces:
            self._last.rows.append(row)
            self._last.others.append(self._words.number(word))

    def log_likelihood(self, spoken: LatinSpoken) -> Floats:
        """log P(spoken | name) over these names, shape (size,)."""
        p = _forms(spoken, self)
        if spoken.gender:
            p = p * _p_title(self._male, spoken.gender)
        return np.asarray(np.log(p))

    def first(self, word: str) -> Floats:
        """P(word typed | first name), shape (size,)."""
        _, female, male = ordinary_word(word)
        return self._first.typed(self._heard(word)) + ANYTHING * (female + male) / 2

    def last(self, word: str) -> Floats:
        """P(word typed | last name), shape (size,)."""
        return self._last.typed(self._heard(word)) + ANYTHING * ordinary_word(word).last

    def _heard(self, word: str) -> Floats:
        by_number = np.zeros(len(self._words) + 1)
        numbers, p = self._words.heard(word)
        by_number[numbers] = p
        return by_number

    def middle(self, words: tuple[str, ...]) -> Floats:
        """P(words typed between first and last name), shape (size,); of several only the first counts."""
        known = self._initial >= 0
        if not words:
            return np.where(known, 1 - INITIAL_SAID, 1 - OTHER_MIDDLE)
        letter = _letter(words)
        said = INITIAL_SAID * letter_confusion()[letter][self._initial]
        p: Floats = np.where(known, said, OTHER_MIDDLE * ordinary_letter()[letter]) * _middle_words(words)
        return p


def _extended(numbers: Ints, more: list[int]) -> Ints:
    return np.append(numbers, np.array(more, dtype=np.int64))


def _initial(parts: NameParts) -> int:
    return letter_number(parts.middle[0][0]) if parts.middle else -1


def _gender(place: int, genders: Genders | None) -> str:
    if genders is None:
        return ""
    return genders.get(place, "") if isinstance(genders, Mapping) else genders[place]


def _male(gender: str, parts: NameParts) -> float:
    return float(gender == "male") if gender else male_share(parts.first or parts.last)
