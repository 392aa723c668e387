"""What a note says the caller knew or could not say, without the values: 他知道我的名字和订单号."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.field_words import FIELD
from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.patterns import pattern
from tracer.domain.transcript.said import Said

_KNEW = pattern("listed", "knew")
_COULD_NOT = pattern("listed", "could_not")
_NOT_OWN = pattern("listed", "not_own")
_ASKED_FOR = pattern("listed", "asked_for")
_OF_CALLER = re.compile(r"(?:他|她|自己|对方|客服)(?:的)?$|\b(?:his|her|their|own)\s$")
_ALL_RIGHT = re.compile(
    r"^[^,。]{0,10}(?:都|也|全|一)[^,。]{0,3}(?:对|知道|准|说|有|报|清楚|没错|晓得|念)"
    r"|^[^,.]{0,16}\b(?:correct\w*|right|spot on|accurate\w*|all)\b"
)
_JOIN = pattern("listed", "join")


_UNMENTIONED = re.compile(r"(?:没有?|冇)(?:讲|说|提)(?:到|过|出)?|never (?:said|gave|told)")
_ASKING = re.compile(r"问|\bask|[?]")


def listed(said: Said) -> Iterator[tuple[Mention, bool]]:
    """Each field that is told of without a value, and whether the caller knew it."""
    if not said.told:
        return
    for match in re.finditer(r"[^。!?;\n]+", said.text):
        sentence, at = match[0], match.start()
        hits = sorted(
            (hit.start(), hit.end(), field) for field, pattern in FIELD.items() for hit in pattern.finditer(sentence)
        )
        for start, end, field in hits:
            if any(other != (start, end, field) and other[0] <= start and end <= other[1] for other in hits):
                continue
            knew = _verdict(sentence, start, end, said, at)
            if knew is not None:
                yield Mention(field, at + start, at + end, sentence[start:end], 0.85), knew


def _verdict(sentence: str, start: int, end: int, said: Said, at: int) -> bool | None:
    """True: he knew it. False: he could not say it. None: it is not told."""
    left, right = sentence[:start], sentence[end:]
    if re.search(r"\b(?:not|isn't|wasn't) $|不是$", left):
        return False
    clause = re.split(r"(?:,|;|但是?|可是?|不过|却|然后|\bbut\b|\bthen\b|\bthough\b|\bhowever\b)", left)[-1]
    if _OF_CALLER.search(left[-8:]) or _NOT_OWN.search(left[-18:]) or _ASKED_FOR.search(left[-26:]):
        if not _COULD_NOT.search(_following(right)):
            return None
        return False if _is_question(left) or _COULD_NOT.search(_following(right)) else None
    failing = list(_COULD_NOT.finditer(clause))
    knowing = [
        one for one in _KNEW.finditer(clause) if not any(f.start() <= one.start() <= f.end() + 1 for f in failing)
    ]
    if not failing and not knowing:  # a list goes on over commas: 知道我的名字,地址,订单号
        back = re.split(r"(?:但是?|可是?|不过|却|\bbut\b)", left)[-1]
        failing = list(_COULD_NOT.finditer(back))
        knowing = [
            one for one in _KNEW.finditer(back) if not any(f.start() <= one.start() <= f.end() + 1 for f in failing)
        ]
        if (failing or knowing) and not _is_list(back[max([one.end() for one in failing + knowing]) :]):
            failing, knowing = [], []
    if failing and not knowing and _UNMENTIONED.fullmatch(failing[-1][0].strip()) and not _ASKING.search(said.text):
        return None  # what nobody asked for is not unknown
    if failing and (not knowing or failing[-1].start() > knowing[-1].start()):
        return False
    if knowing:
        return True
    after = _following(right)
    if _COULD_NOT.search(after):
        return False
    if _ALL_RIGHT.search(after):
        return True
    return None


def _following(right: str) -> str:
    return re.split(r"(?:但是?|可是?|不过|\bbut\b)", right)[0][:36]


def _is_question(left: str) -> bool:
    return bool(re.search(r"问|\bask", left[-26:]))


def _is_list(between: str) -> bool:
    rest = between
    for rule in FIELD.values():
        rest = rule.sub("", rest)
    return bool(_JOIN.match(rest))
