"""What a phone keyboard offers for a syllable: characters in order of use, words, traditional forms, pinyin."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, pinyin
from pypinyin.phrases_dict import phrases_dict

from tracer.domain.codebook.mishearing.names import (
    COMPOUND_SURNAMES,
    FEMALE_GIVEN,
    MALE_GIVEN,
    SURNAMES_BY_RANK,
    TRADITIONAL,
    Weighted,
    by_rank,
    weighted,
)

Shelf = dict[str, dict[tuple[str, int], float]]
"""By syllable: characters with their tone, and how much they are used."""

_TONE_MARKS = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0300": 4}
_OTHER_TONE = 0.12
"""How much less a character comes up when its tone is not the one heard."""

SURNAME_SYLLABLES = {
    "曾": "zeng1", "单": "shan4", "仇": "qiu2", "解": "xie4", "区": "ou1", "翟": "zhai2", "朴": "piao2", "查": "zha1",
    "乐": "yue4", "缪": "miao4", "覃": "qin2", "华": "hua4", "任": "ren2", "牟": "mou2", "佘": "she2", "卜": "bu3",
    "宁": "ning2",
}  # fmt: skip
"""How a keyboard files surnames that are read otherwise than in words."""


@dataclass(frozen=True)
class Keyboard:
    """Characters by syllable as surnames, in given names and in everyday words, and two-syllable words."""

    surnames: Shelf
    given: Shelf
    words: Shelf
    phrases: Mapping[tuple[str, str], tuple[str, ...]]


@lru_cache(maxsize=4096)
def spelled(marked: str) -> tuple[str, int]:
    """Syllable with `v` for ü, and tone (0 for none), of pinyin with tone marks."""
    syllable, tone = "", 0
    for c in unicodedata.normalize("NFD", marked):
        if c in _TONE_MARKS:
            tone = _TONE_MARKS[c]
        elif c == "\u0308":
            syllable = syllable[:-1] + "v"
        else:
            syllable += c
    return syllable, tone


def _common() -> frozenset[str]:
    """The 3755 characters of GB 2312 level 1, which is sorted by sound and so fills rows 16 to 55."""
    rows = (bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return frozenset(pair.decode("gb2312", errors="ignore") for pair in rows) - {""}


def _is_syllable(text: str) -> bool:
    return text.isascii() and text.isalpha() and any(c in "aeiouv" for c in text)


def _file(shelf: Shelf, character: str, sound: tuple[str, int], weight: float) -> None:
    syllable, tone = sound
    if _is_syllable(syllable):
        entry = shelf.setdefault(syllable, {})
        entry[character, tone] = entry.get((character, tone), 0.0) + weight


def _sound(character: str) -> tuple[str, int]:
    return spelled(pinyin(character, style=Style.TONE)[0][0])


def _mass(entry: Mapping[tuple[str, int], float]) -> float:
    return sum(entry.values())


def _word_shelf(common: frozenset[str]) -> Shelf:
    """Everyday use, for want of a corpus counted over the phrases that pypinyin knows the reading of."""
    counts: dict[str, dict[tuple[str, int], float]] = {c: {_sound(c): 1.0} for c in sorted(common)}
    for phrase, sounds in phrases_dict.items():
        # A phrase with a comma in it has fewer sounds than characters.
        for character, sound in zip(phrase, sounds, strict=False) if len(phrase) == len(sounds) else ():
            if character in common:
                by_sound, heard = counts[character], spelled(sound[0])
                by_sound[heard] = by_sound.get(heard, 0.0) + 1.0
    shelf: Shelf = {}
    for character, by_sound in counts.items():
        total = _mass(by_sound)
        for heard, weight in by_sound.items():
            # A keyboard hardly puts forward a character by a reading that is rare for it.
            if weight >= 0.1 * total:
                _file(shelf, character, heard, weight)
    return shelf


def _phrase_shelf(common: frozenset[str]) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], list[str]] = {}
    for phrase, sounds in phrases_dict.items():
        if len(phrase) == len(sounds) == 2 and common.issuperset(phrase):
            (first, _), (second, _) = spelled(sounds[0][0]), spelled(sounds[1][0])
            found.setdefault((first, second), []).append(phrase)
    return {sounds: tuple(phrases) for sounds, phrases in found.items()}


def _name_shelf(weights: Iterable[Mapping[str, float]], readings: Mapping[str, str]) -> Shelf:
    shelf: Shelf = {}
    for table in weights:
        for character, weight in table.items():
            own = readings.get(character)
            _file(shelf, character, (own[:-1], int(own[-1])) if own else _sound(character), weight)
    return shelf


@lru_cache(maxsize=1)
def keyboard() -> Keyboard:
    """The keyboard, built at first use."""
    common = _common()
    compound = {name[0]: 0.002 for name in COMPOUND_SURNAMES if name[0] in common}
    surnames = _name_shelf((compound, by_rank(SURNAMES_BY_RANK, 2.5)), SURNAME_SYLLABLES)
    given = _name_shelf((by_rank(FEMALE_GIVEN, 30.0), by_rank(MALE_GIVEN, 30.0)), {})
    words = _word_shelf(common)
    # Some syllables, such as that of 岑, have characters in names only.
    for shelf in (surnames, given):
        for syllable in sorted(shelf.keys() - words.keys()):
            words[syllable] = dict.fromkeys(shelf[syllable], 1.0)
    return Keyboard(surnames=surnames, given=given, words=words, phrases=_phrase_shelf(common))


@lru_cache(maxsize=4096)
def mass_of(syllable: str, surname: bool) -> float:
    """How likely a syllable is in its place of a name, up to a constant."""
    board = keyboard()
    own = board.surnames if surname else board.given
    # Rare names have any syllable: the everyday use stands for those.
    return _mass(own.get(syllable, {})) + 3e-6 * _mass(board.words[syllable]) + 1e-5


@lru_cache(maxsize=16384)
def offered(syllable: str, tone: int, use: str) -> Weighted:
    """Characters to choose from for a syllable and the tone heard (0: none), for `surname`, `given` or `words`."""
    board = keyboard()
    words = board.words[syllable]
    shelf = {"surname": board.surnames, "given": board.given, "words": {}}[use].get(syllable, {})
    # Besides names' characters people take any that comes up, less so where names have many.
    blend = max(0.1 * _mass(shelf), 0.002) / (_mass(words) or 1.0)
    found: dict[str, float] = {}
    for entry, scale in ((shelf, 1.0), (words, blend)):
        for (character, its_tone), weight in entry.items():
            fitting = 1.0 if tone in (0, its_tone) else _OTHER_TONE
            found[character] = found.get(character, 0.0) + weight * scale * fitting
    return weighted(found)


@lru_cache(maxsize=16384)
def first_offered(syllable: str, use: str) -> str:
    """The character at the head of the candidate bar."""
    totals, characters = offered(syllable, 0, use)
    weights = [after - before for before, after in zip((0.0, *totals), totals, strict=False)]
    return characters[max(range(len(weights)), key=weights.__getitem__)]


def phrases_of(first: str, second: str) -> tuple[str, ...]:
    """Dictionary words of two syllables that sound so, tones apart."""
    return keyboard().phrases.get((first, second), ())


def in_traditional(text: str) -> str:
    """The text in traditional characters, as far as they differ and are in name use."""
    return "".join(TRADITIONAL.get(c, c) for c in text)


def in_pinyin(syllables: tuple[str, ...], surname_size: int, style: str) -> str:
    """Syllables as people type a name in pinyin: `together`, `apart`, in `two words` or with `capitals`."""
    if style == "together":
        return "".join(syllables)
    if style == "apart":
        return " ".join(syllables)
    words = ["".join(syllables[:surname_size]), "".join(syllables[surname_size:])]
    return " ".join(word.capitalize() if style == "capitals" else word for word in words if word)
