"""Of what a value is whose own words do not tell: by the orders, the question before, or who calls about what."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tracer.domain.transcript.compare import Fit, fit
from tracer.domain.transcript.finding import KnownOrder, Mention
from tracer.domain.transcript.patterns import patterns
from tracer.domain.transcript.said import Said, Speaker

_SELLING = frozenset(("merchant", "platform", "warehouse", "payment", "bank", "police", "legal"))


def of_what_number(asked: Mention, role: str, script: str) -> Mention:
    """A number asked for as 单号 alone: a seller's is the order's."""
    bare = asked.field == "waybill_no" and re.fullmatch(r"单号?(?:编?号码?)?", asked.value)
    if bare and role in _SELLING and script not in ("delivery", "lost_parcel"):
        return asked._replace(field="order_no")
    return asked


def resolved(
    said: Said, mentions: list[Mention], asked: list[Mention], orders: Sequence[KnownOrder], role: str, script: str
) -> list[Mention]:
    """Mentions whose words did not tell of what: by the orders, the question before, or who calls about what."""
    resolved = []
    for mention in mentions:
        name = mention.field
        if name in _ANSWERS:
            name, p = _of_what(said, mention, mentions, asked, orders, role, script)
            if name:
                resolved.append(mention._replace(field=name, p=p))
                continue
        resolved.append(mention)
    return resolved


_OF_PARCEL = re.compile(
    r"(?:包裹|快件|国际件|退货)[(,\s]{0,2}(?:尾号|末码|尾码|尾数)\s?(?:是|为)?\s?$|\b(?:parcel|pkg|package"
    r"|shipment)[\s,(]{0,2}[^.,]{0,14}(?:number )?(?:end(?:s|ing)?|finish\w*)[^.,\d]{0,10}$"
)
_PARCEL_AFTER = re.compile(
    r"\s?的?(?:那个|这个|那件|这件)?(?:件|快件|快递|包裹|单)|的?(?:parcel|package)",
)
_NUMBERS = frozenset(("order_no", "waybill_no", "phone"))
_SUMS = frozenset(("refunded", "refund", "sum", "number", "amount"))
_ANSWERS = {
    "bare": ("order_no", "waybill_no", "phone"),
    "tail": ("order_no", "waybill_no", "phone"),
    "single": ("order_no", "waybill_no"),
    "sum": ("price",),
    "number": ("price",),
    "amount": ("price",),
    "refunded": ("price",),
    "refund": ("price",),
    "time": ("order_time",),
    "place": ("address",),
}


def _of_what(
    said: Said,
    mention: Mention,
    mentions: list[Mention],
    asked: list[Mention],
    orders: Sequence[KnownOrder],
    role: str,
    script: str,
) -> tuple[str, float]:
    """The field, "" where nothing tells, and how sure that is."""
    found = _by_orders(mention, orders) or _by_question(said, mention, asked)
    if found:
        return found
    if mention.field == "refund" and not orders:
        return "price", 0.6
    if mention.field in ("sum", "number", "time") and _beside_goods(said, mention, mentions):
        return ("order_time" if mention.field == "time" else "price"), 0.75
    delivering = role in ("courier", "station") or script in ("delivery", "lost_parcel")
    if mention.field == "single":
        ordered = role in ("merchant", "platform", "warehouse", "payment", "bank") and script != "delivery"
        return ("order_no" if ordered and not delivering else "waybill_no"), 0.8
    if mention.field == "tail":
        return _of_tail(said, mention, role, script, delivering=delivering)
    if mention.field == "bare" and role == "courier" and len(mention.value) >= 8 and not mention.value.startswith("+"):
        return "waybill_no", 0.55
    return "", 0.0


def _by_orders(mention: Mention, orders: Sequence[KnownOrder]) -> tuple[str, float] | None:
    """The first field whose value an order confirms."""
    for name in _ANSWERS[mention.field]:
        if name in _NUMBERS or mention.field in _SUMS:
            as_field = "phone:last4" if name == "phone" and len(mention.value) <= 4 else name
            if fit(mention._replace(field=as_field), orders) is Fit.CONFIRMED:
                return as_field, 0.95
    return None


def _by_question(said: Said, mention: Mention, asked: list[Mention]) -> tuple[str, float] | None:
    """The field that the callee had asked for just before."""
    place = said.place(mention.start)
    for question in reversed(asked if said.by(mention.start, Speaker.CALLER) else ()):
        follows = question.start < mention.start and said.place(question.start) in (place - 1, place - 3)
        if follows and question.field in _ANSWERS[mention.field]:
            short = question.field == "phone" and len(mention.value) <= 4
            return ("phone:last4" if short else question.field), 0.85
    return None


def _of_tail(said: Said, mention: Mention, role: str, script: str, *, delivering: bool) -> tuple[str, float]:
    """Of what number a tail is most likely, by who calls about what."""
    selling = role in ("merchant", "platform")
    if _OF_PARCEL.search(said.left(mention.start, 22)):
        return "waybill_no", 0.8
    of_four = len(mention.value) == 4
    of_parcel = script == "lost_parcel" or _PARCEL_AFTER.match(said.right(mention.end, 8))
    if delivering and of_four and not selling and not of_parcel:
        return "phone:last4", 0.65
    if role == "station":
        return ("phone:last4", 0.7) if of_four else ("waybill_no", 0.6)
    if delivering and not selling:
        return "waybill_no", 0.7
    return ("order_no", 0.65) if selling or role == "warehouse" else ("", 0.0)


_BETWEEN = patterns("resolve", "between")


def _beside_goods(said: Said, mention: Mention, mentions: list[Mention]) -> bool:
    """Whether nothing but small words stands between a sum or a time and the goods."""
    between = _BETWEEN["time" if mention.field == "time" else "sum"]
    for other in mentions:
        if other.field != "item" or said.place(other.start) != said.place(mention.start):
            continue
        gap = (
            said.text[other.end : mention.start] if other.end <= mention.start else said.text[mention.end : other.start]
        )
        if len(gap) <= 24 and between.fullmatch(gap):
            return True
    return False
