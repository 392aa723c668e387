"""Addresses: the recipient's, not the station's and not the caller's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.patterns import pattern
from tracer.domain.transcript.said import Said

_PLACE = pattern("places", "place")
_NAMED_PLACE = pattern("places", "named_place")
_STATION_AFTER = pattern("places", "station_after")
_STATION_BEFORE = pattern("places", "station_before")
_OURS_BEFORE = pattern("places", "ours_before")


_AT_A_SHOP = re.compile(
    r"\b(?:ready|waiting|held|arrived|collect\w*|pick(?:ed)?[ -]?up"
    r"|here)\b(?![^!?\n]{0,40}\b(?:to|for|deliver\w*)\b)[^!?\n]{0,40}$"
    r"|\b(?:store|shop|locker|co-?op|spar|station|depot|office|branch|supermarket|pharmacy|newsagents?)\W{1,3}$"
)
"""English words before the address of a place that keeps parcels."""


def places(said: Said) -> Iterator[Mention]:
    """Every address: field "address" where it can be the recipient's, else "place"."""
    taken: list[tuple[int, int]] = []
    for rule in (_PLACE, _NAMED_PLACE):
        for found in rule.finditer(said.text):
            group = next((name for name, text in found.groupdict().items() if text), 0)
            start, end = found.span(group)
            if any(start < b and a < end for a, b in taken):
                continue
            taken.append((start, end))
            yield Mention(_kind(said, start, end), start, end, found[group], 0.9 if rule is _PLACE else 0.85)


def _kind(said: Said, start: int, end: int) -> str:
    left = re.split(r"[,。!?;\n]", said.left(start, 24))[-1]
    own = said.text[start:end]
    if re.search(
        r"驿站|菜鸟|丰巢|快递柜|超市|便利店|商店|门店|代收点|营业部|网点|仓库|派出所|银行|支行", own
    ) or _STATION_AFTER.match(said.right(end, 12)):
        return "place"
    if _OURS_BEFORE.search(left):
        return "address"
    if _AT_A_SHOP.search(said.left(start, 60)):
        return "place"
    return "place" if _STATION_BEFORE.search(left) else "address"
