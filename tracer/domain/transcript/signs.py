"""The signs of a text that tell its nature and its story: what the rules found, and which common words stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log1p

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.patterns import pattern, texts
from tracer.domain.transcript.said import Said, Speaker

HARD = frozenset({"card_number", "sms_code", "screen_share", "loan", "deposit", "transfer", "id_number", "install_app"})
"""What honest callers hardly ever ask for."""

PROPER = pattern("signs", "proper")
WARNS = pattern("signs", "warns")
PRIZE = pattern("signs", "prize")
REFUND = pattern("signs", "refund")
URGENT = pattern("signs", "urgent")
SECRET = pattern("signs", "secret")
BACKGROUND = pattern("signs", "background")
CODE_SENT = pattern("signs", "code_sent")
WRONG_NUMBER = pattern("signs", "wrong_number")
CALLED_SCAM = pattern("signs", "called_scam")
COURIER_CHECK = pattern("signs", "courier_check")


_DROPPED = pattern("signs", "dropped")
_BROKEN_OFF = re.compile(r"(?:—+|-{1,3}|…+|\.{3,})\W*$")


def cut_off(said: Said) -> bool:
    """Whether a call ended before the caller came to the point."""
    callers = said.of(Speaker.CALLER)
    told = sum(len(said.words_of(turn).strip()) for turn in callers)
    latin = sum(c.isascii() and c.isalpha() for c in said.text) > len(said.text) / 2
    if told > (170 if latin else 60):
        return False
    ends = said.text.rstrip()
    return bool(_DROPPED.search(ends) or (callers and _BROKEN_OFF.search(said.words_of(callers[-1]).rstrip())))


_PATTERNS = {
    "proper": PROPER,
    "warns": WARNS,
    "prize": PRIZE,
    "refund": REFUND,
    "urgent": URGENT,
    "secret": SECRET,
    "background": BACKGROUND,
    "code sent": CODE_SENT,
    "courier check": COURIER_CHECK,
}
_TOPICS = {name: re.compile(words, re.ASCII) for name, words in texts("signs", "topics").items()}
"""What is talked of. In ASCII, so that a Latin word ends where Chinese begins."""
_LATIN = re.compile(r"[a-z']{3,}")
_HAN = re.compile("[一-鿿]+")
_HEAD = 60
_OPENING = frozenset({"plan", "agent", "hazard", "lost", "threatens", "arrives", "payment", "stock", "bank_alert"})
STORY = "rules say "
"""How the sign begins that says which script the rules take a text for."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the rules found in a text."""

    cues: Mapping[str, list[Mention]]
    wanted: frozenset[str]
    story: str
    known: frozenset[str]
    unknown: frozenset[str]
    link: bool


def signs(said: Said, found: Found) -> dict[str, float]:
    """The signs by name, each 0 to 1 or so."""
    words = "\n".join(said.words_of(turn) for turn in said.of(Speaker.CALLER))
    callee = "\n".join(said.words_of(turn) for turn in said.of(Speaker.CALLEE))
    present = dict(_of_rules(said, found, words, callee))
    present |= {f"word {word}": 0.3 for word in words_of(words)}
    return present


def _of_rules(said: Said, found: Found, words: str, callee: str) -> Iterator[tuple[str, float]]:
    yield "always", 1.0
    yield f"{STORY}{found.story or 'none'}", 1.0
    yield from _of_cues(said, found)
    yield from _of_wishes(found)
    for name, rule in _PATTERNS.items():
        if rule.search(words):
            yield name, 1.0
    yield from _topics(words)
    if not found.known and (_TOPICS["advert"].search(words) or _TOPICS["offers"].search(words)):
        yield "offer to anybody", 1.5
    yield from ((f"anyone {name}", 0.5) for name, rule in _TOPICS.items() if rule.search(said.text))
    if found.link:
        yield "link", 1.0
    if len(words.strip()) < 12:
        yield "silent", 1.0
    if cut_off(said):
        yield "cut off", 1.0
    if CALLED_SCAM.search(callee):
        yield "callee says scam", 0.7
    if said.told:
        yield "note", 1.0
        if CALLED_SCAM.search(said.text):
            yield "note says scam", 1.0
    if WRONG_NUMBER.search(said.text):
        yield "wrong number", 1.0
    yield "length", min(1.5, log1p(len(words)) / 5)


def _of_cues(said: Said, found: Found) -> Iterator[tuple[str, float]]:
    """Which stories sound, how often, and which comes first."""
    for script, hits in found.cues.items():
        if hits:
            yield f"cue {script}", 1.0
            yield f"cue {script} often", min(1.0, log1p(len(hits)) / 2)
            if hits[0].start - said.of(Speaker.CALLER)[0].start < _HEAD:
                yield f"cue {script} early", 1.0
    told = [
        (hits[0].start, script) for script, hits in found.cues.items() if hits and script not in ("delivery", "other")
    ]
    if told:
        yield f"first cue {min(told)[1]}", 1.0


def _of_wishes(found: Found) -> Iterator[tuple[str, float]]:
    """What the caller wants, knew and could not say."""
    for what in found.wanted:
        yield f"wants {what}", 1.0
    if found.wanted & HARD:
        yield "wants what honest callers do not", 1.0
    if not found.wanted:
        yield "wants nothing", 1.0
    for token in found.known:
        yield f"knew {token}", 0.5
    if not found.known - {"name", "name:masked"}:
        yield "knew no more than a name", 1.0
    if found.unknown:
        yield "could not say", 1.0


def _topics(words: str) -> Iterator[tuple[str, float]]:
    """What is talked of, and which of the pretexts' topics comes first."""
    first: tuple[int, str] | None = None
    for name, rule in _TOPICS.items():
        found = rule.search(words)
        if found is None:
            continue
        yield f"topic {name}", 1.0
        if name in _OPENING and (first is None or found.start() < first[0]):
            first = (found.start(), name)
    yield f"topic first {first[1] if first else 'none'}", 1.0


def words_of(text: str) -> set[str]:
    """Latin words and pairs of Chinese characters."""
    pairs = {run[i : i + 2] for run in _HAN.findall(text) for i in range(len(run) - 1)}
    return pairs | set(_LATIN.findall(text))
