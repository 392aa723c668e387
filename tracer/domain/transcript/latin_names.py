"""English names in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.latin_lists import ASKING_BEFORE, SURE_BEFORE, first_names, last_names
from tracer.domain.transcript.patterns import pattern, text, words
from tracer.domain.transcript.said import Said

_WORD = r"[A-Za-zÀ-ÖØ-öø-ž][A-Za-zÀ-ÖØ-öø-ž'\-]{1,24}"
_TITLED = re.compile(
    rf"\b(?:mr|mrs|ms|miss|mx|dr|doctor|madam|mister|missus|herr|frau|monsieur|madame|señora?|senora?|shri|smt)\b\.?\s+({_WORD}|[A-Z]\b)(?:\s({_WORD}))?(?:\s({_WORD}))?(?:\s({_WORD}))?",
    re.IGNORECASE,
)
_BEFORE = text("latin_names", "before")
_CALLED = re.compile(
    rf"\b(?P<before>{_BEFORE})(?P<joint>,?\s+(?:there,?\s)?|\s?:\s|\s\(?)(?=(?P<name>{_WORD}(?:\s{_WORD}){{0,2}}))",
    re.IGNORECASE,
)
_OPENS = re.compile(
    rf"(?:^|\n|(?<=[.?!:\"]\s)|(?<=\")|(?<=[—-])|(?<=:\s))\W{{0,2}}(?P<name>{_WORD}(?:\s{_WORD})?)"
    r"(?=\s?[?!]|,\s(?=[a-zA-Z\d])| ji\b)",
    re.IGNORECASE,
)
_SELF_AFTER = pattern("latin_names", "self_after")
_NO_NAMES = words("latin_names", "no_names")


def latin_names(said: Said) -> Iterator[Mention]:
    """Every English (or romanised) name that can be the callee's."""
    yield from _titled(said)
    for found in _CALLED.finditer(said.plain.cased):
        if (one := _called(said, found)) is not None:
            yield one
    yield from _whole(said)
    for found in _BETWEEN_HAN.finditer(said.plain.cased):
        yield Mention("name", *found.span(1), found[1], 0.9)
    for turn in said.turns:
        asr = _ASR_OPENING.match(said.plain.cased[turn.start : turn.end])
        greeted = asr is not None and bool(re.match(r"\W*(?:hello|hi|hey)\s", asr[0], re.IGNORECASE))
        if asr and (asr["name"].lower() in first_names() or (greeted and asr["name"].lower() not in _NO_NAMES)):
            yield Mention("name", turn.start + asr.start("name"), turn.start + asr.end("name"), asr["name"], 0.8)
    for found in _OPENS.finditer(said.plain.cased):
        words = _taken(found["name"].split(), cased=True)
        first = (
            found.start("name") == said.turn(found.start("name")).start
            or said.text[max(0, said.turn(found.start("name")).start) : found.start("name")].strip(' "\n—-') == ""
        )
        sure = said.text[found.end() : found.end() + 1] in "?!"
        whole = len(words) == len(found["name"].split())
        quoted = said.text[found.start("name") - 1 : found.start("name")] == '"'
        opens = first or quoted or _after_sender(said, found.start("name"))
        if _OFFICE.match(found["name"]):
            continue
        if words and whole and (opens or sure) and (words[0].lower() in first_names() or opens):
            start = found.start("name")
            yield Mention("name", start, start + len(" ".join(words)), " ".join(words), 0.8)


_GREETED = re.compile(r"hello|hi+|hey|morning|afternoon|evening|dear")
_FOR_WHOM = re.compile(
    rf"\b(?:for|of|called me|(?:my|the|her|his) (?:whole |full )?name,?|addressed to(?: me,?)?|reached|voicemail of)\s"
    rf"(?P<first>{_WORD})\s(?P<last>{_WORD})(?!\s(?:and|&)\b)"
)
_VOCATIVE = re.compile(r",\s(?P<name>[A-Z][a-z'-]+)(?=[.?!](?:[\s\"']|$))")
_WHOLE_OPENING = re.compile(
    rf"^\W*(?:(?:hello|hi|hey|um|uh|yeah)\s)*(?P<name>{_WORD}\s{_WORD})(?=,? (?:this is|it's|its"
    rf"|hi|hello|we|i'm|im)\b)",
    re.IGNORECASE,
)


def _whole(said: Said) -> Iterator[Mention]:
    """First and last names of the lists, wherever the words before them say that somebody is meant."""
    for found in _FOR_WHOM.finditer(said.plain.cased):
        first, last = found["first"].removesuffix("'s"), found["last"].removesuffix("'s")
        listed = (first.lower() in first_names()) + (last.lower() in last_names())
        upper = first[0].isupper() and last[0].isupper() and first.lower() not in _NO_NAMES
        if listed == 2 or (listed == 1 and upper and last.lower() not in _NO_NAMES):
            yield Mention("name", found.start("first"), found.start("last") + len(last), f"{first} {last}", 0.85)
    for found in _VOCATIVE.finditer(said.plain.cased):
        if found["name"].lower() in first_names() and not _OWN.search(said.left(found.start("name"), 26)):
            yield Mention("name", *found.span("name"), found["name"], 0.7)
    for turn in said.turns:
        opening = _WHOLE_OPENING.match(said.plain.cased[turn.start : turn.end])
        if opening and opening["name"].split()[0].lower() in first_names() - _NO_NAMES:
            start, end = opening.span("name")
            yield Mention("name", turn.start + start, turn.start + end, opening["name"], 0.8)


_ASR_OPENING = re.compile(
    rf"^\W*(?:(?:hello|hi|hey|um|uh|oh)\s)*(?P<name>{_WORD})(?=,? (?:this is|it's|its|hi|hello|we|i'm|im|your|you)\b)",
    re.IGNORECASE,
)


_PARTICLES = words("latin_names", "particles")
_BETWEEN_HAN = pattern("latin_names", "between_han")
_RIGHT = re.compile(
    r"\s?(?:i'm|i am|am i) (?:talking|speaking) (?:to|with)|,?\s?(?:right|yes|correct|is it|isn't it|\?|am i right)"
)
_OWN = re.compile(
    r"\b(?:my name is|my name's|i'm|i am|this is|it's|call me|ask for|speak to my|transfer you to|signed,?|regards,?"
    r"|pc|ds|dc|di|dci|sgt|sergeant|inspector|officer|agent|detective|manager|supervisor|colleague,?)\s$"
)
_OFFICE = re.compile(
    r"^(?:PC|DS|DC|DI|DCI|Sgt|Officer|Agent|Detective|Inspector|Dispatch|Nurse|Sergeant|Manager|Recorded|Automated)\b"
)


def _after_sender(said: Said, start: int) -> bool:
    """Whether nothing but the sender of a message stands before a place: `Evri: Hannah, …`."""
    turn = said.turn(start)
    return bool(re.fullmatch(r"\s*[\w .&'-]{2,30}:\s", said.text[turn.start : start]))


def _titled(said: Said) -> Iterator[Mention]:
    for found in _TITLED.finditer(said.plain.cased):
        words = [word for word in found.groups() if word]
        lower_case = words[0].islower()
        taken = [words[0]]
        for word in words[1:]:
            if (
                word.lower() in _PARTICLES
                or (word[0].isupper() and not lower_case and word.lower() not in _NO_NAMES)
                or (
                    lower_case
                    and word.lower() in last_names()
                    and word.lower() not in _NO_NAMES
                    and words[0].lower() in first_names()
                )
            ):
                taken.append(word)
            else:
                break
        if taken[0].lower() in _NO_NAMES - {
            "may",
            "march",
            "april",
            "june",
            "august",
            "love",
            "price",
            "long",
            "day",
        }:
            continue
        end = found.start(1) + len(" ".join(taken))
        if _OWN.search(said.left(found.start(), 26)):
            continue
        full = sum(word.lower() not in _PARTICLES for word in taken) > 1
        yield Mention(
            "name" if full else "name:masked", found.start(), end, said.plain.cased[found.start() : end], 0.95
        )


_SMALL_BEFORE = words("latin_names", "small_before") | {"thank you"}
"""Words after which only a listed name that ends its clause is one."""


def _called(said: Said, found: re.Match[str]) -> Mention | None:
    before = found["before"].lower()
    words = _taken(found["name"].split(), cased=found["name"][0].isupper())
    if not words:
        return None
    start = found.start("name")
    end = start + len(" ".join(words))
    right = said.right(end, 24)
    asking = any(before.startswith(one) for one in ASKING_BEFORE) or "called me" in before
    listed = words[0].lower() in first_names()
    if before in ("this is", "it's", "is", "that"):  # `this is Grace right?` asks, `this is Kevin from …` tells
        if (
            before == "is"
            and (listed or words[0][0].isupper())
            and re.match(r"^\s(?:there|in|around|available|home|about)\b", right)
        ):
            return Mention("name", start, end, " ".join(words), 0.9)
        if not _RIGHT.match(right) or not (listed or "talking" in right or "speaking" in right):
            return None
    elif re.match(_SELF_AFTER, right) and not asking and not (_GREETED.fullmatch(before) and "," not in found["joint"]):
        return None
    if _is_self(said, start, end):
        return None
    if before in _SMALL_BEFORE:
        if not listed or not re.match(r"^\s?[,.?!]|\s?$", right):
            return None
        return Mention("name", start, end, " ".join(words), 0.75)
    if words[0].islower() and not listed and before not in SURE_BEFORE:
        return None
    if not asking and not listed and len(words) < 2 and not re.match(r"^\s?[,.:!?\"]", right):
        return None
    return Mention("name", start, end, " ".join(words), 0.92 if listed or asking else 0.75)


def _taken(words: list[str], *, cased: bool) -> list[str]:
    """The words from the first that can be a name."""
    taken: list[str] = []
    for word in words:
        low = word.lower().rstrip("'s") if word.lower().endswith("'s") else word.lower()
        if low in _NO_NAMES and not (
            taken and low in {"may", "long", "price", "day", "young", "love"} and word[0].isupper()
        ):
            break
        if cased and not word[0].isupper():
            break
        if not cased and taken and low not in last_names():
            break
        if not cased and not taken and low not in first_names() and len(low) < 3:
            break
        taken.append(word[:-2] if word.lower().endswith("'s") else word)
        if word.lower().endswith("'s"):
            break
    return taken


def _is_self(said: Said, start: int, end: int) -> bool:
    left = said.left(start, 26)
    if _OWN.search(left):
        return not re.match(r"^,?\s?(?:right|yes|correct|is it|isn't it|\?)", said.right(end, 14))
    return bool(
        re.match(r"^\shere\b|^,?\s(?:from (?!the order)|speaking\b|calling\b)", said.right(end, 14))
    ) and not re.search(r"\b(?:is|to|with|for)\s$", left)
