"""A transcript read: what the caller knew, could not say, claimed, told and wanted, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tracer.domain.fields import TOKENS
from tracer.domain.transcript.cantonese import in_mandarin
from tracer.domain.transcript.finding import KnownOrder, Mention
from tracer.domain.transcript.knowledge import Knowledge, knowledge_of
from tracer.domain.transcript.misheard import spelled
from tracer.domain.transcript.nature import Signs, cut_off, nature_of
from tracer.domain.transcript.numerals import in_digits
from tracer.domain.transcript.plain import plain, simplified
from tracer.domain.transcript.pretext import cues, script_of
from tracer.domain.transcript.roles import claimed_role
from tracer.domain.transcript.said import Said
from tracer.domain.transcript.turns import read_turns
from tracer.domain.transcript.wanted import has_link, wanted


@dataclass(frozen=True, slots=True)
class Span:
    """A finding in the original text at [start, end), in Unicode code points.

    `what`: a field the caller knew, `unknown:` and a field, `claimed_role`, `script`, or `asked_for:` and an id.
    `p`: how probable it is that the finding is right.
    """

    what: str
    text: str
    start: int
    end: int
    p: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a transcript tells of a call. Empty where it tells nothing; `nature_p` is how sure the nature is.

    `heard_…` are values as said, in digits where numbers were spoken.
    """

    nature: str
    nature_p: float
    heard_name: str
    known_fields: tuple[str, ...]
    unknown_fields: tuple[str, ...]
    claimed_role: str
    script: str
    asked_for: tuple[str, ...]
    spans: tuple[Span, ...]
    heard_item: str = ""
    heard_price: str = ""
    heard_order_no: str = ""
    heard_waybill_no: str = ""


ASKED_FOR = (
    "card_number", "sms_code", "screen_share", "loan", "deposit", "transfer", "id_number", "scan_code", "add_chat", "install_app",
)  # fmt: skip
"""What callers want, by the ids that other programs rely on."""


def read_transcript(text: str, orders: Sequence[KnownOrder] = ()) -> Reading:
    """Read a transcript in Chinese or English, of any form; `orders` are those it may be about, if any are known."""
    written = plain(text).rewritten(_VOICE_TAG, lambda found: f"{found[1]}: ")
    said = read_turns(in_digits(in_mandarin(spelled(written))))
    role = claimed_role(said)
    stories = cues(said)
    asks = list(wanted(said))
    asked_for = {ask.field for ask in asks}
    script = script_of(stories, role.field if role else "")
    script = script or _errand(said, role)
    role = role or _bearer(script)
    orders = [_folded(order) for order in orders]
    known = knowledge_of(said, orders, role.field if role else "", script.field if script else "")
    script = _about_an_order(script, known, role)
    role = role or _seller(script, known)
    signs = Signs(
        script.field if script else "",
        frozenset(asked_for),
        role.field if role else "",
        len(known.known),
        has_link(said),
    )
    nature, nature_p = nature_of(said, signs)
    return Reading(
        nature=nature,
        nature_p=nature_p,
        heard_name=_as_written(text, said, known.heard_name),
        known_fields=tuple(token for token in TOKENS if token in known.known),
        unknown_fields=tuple(token for token in TOKENS if token in known.unknown),
        claimed_role=role.field if role else "",
        script=script.field if script else "",
        asked_for=tuple(one for one in ASKED_FOR if one in asked_for),
        spans=tuple(_spans(text, said, known, role, script, asks)),
        heard_item=known.value("item"),
        heard_price=known.value("price"),
        heard_order_no=known.value("order_no"),
        heard_waybill_no=known.value("waybill_no"),
    )


def _errand(said: Said, role: Mention | None) -> Mention | None:
    """What a courier rings about who tells no story: the parcel."""
    if role is None or role.field not in ("courier", "station") or cut_off(said):
        return None
    return Mention("delivery", role.start, role.end, role.value, 0.65)


def _folded(order: KnownOrder) -> KnownOrder:
    """An order in the script and case of the plain text."""
    item, address, account = (plain(text).text for text in (order.item, order.address, order.account))
    return replace(order, name=simplified(order.name), item=item, address=address, account=account)


_VOICE_TAG = re.compile(r"<v(?:\\.[\\w.]+)? ([^>\\n]{1,30})>")  # WebVTT names the speaker so
_OF_ORDERS = ("item", "order_no", "price", "order_time")
_WEAK = re.compile(
    r"办理|大促|优惠|打折|新品|评价|好评|推广|礼品|balance|sale|discount|offer|promo|review|house|spent|purchase of|points|suspicious|computer|feedback|\\d+% off|投诉|到账|入账"
)


def _about_an_order(script: Mention | None, known: Knowledge, role: Mention | None) -> Mention | None:
    """Who knows what was ordered and tells no other story rings about the order."""
    if script is not None and (script.field != "other" or not _WEAK.search(script.value)):
        return script
    if role is not None and role.field in ("courier", "station", "police", "other", "bank") and script is not None:
        return script
    for token in _OF_ORDERS:
        for mention in known.known.get(token, ()):
            return Mention("order_problem", mention.start, mention.end, mention.value, 0.55)
    return script


def _seller(script: Mention | None, known: Knowledge) -> Mention | None:
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


def _bearer(script: Mention | None) -> Mention | None:
    """Who rings about a delivery and does not say who he is."""
    if script is None or script.field != "delivery":
        return None
    station = re.search("取货|取件|门市|pick|collect", script.value)
    return Mention("station" if station else "courier", script.start, script.end, script.value, 0.55)


def _as_written(text: str, said: Said, name: Mention | None) -> str:
    if name is None:
        return ""
    start, end = said.plain.original(name.start, name.end)
    return " ".join(text[start:end].split())


def _spans(
    text: str, said: Said, known: Knowledge, role: Mention | None, script: Mention | None, asks: Sequence[Mention]
) -> Iterator[Span]:
    found = [(field, mention) for field, mentions in known.known.items() for mention in mentions]
    found += [(f"unknown:{field}", mention) for field, mention in known.unknown.items()]
    found += [("claimed_role", role)] if role else []
    found += [("script", script)] if script else []
    found += [(f"asked_for:{ask.field}", ask) for ask in asks]
    for what, mention in sorted(found, key=lambda pair: (pair[1].start, pair[1].end, pair[0])):
        start, end = said.plain.original(mention.start, mention.end)
        if start < end:
            yield Span(what, text[start:end], start, end, round(mention.p, 2))
