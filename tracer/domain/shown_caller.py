"""The caller's number for calls.csv, from what a telephone network or exchange shows of it."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache

from tracer.domain.codebook.phone_number import normalise_caller, parse_line, region_of
from tracer.domain.errors import InvalidValue

_SPELT = ("anonymous", "restricted", "unavailable", "unknown", "blocked", "private", "withheld")
_KEYS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
HIDDEN_NUMBERS = frozenset(word.translate(_KEYS) for word in _SPELT)
"""The words as a telephone's keys spell them: gateways made numbers of them, +266696687 of "anonymous"."""

_OF_NOBODY = ("", "asterisk", "s", "null", "none", "id unavailable", "no caller id", "out of area", "number withheld")
_OF_SOMEBODY = tuple(f"{word} {noun}" for word in _SPELT for noun in ("caller", "number"))
_IN_CHINESE = ("未知", "未知号码", "私人号码", "隐藏号码", "匿名")
_OF_ANDROID = ("-1", "-2", "-3")  # unknown, private, payphone
_HIDDEN_WORDS = frozenset((*_SPELT, *_OF_NOBODY, *_OF_SOMEBODY, *_IN_CHINESE))

_WHOLE = {
    "+86": (re.compile(r"1[3-9]\d{9}", re.ASCII), 0),
    "+44": (re.compile(r"0[127]\d{9}", re.ASCII), 1),
    "+1": (re.compile(r"[2-9]\d{2}[2-9]\d{6}", re.ASCII), 0),
}
"""National forms that can be read in one way only, by country code, and how many digits go before it is put on."""


def is_hidden(shown: str) -> bool:
    """Whether what is shown says that the caller hid the number, in a word or in the digits that spell one."""
    if shown.isdecimal():
        return shown in HIDDEN_NUMBERS
    if shown.strip() in _OF_ANDROID:
        return True
    plain = shown.strip().strip("<>\"'()+").lower()
    return re.sub(r"[\s_.-]+", " ", plain).strip() in _HIDDEN_WORDS or plain in HIDDEN_NUMBERS


@lru_cache(maxsize=65536)
def shown_caller(shown: str, line: str = "") -> str:
    """The caller's number: empty where it was hidden or is nothing that a call may hold, E.164 where it is one.

    A number without its country code is read as a telephone in the country of `line` (E.164) shows it; whatever has no
    plan (short codes, words, spoofed digits) stays nearly as shown.
    """
    if is_hidden(shown):
        return ""
    for code, (form, dropped) in _WHOLE.items():
        if line.startswith(code) and form.fullmatch(shown):
            return code + shown[dropped:]
    with suppress(InvalidValue):
        if line and not shown.strip().startswith(("+", "00")):
            return parse_line(shown, region_of(line)).number
    try:
        return normalise_caller(shown)
    except InvalidValue:
        return ""
