"""Who says what: labelled dialogues, dialogues without marks, messages, and notes in reported speech."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tracer.domain.transcript.patterns import pattern, words
from tracer.domain.transcript.plain import Plain
from tracer.domain.transcript.reported import is_note, note_turns
from tracer.domain.transcript.said import Said, Speaker, Turn
from tracer.domain.transcript.unmarked import callee_score, unmarked_turns

_CALLEES = words("turns", "callees")
_CALLERS = words("turns", "callers")
_TITLED = "(?:女士|先生|小姐|太太|太|生|姐|哥|总)"
_PRONOUNS = frozenset(
    ["他", "她", "ta", "it", "男", "女", "he", "she", "him", "they", "them", "man", "woman", "男声", "女声", "a", "b"]
)
_CALLER_LABEL = pattern("turns", "caller_label")
_LABEL = re.compile(
    r"(?:^|(?<=\n))[^\S\n]*(?:[\[(]?\d{1,2}[:：]\d\d(?:[:：]\d\d)?(?:[.,]\d+)?[\])]?[^\S\n]*)?"
    r"(?:\d{4}[-/]\d\d?[-/]\d\d?[^\S\n]+\d\d?:\d\d(?::\d\d)?[^\S\n]+)?"
    r"[\[(【<\"*]{0,2}([a-z一-鿿][\w一-鿿 .'’*·-]{0,17}?)"
    r"(?:\([^)\n]{0,12}\))?[\])】>\"*]{0,2}[^\S\n]?[:：]\*{0,2}[^\S\n]*(?!//)"
)
_INLINE = pattern("turns", "inline")
_DASH = re.compile(r"(?:^|(?<=\n))[^\S\n]*(?:[-–—―•·>]{1,3})[^\S\n]*(?=\S)")
_QUOTED = re.compile(r"(?:^|(?<=\n))[^\S\n]*\"(?=[^\"\n])")
_MESSAGE = re.compile(
    r"\s*[\[【][^\]】\n]{2,20}[\]】]\s*\S|\s*[a-z][\w .&'-]{1,28}:\s(?:hi|hello|dear|your|we|you|[a-z]+,)\b"
)
_ADDRESSES = pattern("turns", "addresses")
_INTRODUCES = re.compile(
    r"^\s*(?:喂,?)?(?:[一-鿿]{1,3}(?:女士|先生|小姐|太太|太|生|姐|哥)|请问是?[一-鿿]{2,4})[^\n]{0,12}?(?:,|您好|你好|早晨|吗|吧)[^\n]{0,8}"
    r"(?:我是|这里是|这边是|我们是|我是)"
    r"|^\s*(?:good \w+|hello|hi)[, ]+(?:this is|i(?:'m| am) (?:calling|ringing)|is (?:this|that) (?:mr|mrs|ms|miss)\b)"
    r"|^\s*(?:good \w+|hello|hi)[^\n.?]{0,24}[.,]? your [a-z ]+ (?:is|has|have|was)\b"
)
"""Words by which a caller begins: whom he wants and who he is."""
_NO_LABELS = words("turns", "no_labels")
_GREETING = re.compile(
    r"\W*(?:喂+|你好|您好|hello|hi|hiya|yes|yeah|哪位|谁呀?|hey|边位|什么事|嗯)[\s,。.!?？、喂你好您哪位啊呀]*\W*$"
)


def read_turns(text: Plain) -> Said:
    """The text with its turns; every character belongs to one."""
    labels = _labels(text.text)
    if labels:
        return Said(text, _labelled(text.text, labels))
    if _MESSAGE.match(text.text) and text.text.strip().count("\n") < 3:
        return Said(text, (Turn(Speaker.CALLER, 0, len(text.text)),))
    dashes = [(found.start(), found.end()) for found in _DASH.finditer(text.text)]
    if len(dashes) >= 2:
        if _goes_on_without_dash(text.text, dashes):
            dashes = [(found.start(), found.end()) for found in _LINE.finditer(text.text)]
        return Said(text, _alternating(text.text, dashes))
    quotes = [(found.start(), found.end()) for found in _QUOTED.finditer(text.text)]
    if len(quotes) >= 2 and len(quotes) * 2 > len([line for line in text.text.split("\n") if line.strip()]):
        return Said(text, _alternating(text.text, quotes))
    if is_note(text.text):
        return Said(text, note_turns(text.text), told=True)
    return Said(text, unmarked_turns(text.text))


_LINE = re.compile(r"(?:^|(?<=\n))[^\S\n]*(?:[-–—―•·>]{1,3}[^\S\n]*)?(?=\S)")


def _goes_on_without_dash(text: str, dashes: Sequence[tuple[int, int]]) -> bool:
    """Whether only one of the two has dashes: the text begins with words of the other."""
    head = text[: dashes[0][0]].strip()
    return len(head) > 4 and "\n" not in head and not is_note(head) and bool(_SPEAKS.search(head))


_SPEAKS = re.compile(r"[吗呢吧您你]|\b(?:you|your|is this|this is|hello|hi)\b")


def _labels(text: str) -> list[tuple[str, int, int]]:
    """The labels of turns: name, where the label begins, where its words begin."""
    found = [
        (label[1].strip(), label.start(), label.end())
        for label in _LABEL.finditer(text)
        if label[1].strip() not in _NO_LABELS
    ]
    names = [name for name, _, _ in found]
    known = [name for name in names if name in _CALLEES or name in _CALLERS]
    several = len(set(names)) >= 2 and (len(names) > len(set(names)) or bool(known))
    if (several or known) and (len(found) > 1 or "\n" in text):
        return found
    inline = [(label[1], label.start(1), label.end()) for label in _INLINE.finditer(text)]
    return inline if len({name for name, _, _ in inline}) >= 2 else []


def _labelled(text: str, labels: Sequence[tuple[str, int, int]]) -> tuple[Turn, ...]:
    words: dict[str, str] = {}
    for (name, _, start), following in zip(labels, [*labels[1:], ("", len(text), 0)], strict=True):
        words[name] = words.get(name, "") + "\n" + text[start : following[1]]
    callees = _callees(words, labels)
    turns = []
    if text[: labels[0][1]].strip():
        told = is_note(text[: labels[0][1]])
        turns += list(note_turns(text[: labels[0][1]])) if told else [Turn(Speaker.NOTE, 0, labels[0][1])]
    for (name, _, start), following in zip(labels, [*labels[1:], ("", len(text), 0)], strict=True):
        turns.append(Turn(Speaker.CALLEE if name in callees else Speaker.CALLER, start, following[1]))
    return tuple(turns)


def _callees(words: dict[str, str], labels: Sequence[tuple[str, int, int]]) -> set[str]:
    callees = {name for name in words if name in _CALLEES or (name.startswith("我") and name != "我们")}
    if callees:
        return callees
    named = {name for name in words if _is_addressed(name, words)}
    if named and len(named) < len(words):
        return named
    sure = {name for name in words if _is_caller(name) and name not in _PRONOUNS}
    callers = sure or {name for name in words if name in _CALLERS}
    if callers and len(callers) < len(words):
        others = [name for name in words if name not in callers]
        if len(others) == 1:
            return set(others)
        return {name for name in others if callee_score(words[name]) > -1.0}  # a second caller speaks like the first
    if len(words) < 2:
        return set()
    addressing = {name for name, text in words.items() if _INTRODUCES.search(text)}
    if len(addressing) == 1 and len(words) == 2:
        return set(words) - addressing
    scores = {name: callee_score(text) for name, text in words.items()}
    first = labels[0][0]
    if _GREETING.fullmatch(words[first].strip().split("\n")[0]):
        scores[first] += 0.7  # who picks up greets, and says no more
    most = max(scores, key=lambda name: scores[name])
    return {most}


def _is_caller(name: str) -> bool:
    return name in _CALLERS or bool(_CALLER_LABEL.search(name))


def _is_addressed(name: str, words: dict[str, str]) -> bool:
    """Whether somebody else calls the bearer of a label by it: `Katie`, 王 of 王女士."""
    if _is_caller(name) or name in _PRONOUNS or len(name) > 16 or len(name) < (1 if not name.isascii() else 2):
        return False
    last = name.split()[-1] if name.isascii() else name
    whole = re.escape(name)
    if name.isascii():
        call = rf"\b{re.escape(last)}\b"
    elif len(name) > 1:
        call = whole
    else:  # a surname alone: before a title, or before the rest of the name
        call = rf"{whole}(?:[一-鿿*某]{{0,2}}{_TITLED}|[一-鿿]{{1,2}}[吗吧是对在,您你?]|(?=[吗吧,您你]|是吧))"
    return any(re.search(call, text) for other, text in words.items() if other != name)


def _alternating(text: str, dashes: Sequence[tuple[int, int]]) -> tuple[Turn, ...]:
    """Lines that begin with a dash take turns; who of the two is the caller is told by what they say."""
    bounds = [*dashes, (len(text), len(text))]
    pieces = [(bounds[i][1], bounds[i + 1][0]) for i in range(len(dashes))]
    scores = [
        sum(callee_score(text[start:end]) for start, end in pieces[half::2]) / max(1, len(pieces[half::2]))
        for half in (0, 1)
    ]
    if _GREETING.fullmatch(text[slice(*pieces[0])].strip()):
        scores[0] += 0.7
    callee = 0 if scores[0] > scores[1] else 1
    for place in (0, 1):
        if _ADDRESSES.search(text[slice(*pieces[place])]):
            callee = 1 - place
            break
    head = [Turn(Speaker.NOTE, 0, dashes[0][0])] if text[: dashes[0][0]].strip() else []
    return (
        *head,
        *(
            Turn(Speaker.CALLEE if place % 2 == callee else Speaker.CALLER, start, end)
            for place, (start, end) in enumerate(pieces)
        ),
    )
