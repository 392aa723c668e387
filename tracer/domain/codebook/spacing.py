"""What the codebook promises of any two names, as tokens that no two of them may share.

A name's sound key has a class per spoken place: surname and the given syllables; or English last
name, first name and middle initial. The distance of two names is the number of places that differ.

Over the registry nobody else bears the same characters, and nobody of the same gender the same
sound. On one shared number two names have no *pair* of equal places (of three places at least two
then differ), and the first names there have no equal place that a caller always says (of three
Chinese syllables all three differ). Each promise is a set of tokens: whoever holds them in a
container that refuses doubles (a set, a unique column) keeps the promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, zip_longest

from tracer.domain.codebook.phonetics import SoundKey, sound_key
from tracer.domain.codebook.repertoire import GENDERS
from tracer.domain.codebook.sound_version import SOUND_VERSION as SOUND_VERSION

ALWAYS_SAID = {False: (0, 1, 2), True: (0, 1)}
"""The places that a caller who says the full name always says, of Chinese and of Latin names (without the initial)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A name's tokens: over the registry, and on its shared number (empty on an extension of its own)."""

    registry: tuple[str, ...]
    line: tuple[str, ...] = ()


def tokens(name: str, gender: str, *, shares_number: bool, first: bool = False) -> Tokens:
    """What a name takes from others; `first` where it is among the first names of its number."""
    key = sound_key(name)
    sound = " ".join(key.classes)
    # An imported name may come without its gender: it then keeps both from sounding like it.
    registry = (f"name|{name}", *(f"sound|{one}|{sound}" for one in ((gender,) if gender else GENDERS)))
    return Tokens(registry, line_tokens(key, first=first) if shares_number else ())


def line_tokens(key: SoundKey, *, first: bool) -> tuple[str, ...]:
    """The tokens that a name takes on a shared number."""
    classes = key.classes
    # A name of one place still takes something: its sound together with nothing.
    padded = classes if len(classes) > 1 else (*classes, "")
    pairs = [f"{i}{j}|{a}|{b}" for (i, a), (j, b) in combinations(enumerate(padded), 2)]
    if first:
        pairs += [f"{i}|{sound}" for i, sound in enumerate(classes) if i in ALWAYS_SAID[key.latin]]
    return tuple(pairs)


def distance(one: SoundKey, other: SoundKey) -> int:
    """The number of places where two names sound different; a place that only one has differs."""
    return sum(a != b for a, b in zip_longest(one.classes, other.classes))


def least_distance(names: Sequence[str]) -> int:
    """The smallest distance among names, for tests and audits; O(n²)."""
    keys = [sound_key(name) for name in names]
    return min((distance(a, b) for a, b in combinations(keys, 2)), default=0)
