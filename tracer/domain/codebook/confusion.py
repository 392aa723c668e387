"""How often one Mandarin syllable is heard as another over a telephone.

A syllable is taken apart into initial, glide, vowel and coda, and each part is misheard by itself.
The palatals j q x count as z c s before a glide i or ü, with which they stand in complementary
distribution: so the southern zhang for jiang, su for xu, and yan for ran are small steps. The shares
are assumptions: no corpus of misheard names exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.syllables import SYLLABLES, initial_and_final

Floats = NDArray[np.float64]

SAME, MERGED, NEAR, ANY_PART = 0.93, 0.04, 0.006, 0.004
"""Weights of a part heard as itself, as each one that many speakers do not tell from it, as each one near
it, and as any (shared out). Relative: a part without near ones is heard better."""

ANY_SYLLABLE = 0.01
"""Share of said syllables that are heard as any syllable at all."""

MERGED_PARTS: tuple[tuple[str, ...], ...] = (
    ("z-zh", "c-ch", "s-sh", "n-l", "l-r", "n-r"),
    (),
    (),
    ("n-ng",),
)
"""Initials, glides, vowels and codas that whole regions merge."""

NEAR_PARTS: tuple[tuple[str, ...], ...] = (
    (
        "b-p", "d-t", "g-k", "z-c", "zh-ch", "zh-c", "z-ch", "b-d", "d-g", "p-t", "t-k", "m-n", "f-h", "f-s", "f-sh",
        "h-k", "h-s", "h-sh", "g-h", "h-", "r-", "g-", "k-", "m-", "n-", "b-m", "d-l", "z-s", "zh-sh", "c-s", "ch-sh",
        "z-d", "c-t", "zh-g",
    ),
    ("-i", "-u", "i-v", "u-v"),
    ("a-e", "e-o", "o-u", "i-v", "u-v", "e-E", "E-i", "a-E", "y-i", "y-e", "r-e", "r-a", "a-o", "e-i", "y-u"),
    ("-i", "-u", "-n", "-ng", "i-u", "i-n"),
)  # fmt: skip

JOINT_STEPS: tuple[tuple[tuple[str, str], tuple[str, str], float], ...] = (
    (("h", "u"), ("f", ""), MERGED),  # hui and fei, huang and fang
    (("r", ""), ("", "i"), NEAR),  # ran and yan
)
"""(Initial, glide) that are heard as another at once, and with which weight."""

_PALATAL = {"j": "z", "q": "c", "x": "s"}
_FINALS = {
    "a": "|a|", "o": "u|o|", "e": "|e|", "ai": "|a|i", "ei": "|e|i", "ao": "|a|u", "ou": "|o|u", "an": "|a|n",
    "en": "|e|n", "ang": "|a|ng", "eng": "|e|ng", "er": "|r|", "i": "|i|", "ia": "i|a|", "ie": "i|E|", "io": "i|o|",
    "iao": "i|a|u", "iou": "i|o|u", "ian": "i|a|n", "in": "|i|n", "iang": "i|a|ng", "ing": "|i|ng",
    "iong": "i|u|ng", "u": "|u|", "ua": "u|a|", "uo": "u|o|", "uai": "u|a|i", "uei": "u|e|i", "uan": "u|a|n",
    "uen": "u|e|n", "uang": "u|a|ng", "ueng": "u|e|ng", "ong": "|u|ng", "v": "|v|", "ve": "v|E|", "van": "v|a|n",
    "vn": "|v|n", "ê": "|E|", "m": "|m|", "n": "|n|", "": "|m|",
}  # fmt: skip


def parts(syllable: str) -> tuple[str, str, str, str]:
    """Initial, glide, vowel and coda of a toneless syllable; "" where it has none, ü as v."""
    initial, final = initial_and_final(syllable)
    if final == "i" and initial in ("z", "c", "s", "zh", "ch", "sh", "r"):
        return initial, "", "y", ""  # the vowel of zi and zhi
    glide, vowel, coda = _FINALS[final].split("|")
    if initial in ("b", "p", "m", "f") and final == "o":
        glide = ""
    return _PALATAL.get(initial, initial), glide, vowel, coda


@lru_cache(maxsize=1)
def confusion() -> Floats:
    """P(heard | said), shape (410, 410): rows heard, columns said; each column sums to one."""
    split = [parts(syllable) for syllable in SYLLABLES]
    share = np.ones((len(SYLLABLES), len(SYLLABLES)))
    for i, (merged, near) in enumerate(zip(MERGED_PARTS, NEAR_PARTS, strict=True)):
        share *= _part([part[i] for part in split], merged, near)
    share = _with_joint_steps(share, split)
    made: Floats = (1 - ANY_SYLLABLE) * share / share.sum(axis=0) + ANY_SYLLABLE / len(SYLLABLES)
    made.setflags(write=False)
    return made


def syllable_distance(one: int, other: int) -> float:
    """How far apart two syllables (ids) sound: 0 the same, 1 no more alike than any two.

    The log of how often they are taken for one another, both ways, relative to the syllables themselves.
    """
    p = confusion()
    likeness = 0.5 * float(np.log(p[one, other] * p[other, one] / (p[one, one] * p[other, other])))
    return min(1.0, likeness / float(np.log(p.min())))


def _with_joint_steps(share: Floats, split: Sequence[tuple[str, str, str, str]]) -> Floats:
    """The share with initial and glide misheard together where that is one step (`JOINT_STEPS`)."""
    place: dict[tuple[str, ...], int] = {part: i for i, part in enumerate(split)}
    for one, other, weight in JOINT_STEPS:
        for initial, glide, vowel, coda in split:
            if (initial, glide) == one and vowel != "u" and (i := place.get((*other, vowel, coda))) is not None:
                share[place[*one, vowel, coda], i] = share[i, place[*one, vowel, coda]] = SAME**3 * weight
    return share


def _part(of: Sequence[str], merged: Sequence[str], near: Sequence[str]) -> Floats:
    """The weight of each syllable's part heard for each syllable's part said, shape (n, n)."""
    kinds = sorted(set(of))
    table = np.full((len(kinds), len(kinds)), ANY_PART / len(kinds))
    for column, said in enumerate(kinds):
        sisters, neighbours = (_listed(said, pairs, kinds) for pairs in (merged, near))
        table[column, column] += SAME
        table[sisters, column] += MERGED
        table[neighbours, column] += NEAR
    place = [kinds.index(part) for part in of]
    return np.asarray(table[np.ix_(place, place)])


def _listed(said: str, pairs: Sequence[str], kinds: Sequence[str]) -> list[int]:
    both = [tuple(pair.split("-")) for pair in pairs]
    return [i for i, kind in enumerate(kinds) if kind != said and ((said, kind) in both or (kind, said) in both)]
