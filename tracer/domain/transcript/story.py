"""What the story and the role are where nobody said so: by who calls, and by what he knew."""

from __future__ import annotations

import re

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.knowledge import Knowledge
from tracer.domain.transcript.patterns import pattern
from tracer.domain.transcript.said import Said
from tracer.domain.transcript.signs import cut_off


def errand(said: Said, role: Mention | None) -> Mention | None:
    """What a courier rings about who tells no story: the parcel."""
    if role is None or role.field not in ("courier", "station") or cut_off(said):
        return None
    return Mention("delivery", role.start, role.end, role.value, 0.65)


_OF_ORDERS = ("item", "order_no", "price", "order_time")
_WEAK = pattern("story", "weak")


def about_an_order(script: Mention | None, known: Knowledge, role: Mention | None) -> Mention | None:
    """Who knows what was ordered and tells no other story rings about the order."""
    if script is not None and (script.field != "other" or not _WEAK.search(script.value)):
        return script
    if role is not None and role.field in ("courier", "station", "police", "other", "bank") and script is not None:
        return script
    for token in _OF_ORDERS:
        for mention in known.known.get(token, ()):
            return Mention("order_problem", mention.start, mention.end, mention.value, 0.55)
    return script


def seller(script: Mention | None, known: Knowledge) -> Mention | None:
    """Who speaks of an order and says no more of himself than a name nobody knows."""
    if script is None or script.field not in (
        "order_problem",
        "defect_refund",
        "multiple_compensation",
        "wrong_agent",
        "wrong_membership",
    ):
        return None
    if not any(token in known.known for token in _OF_ORDERS):
        return None
    return Mention("merchant", script.start, script.end, script.value, 0.5)


def bearer(script: Mention | None) -> Mention | None:
    """Who rings about a delivery and does not say who he is."""
    if script is None or script.field != "delivery":
        return None
    station = re.search("取货|取件|门市|pick|collect", script.value)
    return Mention("station" if station else "courier", script.start, script.end, script.value, 0.55)
