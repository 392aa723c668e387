"""A text as the rules read it: one script, one case, numbers in digits; every place maps back to the original."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

_TRADITIONAL = re.compile("[\u3400-\u9fff]")
_QUOTES = str.maketrans("“”„‟«»「」『』‘’`´", '""""""""""' + "''''", "\u200b\u200c\u200d\ufeff\u2060")


@dataclass(frozen=True, slots=True)
class Plain:
    """A rewritten text. `cased` is `text` before it was put into lower case, of the same length.

    Character i stands for the original's [starts[i], ends[i]), in code points; a rewritten stretch (幺五八 → 158)
    has the whole stretch at each of its characters.
    """

    text: str
    cased: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that [start, end) stands for. An empty one stays empty."""
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else (self.ends[-1] if self.ends else 0)
            return at, at
        return min(self.starts[start:end]), max(self.ends[start:end])

    def rewritten(self, pattern: re.Pattern[str], write: Callable[[re.Match[str]], str | None]) -> Plain:
        """The text with each match put in other words; None leaves a match as it is."""
        text, cased, starts, ends, at = [], [], list[int](), list[int](), 0
        for match in pattern.finditer(self.text):
            new = write(match)
            if new is None or new == match[0]:
                continue
            begin, end = match.span()
            text += [self.text[at:begin], new]
            cased += [self.cased[at:begin], new]
            first, last = self.original(begin, end)
            starts += [*self.starts[at:begin], *[first] * len(new)]
            ends += [*self.ends[at:begin], *[last] * len(new)]
            at = end
        if not at:
            return self
        starts += self.starts[at:]
        ends += self.ends[at:]
        return Plain("".join(text) + self.text[at:], "".join(cased) + self.cased[at:], tuple(starts), tuple(ends))


def plain(original: str) -> Plain:
    """Compatibility forms folded, traditional characters simplified, lower case; nothing else is changed."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(original):
        for one in unicodedata.normalize("NFKC", letter).translate(_QUOTES).replace("妳", "你"):
            letters.append(_as_blank(one))
            places.append(place)
    cased = simplified("".join(letters))
    lower = "".join(low if len(low := letter.lower()) == 1 else letter for letter in cased)
    return Plain(lower, cased, tuple(places), tuple(place + 1 for place in places))


def _as_blank(letter: str) -> str:
    if letter in "\r\v\f\u2028\u2029\x85":
        return "\n"
    return " " if letter != "\n" and (letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf")) else letter


def simplified(text: str) -> str:
    """Traditional characters simplified, one for one."""
    if not _TRADITIONAL.search(text):
        return text
    whole = _convert(text)
    return whole if len(whole) == len(text) else "".join(map(_one, text))


@lru_cache(maxsize=8192)
def _one(letter: str) -> str:
    converted = _convert(letter)
    return converted if len(converted) == 1 else letter


def _convert(text: str) -> str:
    return str(_converter()(text))


@lru_cache(maxsize=1)
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC  # reads its tables when made: only for a text that needs it

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert
