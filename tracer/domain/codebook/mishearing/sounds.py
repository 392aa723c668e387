"""Syllables as an ear takes them apart, and what each turns into between a caller's mouth and a listener's ear."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from pypinyin import Style, pinyin

from tracer.domain.codebook.mishearing.keyboard import keyboard, mass_of, spelled
from tracer.domain.codebook.mishearing.names import SIMPLIFIED, Weighted, pick, weighted
from tracer.domain.errors import InvalidValue

if TYPE_CHECKING:
    from tracer.domain.codebook.mishearing.voices import Voice

SURNAME_SOUNDS: dict[str, tuple[tuple[str, int, float], ...]] = {
    "曾": (("zeng", 1, 0.9), ("ceng", 2, 0.1)), "单": (("shan", 4, 0.8), ("dan", 1, 0.2)),
    "仇": (("qiu", 2, 0.7), ("chou", 2, 0.3)), "解": (("xie", 4, 0.7), ("jie", 3, 0.3)),
    "区": (("ou", 1, 0.7), ("qu", 1, 0.3)), "翟": (("zhai", 2, 0.85), ("di", 2, 0.15)),
    "盖": (("gai", 4, 0.6), ("ge", 3, 0.4)), "朴": (("piao", 2, 0.8), ("pu", 3, 0.2)),
    "查": (("zha", 1, 0.7), ("cha", 2, 0.3)), "乐": (("yue", 4, 0.6), ("le", 4, 0.4)),
    "缪": (("miao", 4, 0.7), ("mou", 2, 0.3)), "覃": (("qin", 2, 0.6), ("tan", 2, 0.4)),
    "种": (("chong", 2, 0.5), ("zhong", 3, 0.5)), "折": (("she", 2, 0.5), ("zhe", 2, 0.5)),
    "员": (("yun", 4, 0.5), ("yuan", 2, 0.5)), "秘": (("bi", 4, 0.5), ("mi", 4, 0.5)),
    "召": (("shao", 4, 0.5), ("zhao", 4, 0.5)), "任": (("ren", 2, 1.0),), "华": (("hua", 4, 1.0),),
    "尉": (("wei", 4, 0.5), ("yu", 4, 0.5)), "牟": (("mou", 2, 0.5), ("mu", 4, 0.5)),
    "佘": (("she", 2, 0.9), ("yu", 2, 0.1)), "冼": (("xian", 3, 0.85), ("xi", 3, 0.15)),
    "谌": (("chen", 2, 0.6), ("shen", 4, 0.4)), "宁": (("ning", 2, 1.0),), "薄": (("bo", 2, 0.9), ("bao", 2, 0.1)),
    "卜": (("bu", 3, 1.0),), "万": (("wan", 4, 1.0),), "长": (("zhang", 3, 1.0),),
    "澹": (("tan", 2, 1.0),),
}  # fmt: skip
"""Surnames with a reading of their own, and how often a caller reads which from a list."""

GIVEN_SOUNDS: dict[str, tuple[tuple[str, int, float], ...]] = {
    "茜": (("xi", 1, 0.5), ("qian", 4, 0.5)), "晟": (("sheng", 4, 0.6), ("cheng", 2, 0.4)),
    "乐": (("le", 4, 0.8), ("yue", 4, 0.2)), "朝": (("chao", 2, 0.7), ("zhao", 1, 0.3)),
    "长": (("chang", 2, 0.8), ("zhang", 3, 0.2)), "曾": (("zeng", 1, 0.7), ("ceng", 2, 0.3)),
    "琢": (("zhuo", 2, 1.0),), "妮": (("ni", 1, 1.0),), "娜": (("na", 4, 0.95), ("nuo", 2, 0.05)),
    "重": (("chong", 2, 0.5), ("zhong", 4, 0.5)), "祎": (("yi", 1, 0.8), ("wei", 2, 0.2)),
    "昱": (("yu", 4, 0.85), ("li", 4, 0.15)), "翊": (("yi", 4, 0.9), ("li", 4, 0.1)), "似": (("si", 4, 1.0),),
    "垚": (("yao", 2, 0.9), ("tu", 3, 0.1)), "骁": (("xiao", 1, 0.9), ("yao", 2, 0.1)), "佛": (("fo", 2, 1.0),),
}  # fmt: skip
"""Characters of given names that people read in two ways."""


_SENSE_OF_SURNAMES, _SENSE_OF_GIVEN = 0.25, 0.05
"""How strongly listeners set right what an accent makes of a usual name: the power of how much rarer it is."""


@lru_cache(maxsize=65536)
def sounds_of(character: str, surname: bool) -> tuple[tuple[str, int, float], ...]:
    """The (syllable, tone, probability) readings of one character in a name; empty when it has none."""
    own = (SURNAME_SOUNDS if surname else GIVEN_SOUNDS).get(SIMPLIFIED.get(character, character))
    if own:
        return own
    if len(character) != 1 or not pinyin(character, style=Style.NORMAL, errors="ignore"):
        return ()
    syllable, tone = spelled(pinyin(character, style=Style.TONE, errors="ignore")[0][0])
    return ((syllable, tone, 1.0),) if syllable in _parts() else ()


_GLIDED = {
    "yi": "i", "ya": "ia", "yan": "ian", "yang": "iang", "ye": "ie", "yao": "iao", "you": "iou", "yin": "in",
    "ying": "ing", "yong": "iong", "yu": "v", "yuan": "van", "yue": "ve", "yun": "vn", "yo": "io", "wu": "u",
    "wa": "ua", "wo": "uo", "wai": "uai", "wei": "uei", "wan": "uan", "wen": "uen", "wang": "uang", "weng": "ueng",
}  # fmt: skip
_SHORT = {"iu": "iou", "ui": "uei", "un": "uen"}
_TO_PALATAL = {
    "-i": "i", "a": "ia", "an": "ian", "ang": "iang", "ao": "iao", "ou": "iou", "e": "ie", "en": "in", "eng": "ing",
    "ong": "iong", "u": "v", "uan": "van", "uen": "vn", "uo": "ve",
}  # fmt: skip
_FROM_PALATAL = {by: final for final, by in _TO_PALATAL.items()}


def split(syllable: str) -> tuple[str, str]:
    """Initial and final in full: `you` is ("", "iou"), `jun` is ("j", "vn"), `shi` is ("sh", "-i")."""
    if syllable in _GLIDED:
        return "", _GLIDED[syllable]
    initial = syllable[:2] if syllable[:2] in {"zh", "ch", "sh"} else syllable[:1]
    if not initial or initial in "aoe":
        return "", syllable
    final = syllable[len(initial) :]
    if initial in "jqx" and final.startswith("u"):
        return initial, "v" + final[1:]
    if final == "i" and initial in {"zh", "ch", "sh", "r", "z", "c", "s"}:
        return initial, "-i"
    return initial, _SHORT.get(final, final)


@lru_cache(maxsize=1)
def _parts() -> dict[str, tuple[str, str]]:
    return {syllable: split(syllable) for syllable in keyboard().words}


@lru_cache(maxsize=1)
def _spelling() -> dict[tuple[str, str], str]:
    return {parts: syllable for syllable, parts in _parts().items()}


def join(initial: str, final: str, instead: str) -> str:
    """The syllable of these parts, or the nearest that Mandarin has to it, or `instead`."""
    spelling = _spelling()
    shifted = (_TO_PALATAL if initial in {"j", "q", "x"} else _FROM_PALATAL).get(final, final)
    old_initial, old_final = split(instead)
    was_palatal, is_palatal = old_initial in {"j", "q", "x"}, initial in {"j", "q", "x"}
    fitted = shifted if was_palatal != is_palatal else final
    for parts in ((initial, fitted), (old_initial, final), (initial, old_final)):
        if parts in spelling:
            return spelling[parts]
    return instead


_PLACE = {
    "b": 0, "p": 0, "m": 0, "f": 3, "d": 2, "t": 2, "n": 2, "l": 2, "z": 2.2, "c": 2.2, "s": 2.2, "zh": 2.8,
    "ch": 2.8, "sh": 2.8, "r": 2.8, "j": 3.2, "q": 3.2, "x": 3.2, "g": 4.5, "k": 4.5, "h": 4.5, "": 4.5,
}  # fmt: skip
_MANNER = {
    **dict.fromkeys("bdgptk", "stop"), **dict.fromkeys(("z", "zh", "j", "c", "ch", "q"), "affricate"),
    **dict.fromkeys(("f", "s", "sh", "x", "h"), "fricative"), "m": "nasal", "n": "nasal", "l": "liquid",
    "r": "liquid", "": "none",
}  # fmt: skip
_BREATHY = frozenset({"p", "t", "k", "c", "ch", "q", "f", "s", "sh", "x", "h"})
_KINSHIP = {
    frozenset({"stop", "affricate"}): 1.0, frozenset({"affricate", "fricative"}): 0.9,
    frozenset({"nasal", "liquid"}): 0.7, frozenset({"liquid", "none"}): 1.0, frozenset({"stop", "none"}): 1.4,
    frozenset({"fricative", "none"}): 1.4, frozenset({"nasal", "none"}): 1.4,
}  # fmt: skip
_VOWEL = {"a": (0.0, 0.0), "e": (1.0, -0.4), "o": (1.0, 1.0), "i": (2.0, -1.0), "u": (2.0, 1.0), "v": (2.0, -0.3)}


def _initial_distance(one: str, other: str) -> float:
    manners = frozenset({_MANNER[one], _MANNER[other]})
    manner = 0.0 if len(manners) == 1 else _KINSHIP.get(manners, 2.2)
    breath = 0.9 if (one in _BREATHY) != (other in _BREATHY) else 0.0
    return 0.55 * abs(_PLACE[one] - _PLACE[other]) + manner + breath


@lru_cache(maxsize=256)
def _shape(final: str) -> tuple[str, tuple[float, float], str]:
    if final == "-i":
        return "", (1.6, -0.2), ""
    coda = "ng" if final.endswith("ng") else final[-1] if final[-1] in "nr" else ""
    body = final[: len(final) - len(coda)] if coda else final
    if not coda and len(body) > 1 and body[-1] in "iuo" and body not in {"uo", "io"}:
        coda, body = ("i" if body[-1] == "i" else "u"), body[:-1]
    glide = body[0] if len(body) > 1 and body[0] in "iuv" else ""
    return glide, _VOWEL[body[-1]], coda


def _final_distance(one: str, other: str) -> float:
    (glide, vowel, coda), (glide2, vowel2, coda2) = _shape(one), _shape(other)
    lost = 0.0 if coda == coda2 else 0.6 if {coda, coda2} == {"n", "ng"} else 1.3
    return math.dist(vowel, vowel2) + lost + (0.0 if glide == glide2 else 1.2)


@lru_cache(maxsize=1024)
def near(syllable: str) -> dict[str, float]:
    """Other syllables that differ little to the ear, with weights that fall with the difference."""
    initial, final = split(syllable)
    found: dict[str, float] = {}
    for other, (initial2, final2) in _parts().items():
        distance = _initial_distance(initial, initial2) + _final_distance(final, final2)
        # Mostly one part is misheard, not both at once.
        distance += 0.7 if initial != initial2 and final != final2 else 0.0
        if other != syllable and distance < 3.0:
            found[other] = math.exp(-1.5 * distance)
    return found


def _options(table: Mapping[str, tuple[tuple[str, float], ...]], part: str, strength: float) -> dict[str, float]:
    changed = {to: p * strength for to, p in table.get(part, ())}
    total = sum(changed.values())
    # However broad the accent, listeners undo part of it.
    scale = min(1.0, 0.9 / total) if total else 1.0
    return {**{to: p * scale for to, p in changed.items()}, part: 1.0 - total * scale}


def accented(voice: Voice, strength: float, syllable: str) -> dict[str, float]:
    """What the accent alone makes of a syllable, as probabilities."""
    found = _options(voice.syllables, syllable, strength)
    if not found.keys() <= _parts().keys():
        raise InvalidValue(f"voice {voice.name}, syllables", sorted(found), "syllables of Mandarin")
    rest = found.pop(syllable)
    initial, final = split(syllable)
    for initial2, p in _options(voice.initials, initial, strength).items():
        for final2, q in _options(voice.finals, final, strength).items():
            same = initial2 == initial and final2 == final
            result = syllable if same else join(initial2, final2, syllable)
            found[result] = found.get(result, 0.0) + rest * p * q
    return found


@lru_cache(maxsize=32768)
def _from_accent(voice: Voice, strength: float, syllable: str, surname: bool) -> Weighted:
    """What the accent and a listener's sense for names make of a syllable: few take Zhang for Zang."""
    trust = _SENSE_OF_SURNAMES if surname else _SENSE_OF_GIVEN
    found: dict[str, float] = {syllable: 0.0}
    for to, p in accented(voice, strength, syllable).items():
        kept = p * min(1.0, mass_of(to, surname) / mass_of(syllable, surname)) ** trust
        found[to] = found.get(to, 0.0) + kept
        found[syllable] += p - kept
    return weighted(found)


@lru_cache(maxsize=1024)
def _slips(syllable: str, surname: bool) -> Weighted:
    """Near syllables; who expects a name hears one, so those that names use come up more."""
    return weighted({to: weight * math.sqrt(mass_of(to, surname)) for to, weight in near(syllable).items()})


@lru_cache(maxsize=2)
def _anything(surname: bool) -> Weighted:
    return weighted({to: mass_of(to, surname) for to in _parts()})


def heard_as(voice: Voice, strength: float, syllable: str, surname: bool, rng: np.random.Generator) -> str:
    """What arrives at the listener for one spoken syllable: through the accent, or lost or blurred on the line."""
    chance = rng.random()
    lost, blurred = min(0.4, voice.any_noise * strength), min(0.5, voice.near_noise * strength)
    if chance < lost:
        return pick(_anything(surname), rng.random())
    slips = _slips(syllable, surname) if chance < lost + blurred else None
    return pick(slips if slips and slips[1] else _from_accent(voice, strength, syllable, surname), rng.random())
