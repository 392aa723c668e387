"""A dialogue without any marks: who speaks is told by question and answer, and by what is said."""

from __future__ import annotations

import re
from itertools import pairwise

from tracer.domain.transcript.field_words import fields_in
from tracer.domain.transcript.patterns import pattern
from tracer.domain.transcript.said import Speaker, Turn

_BREAK = re.compile(r"(?<=[。!?;\n])|(?<=[.!?])\s(?=\W*\w)|(?<=[一-鿿])\s+(?=[一-鿿\d])")

_CALLEE = pattern("unmarked", "callee")
_CALLEE_WORDS = pattern("unmarked", "callee_words")
_CALLER_WORDS = pattern("unmarked", "caller_words")
_DEMANDS = pattern("unmarked", "demands")
_QUESTION = re.compile(r"[?吗呢么嘛]\W*$")


_UNPUNCTUATED = re.compile(r"[^,。!?;:\n\"]{28,}")
_HAN_CUT = pattern("unmarked", "han_cut")
_LATIN_CUT = pattern("unmarked", "latin_cut")


def callee_score(text: str) -> float:
    """How much words sound like the callee's rather than the caller's; 0 is undecided."""
    sentences = [one for one in _BREAK.split(text) if one and one.strip()]
    score = sum(bool(_CALLEE.match(one)) for one in sentences) * 0.5
    score += len(_CALLEE_WORDS.findall(text)) * 1.0 - len(_CALLER_WORDS.findall(text)) * 1.0
    length = max(1.0, len(text) / 40)
    return float(score / length**0.7) - (0.4 if len(text) > 60 * max(1, len(sentences)) else 0)


def unmarked_turns(text: str) -> tuple[Turn, ...]:
    """Sentence by sentence: the callee's where it sounds so clearly, else the caller's."""
    turns: list[Turn] = []
    at = 0
    for piece in _pieces(text):
        start, at = at, at + len(piece)
        speaker = Speaker.CALLEE if _is_callees(piece, turns, text) else Speaker.CALLER
        if turns and turns[-1].speaker is speaker:
            turns[-1] = Turn(speaker, turns[-1].start, at)
        else:
            turns.append(Turn(speaker, start, at))
    return tuple(turns) or (Turn(Speaker.CALLER, 0, len(text)),)


def _pieces(text: str) -> list[str]:
    """The sentences of a text; what has no punctuation is cut where somebody is likely to begin."""
    cuts = {0, len(text)} | {found.end() for found in _BREAK.finditer(text)}
    for run in _UNPUNCTUATED.finditer(text):
        cut = _LATIN_CUT if sum(c.isascii() for c in run[0]) > len(run[0]) / 2 else _HAN_CUT
        cuts |= {found.end() for found in cut.finditer(text, *run.span())}
    ordered = sorted(cuts)
    return [text[start:end] for start, end in pairwise(ordered)]


def _is_callees(piece: str, turns: list[Turn], text: str) -> bool:
    if _CALLER_WORDS.search(piece):
        return len(_CALLEE_WORDS.findall(piece)) > len(_CALLER_WORDS.findall(piece))
    if _CALLEE_WORDS.search(piece):
        return True
    if _DEMANDS.search(piece) and fields_in(piece) and "您" not in piece:
        return True
    short = len(piece.strip()) <= (24 if piece.isascii() else 9)
    before = text[turns[-1].start : turns[-1].end] if turns else ""
    asked = bool(turns) and turns[-1].speaker is Speaker.CALLER and bool(_QUESTION.search(before.strip()))
    return bool(_CALLEE.match(piece)) and short and (asked or bool(_QUESTION.search(piece)))
