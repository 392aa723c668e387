"""A typed name as an utterance: which sounds, in which form of address, with what masked."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from tracer.domain.codebook.phonetics import is_han, readings
from tracer.domain.codebook.syllables import SYLLABLE_ID


class Form(StrEnum):
    """How a name is spoken."""

    NAME = "name"
    TITLED = "titled"
    NICKNAME = "nickname"
    MASKED = "masked"


@dataclass(frozen=True, slots=True)
class Unit:
    """One syllable as typed: its possible readings (ids, empty when unknown) and its character.

    `character` is the code point, 0 when a syllable was typed in pinyin.
    """

    readings: tuple[int, ...]
    character: int = 0


@dataclass(frozen=True, slots=True)
class Spoken:
    """One reading of a typed Chinese name.

    Of a masked one, the last `trailing` units stand at the end. `gender` is what the title says,
    "" where it says nothing.
    """

    form: Form
    units: tuple[Unit, ...]
    trailing: int = 0
    gender: str = ""


_MEN = "先生|师傅|師傅|大哥|大叔|叔叔|帅哥|帥哥|xiansheng|xian sheng|mr|sir"
_WOMEN = (
    "女士|小姐姐|小姐|太太|夫人|阿姨|大姐|大妈|大媽|美女|姐"
    "|nvshi|nüshi|nv shi|xiaojie|xiao jie|taitai|mrs|ms|miss|madam"
)
_ANYBODY = "老师|老師|同学|同學|老板|老闆|经理|經理|总|總"
_TITLE = re.compile(rf"(?P<male>{_MEN})$|(?P<female>{_WOMEN})$|(?P<any>{_ANYBODY})$", re.IGNORECASE)
_LATIN_TITLE = re.compile(r"^(mr|mrs|ms|miss|mx|dr|sir|madam|xiansheng|nvshi)\b\.?\s*", re.IGNORECASE)
_OPENING = re.compile(
    r"^(?:请问|請問|你好|您好|喂|您是|你是|是不是|我找一下|找一下|我找|找|叫做|叫|名叫|姓名|是|给|收件人|收货人"
    r"|[\s,:。?!、])+"
)
_CLOSING = re.compile(
    r"(?:是吗|是吧|对吗|对吧|对不对|在吗|吗|嘛|么|吧|本人|您好|你好|的快递|送快递|\((?:男|女)\)|[\s,。?!、])+$"
)
_MASKS = dict.fromkeys(map(ord, "×○●〇＊某?_"), "*")
_MASKING_X = re.compile(r"(?<![A-Za-z])[xX]+(?![A-Za-z])")
_SPELLED = {s: i for s, i in SYLLABLE_ID.items() if s not in ("hm", "m", "n")}  # not sounds of names
_SPELLED |= {s.replace("v", "yu"): i for s, i in _SPELLED.items() if "v" in s}  # as passports spell it
_LONGEST = 64


def _tidy(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)[:_LONGEST].strip()
    return _CLOSING.sub("", _OPENING.sub("", plain))


@lru_cache(maxsize=32768)
def speaks_chinese(text: str) -> bool:
    """Whether a typed name contains a Chinese character."""
    return any(map(is_han, text))


@lru_cache(maxsize=32768)
def chinese_readings(text: str) -> tuple[Spoken, ...]:
    """What a typed text may be as a Chinese name, in characters or pinyin; empty when it is none.

    What looks like a title at its end may be the end of the name: `chen xiao jie` is read both ways.
    """
    plain = _tidy(text)
    bare, titled, gender = _without_title(plain)
    readings_ = _readings(bare, titled, gender)
    if titled and len(readings_) and not _is_masked(plain):
        whole = [one for one in _readings(plain, False, "") if 2 <= len(one.units) <= 4 and one.form is Form.NAME]
        readings_ += tuple(whole)
    return readings_


def _is_masked(text: str) -> bool:
    return "*" in text.translate(_MASKS) or bool(_MASKING_X.search(text) and speaks_chinese(text))


def _readings(plain: str, titled: bool, gender: str) -> tuple[Spoken, ...]:
    masked = _MASKING_X.sub("*", plain.translate(_MASKS)) if speaks_chinese(plain) else plain
    if "*" in masked:
        return _masked(masked, gender)
    form = Form.TITLED if titled else Form.NAME
    if not speaks_chinese(plain):
        return tuple(Spoken(form, units, gender=gender) for units in _from_pinyin(plain))
    units = _units(plain)
    spoken = [Spoken(form, units, gender=gender)] if units else []
    if not titled and len(units) == 2 and plain[0] in "小老":
        spoken.append(Spoken(Form.NICKNAME, units[1:]))
    return tuple(spoken)


def _without_title(text: str) -> tuple[str, bool, str]:
    """The text without a title, whether there was one, and the gender it tells."""
    if not speaks_chinese(text) and (before := _LATIN_TITLE.match(text)):
        title = before[1].casefold()
        gender = "male" if title in ("mr", "sir", "xiansheng") else "" if title in ("dr", "mx") else "female"
        return text[before.end() :], True, gender
    found = _TITLE.search(text)
    # A word that ends like a title is none where it is all there is, or part of a Latin word.
    if not found or not found.start() or (found[0].isascii() and text[found.start() - 1].isalpha()):
        return text, False, ""
    return text[: found.start()], True, "" if found["any"] else "male" if found["male"] else "female"


def _masked(text: str, gender: str) -> tuple[Spoken, ...]:
    before, _, rest = text.partition("*")
    after = rest.rpartition("*")[2]
    leading, trailing = _units(before), _units(after)
    if not leading and not trailing:
        return ()
    return (Spoken(Form.MASKED, leading + trailing, len(trailing), gender),)


def _units(text: str) -> tuple[Unit, ...]:
    """One unit a character; Latin letters between them (`张xiaomeng`) count as pinyin."""
    units: list[Unit] = []
    for piece in re.findall(r"[A-Za-züÜ]+|.", text):
        if is_han(piece[0]):
            units.append(Unit(readings(piece), ord(piece)))
        elif piece[0].isalpha() and (split := _splits(piece.casefold().replace("ü", "v"))):
            units.extend(Unit((i,)) for i in split[0])
    return tuple(units)


@lru_cache(maxsize=8192)
def _splits(letters: str) -> tuple[tuple[int, ...], ...]:
    """The ways to cut letters into syllables, fewest syllables first, at most four of them."""
    if len(letters) > 24:
        return ()
    found: list[list[tuple[int, ...]]] = [[()]]
    for end in range(1, len(letters) + 1):
        found.append(
            [
                (*head, _SPELLED[letters[start:end]])
                for start in range(max(0, end - 6), end)
                if letters[start:end] in _SPELLED
                for head in found[start]
            ]
        )
    return tuple(sorted(found[-1], key=len)[:4])


def _from_pinyin(text: str) -> tuple[tuple[Unit, ...], ...]:
    """Syllables of `zhang xiao meng`, `Zhang Xiaomeng`, `zhangxiaomeng`, or given name first."""
    words = re.findall(r"[a-zv]+", _without_tones(text))
    cuts = [_splits(word) for word in words]
    if not words or not all(cuts) or len(words) > 4:
        return ()
    # Only a word on its own is cut in several ways: in spaced pinyin the fewest syllables are meant.
    orders = list(cuts[0]) if len(cuts) == 1 else [sum((c[0] for c in cuts), ())]
    if len(cuts) == 2 and len(cuts[0][0]) > 1:
        orders.append(cuts[1][0] + cuts[0][0])
    return tuple(tuple(Unit((i,)) for i in order) for order in orders)


def _without_tones(text: str) -> str:
    marked = unicodedata.normalize("NFD", text.casefold()).replace("u\u0308", "v").replace("u:", "v")
    bare = "".join(c for c in marked if not unicodedata.combining(c))
    return re.sub(r"[\d'’]", lambda m: " " if m[0] in "'’" else "", bare)
