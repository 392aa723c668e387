"""What a name sounds like on a telephone: one merged class per syllable or word."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pypinyin import Style, pinyin

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


@lru_cache(maxsize=65536)
def readings(character: str) -> tuple[int, ...]:
    """Syllable ids (see syllables.SYLLABLES) of a character, commonest first; empty when unknown."""
    found = pinyin(character, heteronym=True, style=Style.NORMAL, errors="ignore")
    # A stable order without doubles: pypinyin lists tones apart.
    names = dict.fromkeys(found[0]) if found else {}
    return tuple(SYLLABLE_ID[name] for name in names if name in SYLLABLE_ID)


@lru_cache(maxsize=65536)
def syllable_of(character: str, *, surname: bool = False) -> int:
    """The id of the syllable a character is read as in a name, -1 when pypinyin knows none."""
    if surname and character in SURNAME_READINGS:
        return SYLLABLE_ID[SURNAME_READINGS[character]]
    found = readings(character)
    return found[0] if found else -1


@lru_cache(maxsize=65536)
def _class_of(character: str, surname: bool) -> str:
    syllable = syllable_of(character, surname=surname)
    return merged_class(SYLLABLES[syllable]) if syllable >= 0 else character


def sound_key(name: str) -> tuple[str, ...]:
    """What a listener can tell of a name: one merged class per Chinese character or Latin word.

    Two names with equal keys cannot be told apart by ear. Chinese characters give
    `initial+final` with the confusions of syllables.py merged; Latin words a consonant skeleton.
    """
    han = [c for c in name if is_han(c)]
    if han:
        return (_class_of(han[0], True), *[_class_of(c, False) for c in han[1:]])
    return tuple(latin_key(word) for word in latin_words(name))


def latin_words(text: str) -> tuple[str, ...]:
    """The words of a Latin-script text in lower case, without accents, full stops and hyphens."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return tuple(re.findall(r"[a-z]+", re.sub(r"['’]", "", bare)))


_RESPELL = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"^(?:kn|gn|pn)", "n"), (r"^wr", "r"), (r"^x", "s"), (r"mb$", "m"), (r"ph", "f"), (r"gh(?=[^aeiou]|$)", ""),
        (r"sch|sh|ch|tch", "j"), (r"ck|q", "k"), (r"c(?=[eiy])", "s"), (r"g(?=[eiy])", "j"), (r"c", "k"),
        (r"x", "ks"), (r"z", "s"), (r"v", "f"), (r"th", "t"), (r"d", "t"), (r"b", "p"),
    )
)  # fmt: skip


@lru_cache(maxsize=65536)
def latin_key(word: str) -> str:
    """The consonant skeleton of a lower-case word: `catherine` and `kathryn` give `ktrn`.

    Voiced and unvoiced stops, and v and f, count as one: a telephone band does not separate them.
    An initial vowel is kept as `a`.
    """
    for pattern, by in _RESPELL:
        word = pattern.sub(by, word)
    if not word:
        return ""
    head = "a" if word[0] in "aeiouy" else word[0]
    skeleton = head + re.sub(r"[aeiouyhw]", "", word[1:])
    return re.sub(r"(.)\1+", r"\1", skeleton)
