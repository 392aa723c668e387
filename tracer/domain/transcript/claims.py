"""The signs of whom the caller claims to be: which party's words stand where, and with which words he opens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.patterns import pattern, texts
from tracer.domain.transcript.said import Said, Speaker
from tracer.domain.transcript.signs import words_of

PARTIES = {party: re.compile(words, re.ASCII) for party, words in texts("claims", "parties").items()}
_FRAME = pattern("claims", "frame")
_CUSTOMER = pattern("claims", "customer")
_LABEL = re.compile(r"(?:^|\n)[^\n:]{0,22}?([^\n:\])】>]{1,22})[\])】>\"]{0,2}:\s*$")
_BRACKET = re.compile(
    r"^\W{0,3}[\[【(<]([^\]】)>\n]{2,20})[\]】)>]|^\W{0,3}([a-z][\w .&'-]{1,24}):\s|[\[【]([^\]】\n]{2,20})[\]】]\s*$"
)
_WINDOW = 34
_OF_ROLE = {
    "platform": ("marketplace", "platform"),
    "merchant": ("shop", "wares"),
    "courier": ("carrier", "courier"),
    "station": ("station",),
    "warehouse": ("warehouse",),
    "bank": ("bank",),
    "payment": ("payment",),
    "police": ("police",),
    "other": ("offer",),
}
_PASSED_ON = ("names ", "opens ", "first ", "framed")
_HEAD = {True: 64, False: 28}
_OWN_SHOP = pattern("roles", "own_shop")
_ASKS_WHO = pattern("claims", "asks_who")


def claim_signs(said: Said, ruled: Mention | None, of_text: Mapping[str, float]) -> dict[str, float]:
    """The signs by name: those of the whole text, and those of the claim. `ruled`: the role by the rules."""
    callers = said.of(Speaker.CALLER)
    words = "\n".join(said.words_of(turn) for turn in callers)
    if said.told:
        words = "\n".join(said.words_of(turn) for turn in said.turns if turn.speaker is not Speaker.CALLEE)
    label = next((name for kind, name in _written(said) if kind == "label"), "")
    words = f"{label}: {words}" if label else words
    shared = {name: value for name, value in of_text.items() if not name.startswith(("knew ", "word "))}
    shared |= dict(_ruled(ruled))
    latin = sum(c.isascii() and c.isalpha() for c in words) > len(words) / 2
    shared |= dict(_parties(words, _HEAD[latin]))
    shared |= dict(_names(said, words))
    head = words.strip()[: _HEAD[latin]]
    shared |= {f"head {word}": 0.5 for word in words_of(head)}
    return shared


def with_claim(
    of_text: Mapping[str, float], of_claim: Mapping[str, float], roles: Mapping[str, float]
) -> dict[str, float]:
    """The signs of a text with how probable each role is, and which parties are named in it."""
    named = {f"claim {name}": value for name, value in of_claim.items() if name.startswith(_PASSED_ON)}
    return {**of_text, **named, **{f"role {role or 'none'}": p for role, p in roles.items()}}


def party_named(said: Said, role: str) -> tuple[int, int]:
    """Where a role's words stand first in the caller's words; an empty span where none do."""
    for turn in said.of(Speaker.CALLER):
        hits = [hit for party in _OF_ROLE[role] if (hit := PARTIES[party].search(said.words_of(turn)))]
        if hits:
            first = min(hits, key=lambda hit: hit.start())
            return turn.start + first.start(), turn.start + first.end()
    return 0, 0


def _ruled(ruled: Mention | None) -> Iterator[tuple[str, float]]:
    yield f"ruled {ruled.field if ruled else 'none'}", 1.0
    if ruled:
        yield f"ruled {ruled.field} at {ruled.p:.2f}", 1.0


def _parties(words: str, head: int) -> Iterator[tuple[str, float]]:
    """Which parties are named: anywhere, in the opening, after `this is`, first of all."""
    if _OWN_SHOP.search(words):
        yield "own shop", 1.0
    first: tuple[int, str] | None = None
    for party, rule in PARTIES.items():
        hits = [hit for hit in rule.finditer(words) if not _CUSTOMER.search(words[: hit.start()][-26:])]
        if not hits:
            continue
        yield f"names {party}", 1.0
        if hits[0].start() < head:
            yield f"opens with {party}", 1.0
        if first is None or hits[0].start() < first[0]:
            first = (hits[0].start(), party)
    if first:
        yield f"first {first[1]}", 1.0


def _names(said: Said, words: str) -> Iterator[tuple[str, float]]:
    """Who the frames (`this is`), the labels and the signatures name."""
    framed = False
    for frame in _FRAME.finditer(words):
        window = re.split(r"[,。!?;\n]|\.\s", words[frame.end() : frame.end() + _WINDOW])[0]
        if not window.strip():
            continue
        found = [party for party, rule in PARTIES.items() if rule.search(window)]
        for party in found:
            yield f"framed {party}", 1.0
            if not framed:
                yield f"framed first {party}", 1.0
        if not found and not framed:
            yield "framed unheard", 1.0
        framed = True
    yield ("framed" if framed else "frameless"), 1.0
    for kind, name in _written(said):
        found = [party for party, rule in PARTIES.items() if rule.search(name)]
        for party in found:
            yield f"{kind} {party}", 1.0
        if not found:
            yield f"{kind} unheard", 1.0
        yield from ((f"{kind[0]}word {word}", 0.5) for word in words_of(name))
    callee = "\n".join(said.words_of(turn) for turn in said.of(Speaker.CALLEE))
    if _ASKS_WHO.search(callee):
        yield "asked who", 1.0


def _written(said: Said) -> Iterator[tuple[str, str]]:
    """The caller's label, and the signature of a message."""
    callers = said.of(Speaker.CALLER)
    if not callers:
        return
    before = said.text[max(0, callers[0].start - 30) : callers[0].start]
    label = _LABEL.search(before)
    if label:
        yield "label", label[1].strip()
    sign = _BRACKET.search(said.words_of(callers[0]))
    if sign:
        yield "signed", sign[sign.lastindex or 1]
