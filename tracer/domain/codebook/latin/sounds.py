"""What an English name sounds like on a telephone: keys of words and of names, and how alike two words sound.

Consonants come from Double Metaphone (Lawrence Philips, 2000), which merges voiced and unvoiced stops
and v and f, as a telephone band does. What it merges too much (all initial vowels and w) or too
little (m and n, th and f) is graded in `sound_similarity`; the costs there are assumptions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from doublemetaphone import doublemetaphone

INITIAL_CLASSES = ("AJK", "BCDEGPTVZ", "FSX", "H", "IY", "L", "MN", "O", "QUW", "R")
"""Letters whose names sound alike when a middle initial is said (Z as in `zee`)."""

PARTICLES = frozenset({"van", "von", "der", "den", "de", "del", "della", "la", "mc", "mac", "st"})
"""Words that are spoken as one with the word after them, except at the start of a name."""

SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "esq", "phd", "md"})
"""Words after a last name that are not a part of it."""

TITLES = {
    "mr": "male", "mister": "male", "sir": "male", "xiansheng": "male", "先生": "male",
    "mrs": "female", "missus": "female", "ms": "female", "miss": "female", "madam": "female", "madame": "female",
    "maam": "female", "nvshi": "female", "nushi": "female", "女士": "female", "小姐": "female", "太太": "female",
    "mx": "", "dr": "", "doctor": "", "prof": "", "professor": "",
}  # fmt: skip
"""Titles before or after a name, and the gender they tell ("" where none)."""

IRREGULAR = {
    "sean": "shawn", "siobhan": "shivawn", "niamh": "neev", "aoife": "eefa", "eoin": "owen", "vaughan": "vawn",
    "vaughn": "vawn", "graham": "graem", "maclean": "maclain", "mclean": "mclain", "beauchamp": "beecham",
    "xavier": "zavier", "yves": "eev", "nguyen": "nwin", "keogh": "keeo", "pugh": "pew", "gough": "goff",
}  # fmt: skip
"""Names whose spelling Double Metaphone does not read as they are said, and a spelling that it does."""

SECONDARY = 0.15
"""Key distance added where not both keys are the primary ones of their words."""

VOWEL_SHARE = 0.2
"""Share of the vowels in how alike two words sound; consonants have the rest."""

NEAR_DISTANCE = 0.4
"""Key distance (see `key_distance`) up to which one edit still makes a near key."""

_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "'": None, "’": None, "‘": None}
)
_CLASS_OF = {letter: members[0] for members in INITIAL_CLASSES for letter in members}

# Costs of hearing one consonant for another, of a consonant lost or added; 1.0 where not listed.
_SWAPPED = {
    frozenset(pair): cost
    for pair, cost in {
        "MN": 0.3, "0T": 0.3, "0F": 0.3, "FS": 0.4, "SX": 0.4, "XJ": 0.4, "0S": 0.5, "AH": 0.4, "AW": 0.5, "HW": 0.5,
        "PT": 0.5, "KT": 0.6, "KP": 0.6, "FP": 0.6, "0P": 0.7, "JK": 0.7, "JS": 0.7, "JT": 0.7, "LR": 0.7, "LW": 0.7,
        "TX": 0.6, "RW": 0.7, "HK": 0.7, "FH": 0.7, "LN": 0.8,
    }.items()
}  # fmt: skip
_SLIPPED = {"H": 0.4, "A": 0.6, "R": 0.6, "T": 0.7, "S": 0.7, "W": 0.8}
_ROUGH = str.maketrans("MF0XJPKHW", "NSSSSTTAA")
_CONSONANTS = "0FHJKLMNPRSTX"
_AT_START = "AW"  # letters of a key that stand nowhere else
_ADDED = tuple(
    tuple((letter, _SLIPPED.get(letter, 1.0)) for letter in some) for some in (_AT_START + _CONSONANTS, _CONSONANTS)
)
_VOWELS_SWAPPED = {frozenset("ae"): 0.6, frozenset("ao"): 0.6}

Swap = Callable[[str, str], float]
Slip = Callable[[str], float]


def folded(text: str) -> str:
    """A text in lower case without accents and apostrophes."""
    lower = text.casefold()
    if not lower.isascii():
        lower = "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
    return lower.translate(_UNDECOMPOSED)


def latin_words(text: str) -> tuple[str, ...]:
    """The words of a Latin-script text in lower case, without accents, full stops, hyphens and apostrophes."""
    return tuple(re.findall(r"[a-z]+", folded(text)))


@lru_cache(maxsize=65536)
def word_keys(word: str) -> tuple[str, str]:
    """Primary and secondary Double Metaphone key of a lower-case word; the same twice when it has one.

    An initial w before a vowel is kept apart from the vowels (Wells, Ellis). An IRREGULAR word has the
    key of its sound, and secondly that of its spelling. A word without a key (`w`, `hh`) is its own, in
    lower case, which no other word's key is.
    """
    primary, secondary = _metaphone(word)
    if word in IRREGULAR:
        primary, secondary = _metaphone(IRREGULAR[word])[0], primary
    return primary or word, secondary or primary or word


def _metaphone(word: str) -> tuple[str, str]:
    primary, secondary = doublemetaphone(word)
    if not word.startswith("w"):
        return primary, secondary
    return re.sub("^A", "W", primary), re.sub("^A", "W", secondary)


def initial_class(letter: str) -> str:
    """The first letter of the class in INITIAL_CLASSES that a letter belongs to; "" for no English letter."""
    return _CLASS_OF.get(letter.upper(), "")


class NameParts(NamedTuple):
    """A name's words in lower case; a name of one word is a last name."""

    first: str
    middle: tuple[str, ...]
    last: str
    last_pieces: tuple[str, ...] = ()
    """The words that a hyphen joins to the last name, where it does."""


def name_parts(name: str) -> NameParts:
    """The parts of a written name: `Mary-Ann O'Neill`, `Smith, David K.`, `Jan van Dyke Jr`.

    A hyphen joins two last names but not two first names, since the latter may be spoken alone.
    """
    before, comma, after = name.partition(",")
    pieces = [words for piece in before.split() if (words := latin_words(piece))]
    given = _bare(tuple(word for word in latin_words(after) if word not in SUFFIXES))
    hyphenated = pieces[-1:] if pieces and len(pieces[-1]) > 1 else ()
    if comma and given and pieces:
        return NameParts(given[0], given[1:], "".join(map("".join, pieces)), *hyphenated)
    joined = (*chain.from_iterable(pieces[:-1]), *map("".join, pieces[-1:]))
    first, *rest = _bare(joined) or given or ("",)
    return NameParts(first, tuple(rest[:-1]), rest[-1], *hyphenated) if rest else NameParts("", (), first)


def _bare(words: tuple[str, ...]) -> tuple[str, ...]:
    return join_particles(without_suffixes(without_titles(words)))


def without_titles(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words of a name without titles before it, as long as a word remains."""
    while len(words) > 1 and words[0] in TITLES:
        words = words[1:]
    return words


def without_suffixes(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words of a name without Jr and the like at the end, as long as two words remain."""
    while len(words) > 2 and words[-1] in SUFFIXES:
        words = words[:-1]
    return words


def join_particles(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words with PARTICLES joined to the word after them: `jan van der berg` → `jan vanderberg`."""
    joined: list[str] = []
    held = ""
    for place, word in enumerate(words):
        if word in PARTICLES and 0 < place < len(words) - 1:
            held += word
            continue
        joined.append(held + word)
        held = ""
    return tuple(joined)


def name_key(name: str) -> tuple[str, str, str]:
    """(key of the last name, key of the first name, class of the middle initial), "" for a missing one.

    Two names with equal keys sound alike. Of several middle names the first counts.
    """
    parts = name_parts(name)
    initial = initial_class(parts.middle[0][0]) if parts.middle else ""
    return word_keys(parts.last)[0], word_keys(parts.first)[0], initial


def sound_similarity(one: str, other: str) -> float:
    """How alike two lower-case words sound, from 0 to 1: their keys, the better pair, and their vowels.

    `catherine` and `kathryn` have nearly 1; a telephone's usual confusions (m for n, f for th) cost
    little, and one sound more or less costs the less the longer the word is.
    """
    consonants = min(
        key_distance(a, b) + SECONDARY * (i + j > 0)
        for i, a in enumerate(word_keys(one))
        for j, b in enumerate(word_keys(other))
    )
    return blended(consonants, vowel_distance(vowel_skeleton(one), vowel_skeleton(other)))


def blended(consonants: float, vowels: float) -> float:
    """Similarity of two words from the distances of their keys and of their vowels, each 0 to 1."""
    return max(0.0, 1 - (1 - VOWEL_SHARE) * min(consonants, 1.0) - VOWEL_SHARE * vowels)


@lru_cache(maxsize=65536)
def key_distance(one: str, other: str) -> float:
    """Edits between two keys, weighted by how often they are misheard, as a share of the longer: 0 to 1."""
    return _edits(one, other, _swap_cost, _slip_cost) / max(len(one), len(other), 1)


def rough_key(key: str) -> str:
    """A key with the consonants merged that are easily taken for each other: several slips leave it as it is."""
    return key.translate(_ROUGH)


@lru_cache(maxsize=16384)
def near_keys(key: str) -> tuple[tuple[str, float], ...]:
    """All keys at one edit and at most NEAR_DISTANCE from a key, with that distance, itself first."""
    found: list[tuple[str, float]] = []
    swappable, addable = NEAR_DISTANCE * len(key), NEAR_DISTANCE * (len(key) + 1)
    for place in range(len(key) + 1):
        before, after = key[:place], key[place:]
        start = int(place > 0)
        found += [(before + b + after, cost / (len(key) + 1)) for b, cost in _ADDED[start] if cost <= addable]
        if after:
            at, after = after[0], after[1:]
            swaps = _swaps(at)[start]
            found += [(before + b + after, cost / len(key)) for b, cost in swaps if cost <= swappable]
            if (before or after) and _slip_cost(at) <= swappable:
                found.append((before + after, _slip_cost(at) / len(key)))
    # A doubled letter can be added at two places; the costs of those are the same.
    return tuple({key: 0.0, **dict(found)}.items())


@lru_cache(maxsize=256)
def _swaps(letter: str) -> tuple[tuple[tuple[str, float], ...], ...]:
    """What a consonant may be heard as, with costs: at the start of a word, and elsewhere."""
    costs = [(other, _swap_cost(letter, other)) for other in _AT_START + _CONSONANTS if other != letter]
    return tuple(costs), tuple((other, cost) for other, cost in costs if other not in _AT_START)


def _swap_cost(one: str, other: str) -> float:
    return _SWAPPED.get(frozenset((one, other)), 1.0)


def _slip_cost(letter: str) -> float:
    return _SLIPPED.get(letter, 1.0)


@lru_cache(maxsize=65536)
def vowel_skeleton(word: str) -> str:
    """The vowels of a lower-case word as spoken: one of a (open), e (front) and o (round) for each."""
    word = IRREGULAR.get(word, word)
    silent = r"^y(?=[aeiou])|(?<=[^aeiouy])e$" if len(word) > 3 else r"^y(?=[aeiou])"
    groups = re.findall(r"i(?=[ao])|[aeiouy]+w?", re.sub(silent, "", word))
    return "".join(_vowel_class(group) for group in groups)


def _vowel_class(group: str) -> str:
    if set(group) & set("ouw"):
        return "o"
    return "a" if group in ("a", "aa", "ah") else "e"


@lru_cache(maxsize=65536)
def vowel_distance(one: str, other: str) -> float:
    """Edits between two vowel skeletons as a share of the longer: 0 to 1."""
    edits = _edits(one, other, lambda a, b: _VOWELS_SWAPPED.get(frozenset((a, b)), 1.0), lambda _: 0.8)
    return edits / max(len(one), len(other), 1)


def _edits(one: str, other: str, swap: Swap, slip: Slip) -> float:
    """Least total cost of turning one string into the other by swapped, lost and added letters."""
    row = [0.0]
    for b in other:
        row.append(row[-1] + slip(b))
    for a in one:
        above, row = row, [row[0] + slip(a)]
        for place, b in enumerate(other):
            kept = above[place] + (0.0 if a == b else swap(a, b))
            row.append(min(kept, above[place + 1] + slip(a), row[place] + slip(b)))
    return row[-1]
