"""A transcript read: what the caller knew, could not say, claimed, told and wanted, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tracer.domain.fields import TOKENS
from tracer.domain.transcript.cantonese import in_mandarin
from tracer.domain.transcript.claims import claim_signs, party_named, with_claim
from tracer.domain.transcript.finding import KnownOrder, Mention
from tracer.domain.transcript.knowledge import Knowledge, knowledge_of
from tracer.domain.transcript.misheard import spelled
from tracer.domain.transcript.model import nature_of, roles_of, story_of
from tracer.domain.transcript.numerals import in_digits
from tracer.domain.transcript.plain import plain, simplified
from tracer.domain.transcript.pretext import cues, script_of
from tracer.domain.transcript.roles import claimed_role
from tracer.domain.transcript.said import Said
from tracer.domain.transcript.signs import Found
from tracer.domain.transcript.signs import signs as signs_in
from tracer.domain.transcript.story import about_an_order, bearer, errand, seller
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
    "card_number", "sms_code", "screen_share", "loan", "deposit", "transfer", "id_number", "scan_code",
    "add_chat", "install_app",
)  # fmt: skip
"""What callers want, by the ids that other programs rely on."""


LONGEST = 20_000
"""So many characters of a text are read: what a caller knows he says early, and an hour of talk is not much longer."""

_VOICE_TAG = re.compile(r"<v(?:\.[\w.]+)? ([^>\n]{1,30})>")  # WebVTT names the speaker so


@dataclass(frozen=True, slots=True)
class Signs:
    """By what a text is judged: the signs of the whole text, and those of whom the caller claims to be."""

    text: dict[str, float]
    claim: dict[str, float]

    def with_roles(self, roles: Mapping[str, float]) -> dict[str, float]:
        """The signs of nature and story, once it is known how probable each role is."""
        return with_claim(self.text, self.claim, roles)


@dataclass(frozen=True, slots=True)
class _Ruled:
    """Everything that the rules find in a text."""

    said: Said
    role: Mention | None
    script: Mention | None
    stories: dict[str, list[Mention]]
    asks: tuple[Mention, ...]
    known: Knowledge
    signs: Signs


def read_transcript(text: str, orders: Sequence[KnownOrder] = ()) -> Reading:
    """Read a transcript in Chinese or English, of any form; `orders` are those it may be about, if any are known."""
    found = _ruled(text, orders)
    roles = roles_of(found.signs.claim)
    signs = found.signs.with_roles(roles)
    nature, nature_p = nature_of(signs)
    found = replace(found, role=_claimed(roles, found), script=_told(signs, found.script, found.stories))
    asked_for = {ask.field for ask in found.asks}
    return Reading(
        nature=nature,
        nature_p=nature_p,
        heard_name=_as_written(text, found.said, found.known.heard_name),
        known_fields=tuple(token for token in TOKENS if token in found.known.known),
        unknown_fields=tuple(token for token in TOKENS if token in found.known.unknown),
        claimed_role=found.role.field if found.role else "",
        script=found.script.field if found.script else "",
        asked_for=tuple(one for one in ASKED_FOR if one in asked_for),
        spans=tuple(_spans(text, found)),
        heard_item=found.known.value("item"),
        heard_price=found.known.value("price"),
        heard_order_no=found.known.value("order_no"),
        heard_waybill_no=found.known.value("waybill_no"),
    )


def signs_of(text: str, orders: Sequence[KnownOrder] = ()) -> Signs:
    """The signs by which role, story and nature of a text are told: what the models are fitted to."""
    return _ruled(text, orders).signs


def _ruled(text: str, orders: Sequence[KnownOrder]) -> _Ruled:
    written = plain(text[:LONGEST]).rewritten(_VOICE_TAG, lambda found: f"{found[1]}: ")
    said = read_turns(in_digits(in_mandarin(spelled(written))))
    role, stories, asks = claimed_role(said), cues(said), tuple(wanted(said))
    script = script_of(stories, role.field if role else "") or errand(said, role)
    role = role or bearer(script)
    orders = [_folded(order) for order in orders]
    known = knowledge_of(said, orders, role.field if role else "", script.field if script else "")
    script = about_an_order(script, known, role)
    role = role or seller(script, known)
    signs = signs_in(
        said,
        Found(
            cues=stories,
            wanted=frozenset(ask.field for ask in asks),
            story=script.field if script else "",
            known=frozenset(known.known),
            unknown=frozenset(known.unknown),
            link=has_link(said),
        ),
    )
    return _Ruled(said, role, script, stories, asks, known, Signs(signs, claim_signs(said, role, signs)))


def _claimed(roles: Mapping[str, float], found: _Ruled) -> Mention | None:
    """The role of a text by all its signs, where it is claimed; without a place where only the whole text tells it."""
    label = max(roles, key=lambda role: roles[role])
    if not label:
        return None
    if found.role and found.role.field == label:
        return found.role._replace(p=roles[label])
    start, end = party_named(found.said, label)
    return Mention(label, start, end, found.said.text[start:end], roles[label])


def _told(signs: dict[str, float], ruled: Mention | None, stories: dict[str, list[Mention]]) -> Mention | None:
    """The story of a text by all its signs, where it stands; without a place where only the whole text tells it."""
    label, p = story_of(signs)
    if not label:
        return None
    at = ruled if ruled and ruled.field == label else next(iter(stories.get(label, ())), Mention(label, 0, 0, "", p))
    return at._replace(field=label, p=p)


def _folded(order: KnownOrder) -> KnownOrder:
    """An order in the script and case of the plain text."""
    item, address, account = (plain(text).text for text in (order.item, order.address, order.account))
    return replace(order, name=simplified(order.name), item=item, address=address, account=account)


def _as_written(text: str, said: Said, name: Mention | None) -> str:
    if name is None:
        return ""
    start, end = said.plain.original(name.start, name.end)
    return " ".join(text[start:end].split())


def _spans(text: str, all_found: _Ruled) -> Iterator[Span]:
    said, known = all_found.said, all_found.known
    found = [(field, mention) for field, mentions in known.known.items() for mention in mentions]
    found += [(f"unknown:{field}", mention) for field, mention in known.unknown.items()]
    found += [("claimed_role", all_found.role)] if all_found.role else []
    found += [("script", all_found.script)] if all_found.script else []
    found += [(f"asked_for:{ask.field}", ask) for ask in all_found.asks]
    for what, mention in sorted(found, key=lambda pair: (pair[1].start, pair[1].end, pair[0])):
        start, end = said.plain.original(mention.start, mention.end)
        if start < end:
            yield Span(what, text[start:end], start, end, round(mention.p, 2))
