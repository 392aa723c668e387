"""The repertoire of one locale, place by place, with what each word sounds like: what proposals are drawn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.phonetics import sound_key, syllable_of
from tracer.domain.codebook.repertoire import (
    GENDERS,
    blocked_chinese,
    blocked_english,
    given_words,
    initials,
    require_locale,
    surnames,
)
from tracer.domain.codebook.syllables import SYLLABLE_ID, SYLLABLES

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

WITHOUT_INITIAL = 0.7
"""Share of proposed English names that come without a middle initial."""

_SOUNDS = len(SYLLABLES)

TOO_COMMON = 3e-5
"""Share of people from which on an English first and last name together are nobody's decoy: a middle initial is
seldom said, and strangers of that name would pass for the canary."""

TITLE_SOUNDS = (
    "tong xue", "xian sheng", "lao shi", "nv shi", "xiao jie", "tai tai", "fu ren", "shi fu", "jing li", "lao ban",
    "a yi", "da ge", "da jie", "da shu", "mei nv", "shuai ge",
)  # fmt: skip
"""Given names that would be heard as a title behind the surname."""

PLACES = 3
"""Surname and two given syllables; or last name, first name and middle initial."""


@dataclass(frozen=True)
class Place:
    """The words of one place of the names of one gender.

    `start` is where they stand in the lexicon's list of all words of that place, `weights` sum to one,
    `classes` has the sound class of each.
    """

    start: int
    weights: NDArray[np.float64]
    classes: Ints

    @cached_property
    def _bounds(self) -> NDArray[np.float64]:
        return np.cumsum(self.weights)

    def draw(self, rng: np.random.Generator, n: int) -> Ints:
        """n words (as they stand in the lexicon), independently, by weight."""
        drawn = np.searchsorted(self._bounds, rng.random(n), side="right")
        return np.asarray(np.minimum(drawn, len(self.weights) - 1) + self.start)

    def class_weights(self, size: int) -> NDArray[np.float64]:
        """The weight of each sound class at this place, shape (size,)."""
        return np.bincount(self.classes, self.weights, minlength=size).astype(np.float64)

    @cached_property
    def _by_class(self) -> tuple[Ints, NDArray[np.float64], Ints]:
        """Words in the order of their classes, their weights summed up, and where each class begins (and ends)."""
        order = np.argsort(self.classes, kind="stable")
        begins = np.searchsorted(self.classes[order], np.arange(int(self.classes.max()) + 2))
        return order, np.cumsum(np.append(0.0, self.weights[order])), begins

    def word_of(self, classes: Ints, rng: np.random.Generator) -> Ints:
        """A word (as it stands in the lexicon) for each sound class, by weight."""
        order, bounds, begins = self._by_class
        first, end = begins[classes], begins[classes + 1]
        drawn = bounds[first] + rng.random(len(classes)) * (bounds[end] - bounds[first])
        at = np.searchsorted(bounds, drawn, side="right") - 1
        return np.asarray(order[np.clip(at, first, end - 1)] + self.start)


class Lexicon:
    """All places for both genders. Sound classes are numbered place by place, alike for both genders.

    `words[place]` lists the words of a place, gender by gender (surnames once: they have none), and
    `classes[place]` the sound class of each.
    """

    def __init__(self, locale: str) -> None:
        self.locale = require_locale(locale)
        self.latin = locale != "zh_CN"
        numbers: tuple[dict[str, int], ...] = tuple({} for _ in range(PLACES))
        words: tuple[list[str], ...] = tuple([] for _ in range(PLACES))
        self.places: dict[str, tuple[Place, ...]] = {}
        for gender in GENDERS:
            made = []
            for i, (listed, weights) in enumerate(_lists(locale, gender)):
                if i == 0 and words[0]:
                    made.append(self.places[GENDERS[0]][0])
                    continue
                classes = [numbers[i].setdefault(self._class(i, word), len(numbers[i])) for word in listed]
                made.append(Place(len(words[i]), weights, np.array(classes, dtype=np.int64)))
                words[i].extend(listed)
            self.places[gender] = tuple(made)
        self._numbers = numbers
        self.words: tuple[tuple[str, ...], ...] = tuple(map(tuple, words))
        self.classes: tuple[Ints, ...] = tuple(
            np.concatenate([self.places[gender][i].classes for gender in (GENDERS if i else GENDERS[:1])])
            for i in range(PLACES)
        )
        self.sizes: tuple[int, ...] = tuple(map(len, numbers))
        self.pairs_of_given = min(
            int(np.prod([len(np.unique(self.places[gender][i].classes)) for i in (1, 2)])) for gender in GENDERS
        )
        """How many pairs of sounds a given name can have, for the gender that has fewer."""
        self.surnames = {word: i for i, word in enumerate(self.words[0])}

    def _class(self, place: int, word: str) -> str:
        parts = ["Ann", "Ann", ""] if self.latin else ["王", "小", "小"]
        parts[place] = word
        return sound_key(self.compose(*([part] for part in parts))[0]).classes[place]

    def blocked(self, words: Ints) -> Bools:
        """Which names of word numbers, shape (3, n), nobody should be issued."""
        surname, first, second = words
        if self.latin:
            return np.asarray(self._blocked_pairs[0][surname, first])
        head, given, apart = self._blocked_pairs
        found = head[surname, first] | given[first, second] | apart[surname, second]
        a, b, c = (sounds[row] for sounds, row in zip(self._sounds, words, strict=True))
        heads, wholes = self._blocked_wholes
        maybe = np.flatnonzero(heads[a, b])
        whole = (a[maybe] * _SOUNDS + b[maybe]) * _SOUNDS + c[maybe]
        found[maybe] |= wholes[np.searchsorted(wholes, whole) % len(wholes)] == whole
        return np.asarray(found)

    @cached_property
    def _sounds(self) -> tuple[Ints, ...]:
        """The syllable id of each Chinese word, place by place."""
        return tuple(
            np.array([syllable_of(word, surname=not place) for word in listed], dtype=np.int64)
            for place, listed in enumerate(self.words)
        )

    @cached_property
    def _blocked_wholes(self) -> tuple[Bools, Ints]:
        """Whether two syllable ids begin a blocked name, and the numbers of those names."""
        wholes = sorted(blocked_chinese().whole)
        numbers = np.array([(a * _SOUNDS + b) * _SOUNDS + c for a, b, c in wholes], dtype=np.int64)
        return _sound_table((a, b) for a, b, _ in wholes), numbers

    @cached_property
    def _blocked_pairs(self) -> tuple[Bools, ...]:
        """Chinese: whether (surname, first), (first, second), (surname, second) are blocked; English: (last, first)."""
        surnames_, firsts, seconds = self.words
        if self.latin:
            never = [full.split() for full in blocked_english()]
            famous = _table(surnames_, firsts, [(last, first) for first, last in never])
            return (famous | _same(surnames_, firsts) | self._too_common(),)
        blocked, (a, b, c) = blocked_chinese(), self._sounds
        titles = [(SYLLABLE_ID[first], SYLLABLE_ID[second]) for first, second in map(str.split, TITLE_SOUNDS)]
        head, given = (_sound_table(pairs) for pairs in (blocked.head, [*blocked.given, *titles]))
        mixed = _table(firsts, seconds, [(pair[0], pair[1]) for pair in blocked.mixed])
        return head[np.ix_(a, b)] | _same(surnames_, firsts), given[np.ix_(b, c)] | mixed, _same(surnames_, seconds)

    def _too_common(self) -> Bools:
        """Whether (last, first) is the name of too many people."""
        places = [self.places[gender][:2] for gender in GENDERS]
        return np.concatenate([np.outer(last.weights, first.weights) for last, first in places], axis=1) > TOO_COMMON

    def compose(self, surname: Sequence[str], first: Sequence[str], second: Sequence[str]) -> list[str]:
        """The names made of words at the three places."""
        if not self.latin:
            return [s + a + b for s, a, b in zip(surname, first, second, strict=True)]
        return [
            f"{given} {initial}. {last}" if initial else f"{given} {last}"
            for last, given, initial in zip(surname, first, second, strict=True)
        ]

    def numbers_of(self, classes: Sequence[str]) -> tuple[int, ...]:
        """The class numbers of a sound key at the three places, -1 where no word of ours sounds so."""
        padded = (*classes, "", "")[:PLACES]
        return tuple(numbers.get(sound, -1) for numbers, sound in zip(self._numbers, padded, strict=True))

    def written(self, words: Ints) -> list[str]:
        """The names of word numbers, shape (3, n)."""
        return self.compose(*([table[i] for i in row.tolist()] for table, row in zip(self.words, words, strict=True)))

    def codes(self, words: Ints) -> Ints:
        """The class numbers of word numbers, shape (3, n)."""
        return np.stack([classes[row] for classes, row in zip(self.classes, words, strict=True)])


def _table(rows: Sequence[str], columns: Sequence[str], pairs: Iterable[tuple[str, str]]) -> Bools:
    """Whether (row, column) is one of the pairs, in any case of letters."""
    at = [defaultdict[str, list[int]](list) for _ in range(2)]
    for places, words in zip(at, (rows, columns), strict=True):
        for place, word in enumerate(words):
            places[word.casefold()].append(place)
    table = np.zeros((len(rows), len(columns)), dtype=np.bool_)
    for row, column in pairs:
        table[np.ix_(at[0].get(row, []), at[1].get(column, []))] = True
    return table


def _same(rows: Sequence[str], columns: Sequence[str]) -> Bools:
    return np.asarray(np.array(rows)[:, None] == np.array(columns)[None, :])


def _sound_table(pairs: Iterable[tuple[int, int]]) -> Bools:
    """Whether a pair of syllable ids is one of these."""
    table = np.zeros((_SOUNDS, _SOUNDS), dtype=np.bool_)
    for one, other in pairs:
        table[one, other] = True
    return table


def _lists(locale: str, gender: str) -> list[tuple[tuple[str, ...], NDArray[np.float64]]]:
    """The words with weights of the three places."""
    lists = [surnames(locale), given_words(locale, gender)]
    if locale == "zh_CN":
        lists.append(given_words(locale, gender, 2))
        return [(words.words, words.weights) for words in lists]
    middle = initials(locale)
    weights = np.append(WITHOUT_INITIAL, (1 - WITHOUT_INITIAL) * middle.weights)
    return [(words.words, words.weights) for words in lists] + [(("", *middle.words), weights)]
