"""The word lists that names are drawn from, with weights like real use: one frozen version of package data.

What is in the lists, where it comes from and how another version is made is in docs/repertoire.md.
A released version never changes, so that a seed and a version give the same names for good.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.syllables import SYLLABLE_ID
from tracer.domain.errors import InvalidValue

VERSION = 1
"""The version of the lists in use."""

SHA256 = "16a5cf35a151101bd90da528239bec0f93f43e33b49a037892607efe39baff66"
"""The hash of the lists' bytes, in hex."""

LOCALES = ("zh_CN", "en_US", "en_GB")
"""The locales that names can be issued in."""

GENDERS = ("female", "male")
"""The genders of an issued name, which its title (女士, 先生) tells apart."""

Pair = tuple[int, int]
Triple = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words with their probabilities (summing to one) and what they sound like; arrays are read-only.

    `sounds` are syllable ids (places in syllables.SYLLABLES) of Chinese characters, and empty for
    English words.
    """

    words: tuple[str, ...]
    weights: NDArray[np.float64]
    sounds: NDArray[np.int64]
    _bounds: NDArray[np.float64] = field(repr=False)

    @classmethod
    def of(cls, weighted: Mapping[str, float], sounds: Sequence[int] = ()) -> Words:
        """Words with weights of any scale."""
        weights = np.fromiter(weighted.values(), dtype=np.float64, count=len(weighted))
        weights /= weights.sum()
        made = cls(tuple(weighted), weights, np.array(sounds, dtype=np.int64), np.cumsum(weights))
        for array in (made.weights, made.sounds, made._bounds):
            array.setflags(write=False)
        return made

    def draw_places(self, rng: np.random.Generator, n: int) -> NDArray[np.int64]:
        """The places of n words in `words`, independently, by weight."""
        drawn = np.searchsorted(self._bounds, rng.random(n), side="right")
        # The last bound may fall short of 1 by a rounding error.
        return np.minimum(drawn, len(self.words) - 1).astype(np.int64)

    def draw(self, rng: np.random.Generator, n: int) -> list[str]:
        """n words, independently, by weight."""
        return [self.words[i] for i in self.draw_places(rng, n).tolist()]


@dataclass(frozen=True, slots=True)
class Blocked:
    """What no issued Chinese name may be, by syllable ids.

    `whole` are (surname, first, second), `head` (surname, first) and `given` (first, second): famous
    people's names and offensive or ridiculous sounds; two equal syllables in a row are in `head` and
    `given`, too. `mixed` are pairs of given characters that no generation puts together.
    """

    whole: frozenset[Triple]
    head: frozenset[Pair]
    given: frozenset[Pair]
    mixed: frozenset[str]


def require_locale(locale: str) -> str:
    """The locale itself when names can be issued in it; raises InvalidValue naming those that can."""
    if locale not in LOCALES:
        raise InvalidValue("locale", locale, "a locale out of: " + " ".join(LOCALES))
    return locale


def require_gender(gender: str) -> str:
    """The gender itself when names can be issued for it; raises InvalidValue naming those that can."""
    if gender not in GENDERS:
        raise InvalidValue("gender", gender, "a gender out of: " + " ".join(GENDERS))
    return gender


def _checked(content: bytes) -> bytes:
    """The lists themselves; raises InvalidValue when they are not those of this version."""
    found = sha256(content).hexdigest()
    if found != SHA256:
        raise InvalidValue(
            f"lists/repertoire-{VERSION}.json",
            found,
            f"a file with SHA-256 {SHA256}",
            "The installed package was altered: names drawn from it would not be those of its version. Install it anew",
        )
    return content


@cache
def _lists() -> dict[str, Any]:
    """The lists as stored, read once."""
    path = files("tracer.domain.codebook") / "lists" / f"repertoire-{VERSION}.json"
    lists: dict[str, Any] = json.loads(_checked(path.read_bytes()))
    return lists


@cache
def _words(locale: str, *place: str) -> Words:
    rows: Any = _lists()[locale]
    for part in place:
        rows = rows[part]
    if locale == "zh_CN":
        return Words.of({w: weight for w, _, weight in rows}, [SYLLABLE_ID[reading] for _, reading, _ in rows])
    return Words.of(dict(rows))


def surnames(locale: str) -> Words:
    """The family names of a locale; raises InvalidValue for another locale."""
    return _words(require_locale(locale), "surnames")


def given_words(locale: str, gender: str, place: int = 1) -> Words:
    """What given names are made of: English first names, or characters at place 1 or 2 of a Chinese given name.

    Raises InvalidValue for another locale or gender, and for a place that given names do not have.
    """
    chinese = require_locale(locale) == "zh_CN"
    require_gender(gender)
    if place not in ((1, 2) if chinese else (1,)):
        raise InvalidValue("place", place, "1 or 2" if chinese else "1 (English names have one given word)")
    return _words(locale, gender, str(place)) if chinese else _words(locale, gender)


def initials(locale: str) -> Words:
    """Middle initials A to Z, as often as first names begin with them; raises InvalidValue for Chinese."""
    if require_locale(locale) == "zh_CN":
        raise InvalidValue("locale", locale, "a locale whose names have middle initials: en_US en_GB")
    return _words(locale, "initials")


@cache
def _readings(surname: bool) -> dict[str, int]:
    places = [("surnames",)] if surname else [(gender, str(place)) for gender in GENDERS for place in (1, 2)]
    lists = [_words("zh_CN", *place) for place in places]
    return {word: sound for one in lists for word, sound in zip(one.words, one.sounds.tolist(), strict=True)}


def frozen_reading(character: str, surname: bool) -> int:
    """The syllable id of a character as a surname or in a given name, -1 when it is not in the lists."""
    return _readings(surname).get(character, -1)


@cache
def blocked_chinese() -> Blocked:
    """What no issued Chinese name may be."""
    stored = _lists()["blocked"]["zh_CN"]
    whole, head, given = (
        [[SYLLABLE_ID[syllable] for syllable in sound.split()] for sound in stored[place]]
        for place in ("whole", "head", "given")
    )
    return Blocked(
        frozenset((surname, first, second) for surname, first, second in whole),
        frozenset((surname, first) for surname, first in head),
        frozenset((first, second) for first, second in given),
        frozenset(a + b for firsts, seconds in stored["mixed"] for a in firsts for b in seconds),
    )


@cache
def blocked_english() -> frozenset[str]:
    """Full English names that nobody is issued (famous or ridiculous), as `first last` in lower case."""
    return frozenset(_lists()["blocked"]["en"])


def is_blocked(name: str) -> bool:
    """Whether a full name is one that nobody should be issued: famous, offensive, ridiculous, or repeating itself.

    Chinese names of a surname of one character and one or two given ones, which sound as their
    characters do in the lists (others never offend); or English names, whose middle part is ignored.
    """
    if name.isascii():
        words = name.casefold().split()
        return len(words) > 1 and (words[0] == words[-1] or f"{words[0]} {words[-1]}" in blocked_english())
    if len(name) < 2:
        return False
    blocked, given = blocked_chinese(), _readings(False)
    surname, first = _readings(True).get(name[0], -1), given.get(name[1], -1)
    if name[0] in name[1:] or (surname, first) in blocked.head:
        return True
    if len(name) < 3:
        return False
    second = given.get(name[2], -1)
    return (first, second) in blocked.given or name[1:] in blocked.mixed or (surname, first, second) in blocked.whole
