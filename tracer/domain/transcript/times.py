"""When the order was placed, as it was said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.finding import Mention, nearest
from tracer.domain.transcript.patterns import pattern
from tracer.domain.transcript.said import Said

_WHEN = pattern("times", "when")
_CUES = pattern("times", "cues")
_VAGUE = re.compile(
    r"^(?:\d{1,2}月份?|上个?月|上个?(?:周|星期|礼拜)|last (?:month|week)|today|今[天日早晚].*|当天|tonight"
    r"|this morning)$"
)


def order_times(said: Said) -> Iterator[Mention]:
    """Every time: "order_time" where it is the order's, "day" where of something else, "time" where no word tells."""
    for found in _WHEN.finditer(said.text):
        start, end = found.span()
        if said.told and re.match(r"20\d\d-", found[0]) and not said.text[:start].rsplit("\n", 1)[-1].strip():
            continue  # when the note was written
        left = re.split(r"[。!?;\n]|\.\s", said.left(start, 64))[-1]
        right = re.split(r"[。!?;\n]|\.\s", said.right(end, 40))[0]
        # In Chinese the verb follows the time, in English mostly precedes it.
        latin = said.text[start].isascii() and not re.search("[一-鿿]", left[-8:] + right[:8])
        kind, distance = (
            nearest(_CUES, left, right)
            if latin
            else nearest(_CUES, _same_clause(left), _next_clause(right), right_costs=0.6)
        )
        if re.match(
            r"\s?半|号?半|[-\s]?(?:floor|story|storey|edition|gen)|\s?(?:货|楼|栋|幢|件|单)", said.right(end, 8)
        ):
            continue
        near = distance <= (50 if latin else 12)
        p = 0.4 if _VAGUE.match(found[0]) else 0.92
        token = "order_time" if kind == "order" and near else "day" if kind == "other" and near else "time"
        yield Mention(token, start, end, found[0], p)


def _next_clause(right: str) -> str:
    return right.lstrip(" ,").split(",", 1)[0]


def _same_clause(left: str) -> str:
    return left.rsplit(",", 1)[-1]
