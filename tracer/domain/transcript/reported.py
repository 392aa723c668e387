"""Notes taken afterwards: 他说…, 我问…, "she knew my name", clause by clause."""

from __future__ import annotations

import re
from itertools import pairwise

from tracer.domain.transcript.patterns import pattern
from tracer.domain.transcript.said import Speaker, Turn

_NOTE = pattern("reported", "note")
_FIRST_PERSON = re.compile(r"我|\b(?:i|me|my|i'm|i'd)\b")
_TO_CALLEE = re.compile(r"您|\byou(?:r|rs|'re)?\b")

_CUT = pattern("reported", "cut")
_CALLEE_SAYS = pattern("reported", "callee_says")
_CALLER_SAYS = pattern("reported", "caller_says")
_REMARK = pattern("reported", "remark")
_SENTENCE_END = re.compile(r"[。!?\n.]\s*$")


def is_note(text: str) -> bool:
    """Whether a text without labels tells of a call rather than writes it down."""
    marks = len(_NOTE.findall(text))
    own = len(_FIRST_PERSON.findall(text))
    to_callee = len(_TO_CALLEE.findall(_without_quotes(text)))
    return marks > 0 and own > 0 and marks + own > to_callee


def _without_quotes(text: str) -> str:
    return re.sub(r'"[^"]*"', "", text)


def note_turns(text: str) -> tuple[Turn, ...]:
    """The clauses of a note by whose words they tell."""
    turns: list[Turn] = []
    now, at, quoted = Speaker.CALLER, 0, False
    fresh = True
    for piece in _pieces(text):
        start, at = at, at + len(piece)
        if not quoted and not (piece.lstrip().startswith('"') and now is not Speaker.NOTE):
            now = _speaker(piece, now, fresh=fresh)
        quoted ^= piece.count('"') % 2 == 1
        fresh = not quoted and bool(_SENTENCE_END.search(piece))
        if turns and turns[-1].speaker is now:
            turns[-1] = Turn(now, turns[-1].start, at, told=True)
        else:
            turns.append(Turn(now, start, at, told=True))
    return tuple(turns) or (Turn(Speaker.CALLER, 0, len(text), told=True),)


def _pieces(text: str) -> list[str]:
    cuts = sorted({found.start() for found in _CUT.finditer(text)} | {0, len(text)})
    return [text[start:end] for start, end in pairwise(cuts)]


def _speaker(piece: str, now: Speaker, *, fresh: bool) -> Speaker:
    if _CALLEE_SAYS.search(piece):
        return Speaker.CALLEE
    if _CALLER_SAYS.search(piece):
        return Speaker.CALLER
    if _REMARK.search(piece):
        return Speaker.NOTE
    if fresh:
        return Speaker.CALLER
    return now
