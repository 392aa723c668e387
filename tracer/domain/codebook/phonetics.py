"""What a name sounds like on a telephone: one merged class per syllable or word."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from tracer.domain.codebook.latin.sounds import name_key
from tracer.domain.codebook.repertoire import frozen_reading
from tracer.domain.codebook.syllables import SYLLABLE_ID, SYLLABLES, merged_class

SURNAME_READINGS: dict[str, str] = {
    "单": "shan", "單": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "区": "ou", "區": "ou", "翟": "zhai",
    "盖": "ge", "朴": "piao", "查": "zha", "乐": "yue", "樂": "yue", "缪": "miao", "繆": "miao", "覃": "qin",
    "折": "she", "种": "chong", "员": "yun", "員": "yun", "秘": "bi", "召": "shao", "句": "gou", "黑": "he",
    "洗": "xian", "万": "wan", "尹": "yin", "贾": "jia", "葛": "ge", "任": "ren", "华": "hua", "纪": "ji",
}  # fmt: skip
"""Characters read otherwise as a surname than elsewhere."""

COMPOUND_SURNAMES = frozenset({
    "欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "諸葛", "东方", "東方", "皇甫", "尉迟", "尉遲", "公孙",
    "公孫", "轩辕", "令狐", "钟离", "宇文", "长孙", "慕容", "司徒", "司空", "夏侯", "端木", "百里", "南宫",
    "南宮", "独孤", "呼延", "闻人", "聞人", "申屠", "东郭", "西门", "西門",
})  # fmt: skip
"""Surnames of two characters, simplified and traditional."""


def is_han(character: str) -> bool:
    """Whether a character is a Chinese one (unified ideographs with extensions A to I)."""
    code = ord(character)
    return 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x20000 <= code <= 0x323AF or code == 0x3007


_NOT_COMMON_HAN = re.compile("[^\u4e00-\u9fff]")


def han_only(name: str) -> str:
    """The Chinese characters of a name."""
    if not _NOT_COMMON_HAN.search(name):
        return name
    return "" if name.isascii() else "".join(c for c in name if is_han(c))


@lru_cache(maxsize=65536)
def readings(character: str) -> tuple[int, ...]:
    """Syllable ids (see syllables.SYLLABLES) of a character, commonest first; empty when unknown."""
    from pypinyin import Style, pinyin  # takes long to load, and issued names are in the repertoire

    found = pinyin(character, heteronym=True, style=Style.NORMAL, errors="ignore")
    # A stable order without doubles: pypinyin lists tones apart.
    names = dict.fromkeys(found[0]) if found else {}
    return tuple(SYLLABLE_ID[name] for name in names if name in SYLLABLE_ID)


@lru_cache(maxsize=65536)
def syllable_of(character: str, *, surname: bool = False) -> int:
    """The id of the syllable a character is read as in a name, -1 when pypinyin knows none."""
    frozen = frozen_reading(character, surname)  # whatever pypinyin may say one day
    if frozen >= 0:
        return frozen
    if surname and character in SURNAME_READINGS:
        return SYLLABLE_ID[SURNAME_READINGS[character]]
    found = readings(character)
    return found[0] if found else -1


@lru_cache(maxsize=65536)
def _class_of(character: str, surname: bool) -> str:
    syllable = syllable_of(character, surname=surname)
    return merged_class(SYLLABLES[syllable]) if syllable >= 0 else character


class SoundKey(NamedTuple):
    """What a listener can tell of a name: one class per place. Names with equal keys sound alike.

    Chinese: the surname (one class, or two joined for a compound one), then each given syllable.
    Latin: last name, first name, middle initial ("" without one).
    """

    classes: tuple[str, ...]
    latin: bool


def sound_key(name: str) -> SoundKey:
    """The sound key of a name; a character without a known reading stands for itself."""
    han = han_only(name)
    if not han:
        return SoundKey(name_key(name), latin=True)
    family = surname_length(han)
    surname = " ".join(_class_of(c, family == 1) for c in han[:family])
    return SoundKey((surname, *(_class_of(c, False) for c in han[family:])), latin=False)


def surname_length(han: str) -> int:
    """How many characters of a Chinese name are its surname: 2 of 欧阳娜娜, else 1."""
    return 2 if len(han) > 2 and han[:2] in COMPOUND_SURNAMES else 1
