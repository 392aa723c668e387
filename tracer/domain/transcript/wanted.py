"""What the caller wants done or given, also if it is refused; not what he says he never asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.patterns import pattern, texts
from tracer.domain.transcript.pretext import warned
from tracer.domain.transcript.said import Said, Speaker

_WANTED = {what: re.compile(words, re.ASCII) for what, words in texts("wanted", "wanted").items()}
_NOT_WANTED = pattern("wanted", "not_wanted")
_AFTER_NOT = pattern("wanted", "after_not")
_SENT_CODE = re.compile(r"^[^一-鿿]{0,3}(?:是|为|:)?\s?\d{4,8}|^\s?(?:is|:)?\s?\d{3,8}|^为\s?\d{3}")
_CODE_GIVEN = re.compile(r"\d{3,8}\W{0,3}(?:is (?:your|the)|是您|为您)[^.。]{0,30}$|^otp \d|\botp $")
_OWN_CODE = pattern("wanted", "own_code")
_ASKING = pattern("wanted", "asking")
_LINK = pattern("wanted", "link")


def wanted(said: Said) -> Iterator[Mention]:
    """Everything the caller asks for: field is the id, such as sms_code."""
    for turn in said.of(Speaker.CALLER):
        words = said.words_of(turn)
        for what, rule in _WANTED.items():
            for found in rule.finditer(words):
                if _is_wanted(words, what, found):
                    yield Mention(what, turn.start + found.start(), turn.start + found.end(), found[0], 0.88)


def has_link(said: Said) -> bool:
    """Whether the caller sends the callee to a link."""
    return any(_LINK.search(said.words_of(turn)) for turn in said.of(Speaker.CALLER))


def _is_wanted(words: str, what: str, found: re.Match[str]) -> bool:
    left = re.split(r"[。!?\n;]|\.\s", words[: found.start()][-70:])[-1]
    right = words[found.end() : found.end() + 40]
    near = re.split(r"[,，]", left)[-1] if re.search("[一-鿿]", found[0]) else left
    if _NOT_WANTED.search(near) or _AFTER_NOT.match(right) or warned(words, found.start()):
        return False
    if what == "sms_code" and (_SENT_CODE.match(right) or _CODE_GIVEN.search(left) or _OWN_CODE.search(left)):
        return False
    if what == "id_number" and re.search(
        r"(?:凭|带|携带|出示|拿|持)(?:上|着|好)?(?:本人|您的?|你的?|有效)?$|\bbring\b[^.]{0,20}$", left
    ):
        return False
    if what not in ("transfer", "loan", "scan_code", "add_chat"):
        return True
    return bool(_ASKING.search(left[-40:] + found[0] + right[:30]))
