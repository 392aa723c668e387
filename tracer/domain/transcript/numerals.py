"""Numbers that were spoken, put in digits: 幺五八二, 一百八, one five eight double three, twenty-nine ninety-nine."""

from __future__ import annotations

import re

from tracer.domain.transcript.patterns import pattern
from tracer.domain.transcript.plain import Plain

_DIGITS = dict(zip("零〇一二三四五六七八九幺两洞拐勾", "00123456789120" + "79", strict=True)) | {"o": "0", "○": "0"}
_CHINESE_DIGIT = "零〇○一二三四五六七八九幺两洞拐勾"
_JOINT = r"[\s,、·\-—.]{0,2}"
_RUN = re.compile(
    rf"(?<![\d.])(?:[{_CHINESE_DIGIT}\d]{_JOINT}){{2,40}}[{_CHINESE_DIGIT}\d]"
    rf"(?![百千万亿十]|\s*[个位倍份件天块元点月号日分岁折]\b|[套双瓶盒条箱支](?![一-鿿]?控))"
)
_NUMERAL = pattern("numerals", "numeral")
_SINGLE = re.compile(
    r"([一二两三四五六七八九十])(?=(?:块|元)(?![一-鿿]*板)|月(?:[一二三四五六七八九十\d]|份)|号(?!楼|线))"
)
_VALUES = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "幺": 1}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}

_ONES = {w: i for i, w in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])}
_ENGLISH_DIGITS = {w: str(i) for w, i in _ONES.items()} | {"oh": "0", "o": "0", "nought": "0", "naught": "0"}
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = _ONES | {w: 10 + i for i, w in enumerate(_TEENS)} | {w: 20 + 10 * i for i, w in enumerate(_TENS)}
_SPOKEN_DIGIT = r"(?:zero|oh|o|nought|naught|one|two|three|four|five|six|seven|eight|nine|\d)"
_ENGLISH_RUN = re.compile(
    rf"(?<![\w.$£€])(?:(?:double|triple)[\s-]{_SPOKEN_DIGIT}|{_SPOKEN_DIGIT})"
    rf"(?:(?:\sdash\s|[\s,-]|\.\s|\.\.\.\s?)+(?:(?:double|triple)[\s-]{_SPOKEN_DIGIT}|{_SPOKEN_DIGIT})){{1,30}}(?![\w%])"
)
_WORD = rf"(?:{'|'.join(sorted(_SMALL, key=len, reverse=True))}|hundred|thousand)"
_ENGLISH_NUMERAL = re.compile(rf"\b(?:a\s(?=hundred|thousand))?{_WORD}(?:(?:\s|-|\sand\s){_WORD})*\b")
_MONEY_BEFORE = re.compile(
    r"(?:paid|pay|price|cost|costs|priced at|for|total(?:led)?|at|worth|was|of|\$|£)\s(?:about |only )?$"
)
_MONEY_AFTER = re.compile(r"\s*(?:dollars?|bucks|pounds?|quid|yuan|euros?|rmb|kuai)")


def in_digits(text: Plain) -> Plain:
    """The text with every spoken number in digits."""
    text = text.rewritten(_NUMERAL, lambda found: _chinese_numeral(found[0]))
    text = text.rewritten(_RUN, _chinese_run)
    text = text.rewritten(_SINGLE, lambda found: str(_UNITS.get(found[1]) or _VALUES[found[1]]))
    text = text.rewritten(_ENGLISH_RUN, _english_run)
    return text.rewritten(_ENGLISH_NUMERAL, _english_numeral)


def _chinese_run(found: re.Match[str]) -> str | None:
    if found[0].isdecimal() or re.fullmatch(r"\d{1,4}[-.]\d{1,2}[-.]\d{1,4}|\d+[.,]\d+|[\d,]+\.\d\d", found[0]):
        return None
    groups = re.findall(rf"[{_CHINESE_DIGIT}\d]+", found[0])
    if not any(c in _DIGITS for c in found[0]) and not _said_apart(groups, found[0]):
        return None
    return "".join(_DIGITS.get(c, c) for group in groups for c in group)


def _said_apart(groups: list[str], text: str) -> bool:
    """Whether groups of digits belong together: single digits, or 138 0013 8000."""
    if "\n" in text or "." in text or "、" in text:
        return False
    if all(len(group) == 1 for group in groups):
        return True
    blanks_only = not re.search(r"[,·—]", text)
    return blanks_only and len("".join(groups)) in (8, 11, 12, 15) and min(map(len, groups)) >= 3


def _chinese_numeral(text: str) -> str | None:
    if len(text) > 16:
        return None
    number = re.match(r"\d+(?:\.\d+)?", text)
    total, section, digit, last = 0.0, 0.0, float(number[0]) if number else -1.0, 1
    for letter in text[number.end() if number else 0 :]:
        if letter in _UNITS:
            unit = _UNITS[letter]
            if unit == 10000:
                total, section, digit = (total + section + max(digit, 0)) * unit, 0.0, -1.0
            else:
                section, digit = section + (1 if digit < 0 else digit) * unit, -1.0
            last = unit
        elif letter in "零〇":
            digit, last = -1.0, 1
        elif letter in _VALUES:
            if digit >= 0 and letter == "一" and text.endswith("一"):
                return f"{int(total + section + digit * (last // 10 if last >= 100 else 1))}/一"  # 二百一一饼: 210 each
            if digit >= 0:
                return None  # two digits in a row are no numeral
            digit = float(_VALUES[letter])
        else:
            return None
    if digit >= 0:
        section += digit * (last // 10 if last >= 100 else 1)  # 一百八 is 180, 两千五 is 2500
    value = total + section
    return str(int(value)) if value == int(value) else f"{value:g}"


def _english_run(found: re.Match[str]) -> str | None:
    words = re.findall(r"double|triple|[a-z]+|\d", found[0])
    digits, times = "", 1
    for word in words:
        if word in ("double", "triple"):
            times = 2 if word == "double" else 3
            continue
        if word == "dash":
            continue
        digits += (word if word.isdecimal() else _ENGLISH_DIGITS[word]) * times
        times = 1
    return digits if len(digits) >= 3 else None


def _english_numeral(found: re.Match[str]) -> str | None:
    words = [word for word in re.findall(r"[a-z]+", found[0]) if word not in ("and", "a")]
    if words in (["one"], ["hundred"], ["thousand"]):
        return None
    values = _spoken_values(words)
    if len(values) == 1:
        return str(values[0]) if values[0] > 9 or _MONEY_AFTER.match(found.string, found.end()) else None
    tail = re.search(
        r"(?:end\w*|numbers?|digits|tail|order|four|in)\W+(?:in |are |is )?$", found.string[: found.start()]
    )
    if len(values) == 2 and values[1] in (99, 95, 90, 50, 49) and values[0] < 1000 and not tail:
        return f"{values[0]}.{values[1]}"  # so only prices are said
    if len(values) == 2 and values[1] < 100:
        is_money = _MONEY_BEFORE.search(found.string[: found.start()]) or _MONEY_AFTER.match(found.string, found.end())
        if is_money:
            return f"{values[0]}.{values[1]:02}"
    return "".join(f"{value:02}" if place and value < 10 else str(value) for place, value in enumerate(values))


def _spoken_values(words: list[str]) -> list[int]:
    """`twenty nine ninety nine` is 29 and 99; `one hundred eighty` one number."""
    values: list[int] = []
    current, room = -1, 0  # room: numbers below it still belong to the current one
    for word in words:
        if word in ("hundred", "thousand"):
            unit = 100 if word == "hundred" else 1000
            below = current % 1000 if unit == 100 else current
            current = current - below + max(below, 1) * unit if current >= 0 else unit
            room = unit
            continue
        value = _SMALL[word]
        if current >= 0 and value < room:
            current += value
        else:
            if current >= 0:
                values.append(current)
            current = value
        room = 10 if value >= 20 and value % 10 == 0 else 0
    return [*values, current] if current >= 0 else values
