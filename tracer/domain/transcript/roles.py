"""Whom the caller claims to be: the first claim."""

from __future__ import annotations

import re

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.patterns import pattern, texts
from tracer.domain.transcript.said import Said, Speaker

_ROLES = texts("roles", "roles")
_ROLE = {role: re.compile(words, re.ASCII) for role, words in _ROLES.items()}
_FRAME = pattern("roles", "frame")
_CUSTOMERS = pattern("roles", "customers")
_SPECIFIC = ("station", "warehouse", "merchant", "courier", "police", "payment", "bank", "platform", "other")
_SIGNED = re.compile(
    r"^\W{0,3}[\[【(<]([^\]】)>\n]{2,20})[\]】)>]|^\s*([a-z][a-z .&']{1,24}):\s|[\[【]([^\]】\n]{2,20})[\]】]\s*$"
)
_OWN_SHOP = pattern("roles", "own_shop")


def claimed_role(said: Said) -> Mention | None:
    """The first party that the caller claims to be; the field is the role, None where none is claimed."""
    best: Mention | None = None
    for turn in said.turns:
        if turn.speaker is Speaker.CALLEE or (turn.speaker is Speaker.NOTE and not said.told and len(said.turns) > 1):
            continue
        words = said.words_of(turn)
        best = _signed(words, turn.start) or _framed(words, turn.start)
        if best is not None:
            return best
    for turn in said.of(Speaker.CALLER):
        opening = turn is said.of(Speaker.CALLER)[0]
        found = _labelled(said, turn.start) or _loose(said.words_of(turn), turn.start, opening=opening)
        if found is not None:
            return found
    return None


def _labelled(said: Said, at: int) -> Mention | None:
    """What a caller's label says of him: `快递员:`, `Driver:`; 客服 alone says nothing."""
    before = said.text[max(0, at - 24) : at]
    label = re.search(r"([^\n:]{1,20}):\s*$", before)
    found = _first(label[1]) if label else None
    if label is None or found is None:
        return None
    start = at - len(before) + label.start(1)
    return Mention(found[0], start + found[1], start + found[2], label[1][found[1] : found[2]], 0.75)


def _signed(words: str, at: int) -> Mention | None:
    signature = _SIGNED.search(words)
    if signature is None:
        return None
    group = signature.lastindex or 1
    found = _first(signature[group])
    start, end = signature.span(group)
    return Mention(found[0], at + start, at + end, signature[group], 0.9) if found else None


def _framed(words: str, at: int) -> Mention | None:
    for frame in _FRAME.finditer(words):
        window = re.split(
            r"[,。!?;\n]|\.\s|您(?!的专)|\byou\b|\byour\b|\babout\b|\bregarding\b",
            words[frame.end() : frame.end() + 46],
        )[0]
        if window.strip() in ("", "the"):
            continue
        found = _first(window[:34])
        if found:
            role, start, end = found
            return Mention(role, at + frame.end() + start, at + frame.end() + end, window[start:end], 0.9)
    return None


def _first(window: str) -> tuple[str, int, int] | None:
    """The role that a noun group names; of several the most specific: 淘宝XX旗舰店 is a shop."""
    hits = {role: found for role in _SPECIFIC if (found := _ROLE[role].search(window))}
    if not hits:
        return None
    if (
        "courier" in hits
        and "platform" in hits
        and not re.search(r"快递|物流|配送|courier|logistics|driver|delivery", window)
    ):
        del hits["courier"]
    if "bank" in hits and "payment" in hits and hits["payment"].start() < hits["bank"].start():
        del hits["bank"]
    if "merchant" in hits and "courier" in hits and not re.search(r"店|shop|store|商家", window):
        del hits["merchant"]
    if "other" in hits and len(hits) == 2 and "platform" in hits and hits["platform"][0] in ("平台", "platform"):
        del hits["platform"]
    role = next(role for role in _SPECIFIC if role in hits)
    return role, *hits[role].span()


_OPENING = 76
_NAMED = {role: re.compile(words, re.ASCII) for role, words in texts("roles", "named").items()}
_NO_CLAIM = re.compile(r"\bbank(?:ing)? (?:transfer|app|account|details|card)|银行(?:卡|账|app|的人)|贷款|\bloans?\b")


def _loose(words: str, at: int, *, opening: bool) -> Mention | None:
    """A party named without a claim: in the opening words (`圆通的,你有个快递`), later only by a name of its own."""
    own = _OWN_SHOP.search(words)
    if opening:
        head = re.split(r"(?<=[。!?\n])|(?<=[.?!])\s", words[:_OPENING])
        for piece in head:
            start = words.find(piece)
            found = None if _NO_CLAIM.search(piece) else _first(piece)
            if (
                found
                and not _CUSTOMERS.search(piece[: found[1]][-26:])
                and not re.search(
                    r"(?:您|你)(?:的|有|这|那)[^,。]{0,8}$|\b(?:your|you|the|a) (?:\w+ ){0,2}$", piece[: found[1]]
                )
            ):
                return Mention(found[0], at + start + found[1], at + start + found[2], piece[found[1] : found[2]], 0.7)
    best: tuple[int, str, re.Match[str]] | None = None
    for role, rule in _NAMED.items():
        for hit in rule.finditer(words):
            if not _CUSTOMERS.search(words[: hit.start()][-26:]):
                if best is None or hit.start() < best[0]:
                    best = (hit.start(), role, hit)
                break
    if own and (best is None or own.start() < best[0]):
        return Mention("merchant", at + own.start(), at + own.end(), own[0], 0.75)
    if best is None:
        return None
    return Mention(best[1], at + best[2].start(), at + best[2].end(), best[2][0], 0.6)
