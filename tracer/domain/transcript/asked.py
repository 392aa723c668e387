"""What the callee asked for, or called wrong: fields that the caller could then say, or could not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.field_words import fields_in
from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.patterns import pattern, patterns
from tracer.domain.transcript.said import Said, Speaker, Turn

_ASK = pattern("asked", "ask")
_ABOUT_CALLER = pattern("asked", "about_caller")
_LEFT_OUT = pattern("asked", "left_out")
_WRONG = pattern("asked", "wrong")
_TOLD_WRONG = re.compile(
    r"对不上|不对(?=的|,他|,她|,对)|不符|说错|报错|根本不是"
    r"|didn't match|doesn't match|wrong|not mine|not the|nowhere near|bore no"
)
_WRONG_OF = patterns("asked", "wrong_of")


def questions(said: Said) -> Iterator[Mention]:
    """The fields the callee asks the caller to say; the place is where the question stands."""
    for turn in said.turns:
        words = said.words_of(turn)
        if turn.speaker is Speaker.CALLER:
            yield from _echoed(turn, words)
        if turn.speaker is not Speaker.CALLEE:
            continue
        at = 0
        for sentence in re.split(r"(?<=[。!?;\n])|(?<=[.])\s", words):
            start, at = words.find(sentence, at), at + len(sentence)
            if not _ASK.search(sentence):
                continue
            for field, (begin, end) in fields_in(sentence).items():
                left = sentence[max(0, begin - 26) : begin]
                if _ABOUT_CALLER.search(left) or _LEFT_OUT.search(left):
                    continue
                if _states(field, sentence[end : end + 12]):
                    continue
                yield Mention(field, turn.start + start + begin, turn.start + start + end, sentence[begin:end], 0.85)


_ECHO = re.compile(
    r"(?:您|你)(?:是)?问(?:我)?[^。!?\n]{2,20}[?。,]|\b(?:you're asking|you want to know|you ask)\b[^.?!\n]{3,40}"
)


def _echoed(turn: Turn, words: str) -> Iterator[Mention]:
    """Questions that only the caller's answer tells of: `您问多少钱?这个我们看不到`."""
    for echo in _ECHO.finditer(words):
        for field, (begin, end) in fields_in(echo[0]).items():
            start = turn.start + echo.start()
            yield Mention(field, start + begin, start + end, echo[0][begin:end], 0.75)


def _states(field: str, right: str) -> bool:
    """Whether the callee goes on to give the value: `我的订单号是5871`."""
    return (
        bool(re.match(r"\s?(?:是|is|:)?\s?(?:尾号)?\s?[a-z]{0,3}\d{3,}", right))
        if field in ("order_no", "waybill_no", "phone", "price")
        else False
    )


def objections(said: Said, mentions: list[Mention], asked: list[Mention]) -> Iterator[tuple[str, int, int]]:
    """The fields whose value the callee calls wrong, and where he does.

    Said of nothing in particular, it is of what the caller said last.
    """
    for place, turn in enumerate(said.turns):
        if turn.speaker is Speaker.CALLER and not said.told:
            continue
        words = said.words_of(turn)
        for found in _WRONG.finditer(words):
            if re.search(
                r"(?:怎么|哪里|什么|啥|哪儿)(?:地方)?$|what'?s $|what is $|something $", words[: found.start()][-10:]
            ):
                continue
            if turn.speaker is not Speaker.CALLEE and re.search(
                r"(?:发觉|觉得|感觉|察觉|发现)(?:事情|有点|情况)?$", words[: found.start()][-8:]
            ):
                continue
            if turn.speaker is not Speaker.CALLEE and not _TOLD_WRONG.match(found[0]):
                continue
            sentence = (
                _sentence(words, found)
                if turn.speaker is Speaker.CALLEE or not said.told
                else _sentence(said.text, found, turn.start)
            )
            field = (
                _objected(sentence, found[0])
                or _answered(said, asked, mentions, place)
                or _last_said(said, mentions, turn.start + found.start(), place)
            )
            if field:
                yield field, turn.start + found.start(), turn.start + found.end()


def _sentence(words: str, found: re.Match[str], at: int = 0) -> str:
    start = max(words.rfind(mark, 0, at + found.start()) for mark in "。!?\n;")
    end = min((place for mark in "。!?\n;" if (place := words.find(mark, at + found.end())) >= 0), default=len(words))
    return words[start + 1 : end + 1]


def _objected(sentence: str, phrase: str) -> str:
    for field in ("order_time", "name", "address", "price", "item"):
        if _WRONG_OF[field].search(sentence):
            return field
    named = fields_in(sentence)
    return next(iter(named), "")


def _answered(said: Said, asked: list[Mention], mentions: list[Mention], place: int) -> str:
    """The field that was asked for two turns ago, where the caller answered with a value of it since."""
    for question in reversed(asked):
        since = said.place(question.start)
        answers = (m for m in mentions if m.field.split(":")[0] == question.field)
        if place - 3 <= since < place and any(since < said.place(m.start) <= place for m in answers):
            return question.field
    return ""


def _last_said(said: Said, mentions: list[Mention], at: int, place: int) -> str:
    before = [m for m in mentions if m.start < at and (said.by(m.start, Speaker.CALLER) or said.told)]
    if not before:
        return ""
    last = max(before, key=lambda m: m.start)
    near = said.place(last.start) >= place - 1 or at - last.start < 40
    return last.field if near else ""
