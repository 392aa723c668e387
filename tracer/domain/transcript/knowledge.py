"""What the caller knew and what not: values said by himself, not repeated, not called wrong, not contradicted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tracer.domain.transcript.accounts import accounts
from tracer.domain.transcript.asked import objections, questions
from tracer.domain.transcript.codes import codes
from tracer.domain.transcript.compare import Fit, fit, same
from tracer.domain.transcript.finding import KnownOrder, Mention
from tracer.domain.transcript.goods import goods
from tracer.domain.transcript.listed import listed
from tracer.domain.transcript.money import amounts
from tracer.domain.transcript.names import names
from tracer.domain.transcript.patterns import pattern
from tracer.domain.transcript.places import places
from tracer.domain.transcript.resolve import of_what_number, resolved
from tracer.domain.transcript.said import Said, Speaker
from tracer.domain.transcript.times import order_times

LEAST_P = 0.5
MOST = 500
"""A text with more values than that is no call; the rest is not weighed."""
_MASKABLE = {"name:masked": "name", "phone:last4": "phone", "phone:alias": "phone"}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """`known`: by field token, where it was said. `unknown`: by field, where it was asked for or called wrong."""

    known: dict[str, list[Mention]] = field(default_factory=dict)
    unknown: dict[str, Mention] = field(default_factory=dict)
    heard_name: Mention | None = None

    def value(self, token: str) -> str:
        """A value as said, the last one; "" where none was."""
        said = [mention.value for mention in self.known.get(token, ()) if mention.value]
        return said[-1] if said else ""


def knowledge_of(said: Said, orders: Sequence[KnownOrder], role: str, script: str) -> Knowledge:
    """Weigh every value of a text. `role` and `script` tell what a bare tail is most likely of."""
    asked = [of_what_number(one, role, script) for one in questions(said)]
    mentions = resolved(said, _all(said, orders), asked, orders, role, script)
    told = list(listed(said))
    told_known = [mention for mention, knew in told if knew]
    told_unknown = [mention for mention, knew in told if not knew]
    by_caller = [m for m in mentions if _callers(said, m)]
    objects = _as_objects(said, mentions)
    rejected = _rejected(said, objects, told_known, asked)
    orders = _narrowed(by_caller, orders)
    known: dict[str, list[Mention]] = defaultdict(list)
    for mention in by_caller:
        if mention in rejected or _said_before(said, mention, mentions):
            continue
        verdict = fit(mention, orders)
        if verdict is Fit.CONTRADICTED:
            continue
        p = min(0.99, mention.p + 0.05) if verdict is Fit.CONFIRMED else mention.p
        if p >= LEAST_P:
            known[mention.field].append(mention._replace(p=p))
    wrong = {name for name, _, _ in _objected(said, objects, told_known, asked)}
    for mention in told_known:
        failed = any(other.field == mention.field and other.start >= mention.start for other in told_unknown)
        if mention.field not in wrong and not failed and not _has(known, mention.field):
            known[mention.field].append(mention._replace(value=""))
    _keep_fullest(known)
    unknown = _unknown(said, asked, told_unknown, objects, told_known, known)
    return Knowledge(dict(known), unknown, _heard_name(by_caller, rejected) or _denied_name(said))


def _all(said: Said, orders: Sequence[KnownOrder]) -> list[Mention]:
    found = [
        *names(said),
        *codes(said),
        *amounts(said),
        *order_times(said),
        *places(said),
        *accounts(said),
        *goods(said, orders),
    ]
    return sorted(found, key=lambda mention: mention.start)[:MOST]


def _callers(said: Said, mention: Mention) -> bool:
    if mention.field in (
        "amount",
        "number",
        "time",
        "place",
        "bare",
        "tail",
        "single",
        "refunded",
        "refund",
        "sum",
        "day",
    ):
        return False
    turn = said.turn(mention.start)
    return turn.speaker is Speaker.CALLER or (
        said.told and turn.speaker is Speaker.NOTE and mention.field.startswith("name")
    )


def _narrowed(mentions: list[Mention], orders: Sequence[KnownOrder]) -> Sequence[KnownOrder]:
    """The orders of whom the caller named, where he named one of them."""
    if len(orders) < 2:
        return orders
    for mention in mentions:
        if mention.field in ("name", "name:masked"):
            own = [order for order in orders if fit(mention, [order]) is Fit.CONFIRMED]
            if own:
                return own
    return orders


def _said_before(said: Said, mention: Mention, mentions: list[Mention]) -> bool:
    """Whether the callee had said the value before the caller."""
    for other in mentions:
        if other.start >= mention.start:
            return False
        if other is not mention and said.by(other.start, Speaker.CALLEE) and same(other, mention):
            earlier = any(
                one.start < other.start and _callers(said, one) and same(one, mention)
                for one in mentions
                if one.start < other.start
            )
            if not earlier:
                return True
    return False


def _objected(
    said: Said, by_caller: list[Mention], told_known: list[Mention], asked: list[Mention]
) -> list[tuple[str, int, int]]:
    return list(objections(said, [*by_caller, *told_known], asked))


def _as_objects(said: Said, mentions: list[Mention]) -> list[Mention]:
    """What the callee may call wrong: values, and sums that nobody said what they were of."""
    sums = [
        m._replace(field="price")
        for m in mentions
        if m.field in ("sum", "amount", "number") and said.by(m.start, Speaker.CALLER)
    ]
    return [m for m in mentions if _callers(said, m)] + sums


def _rejected(said: Said, by_caller: list[Mention], told_known: list[Mention], asked: list[Mention]) -> set[Mention]:
    """The mentions that the callee called wrong: the last of the field before it, and its equals."""
    rejected: set[Mention] = set()
    for name, start, _ in _objected(said, by_caller, told_known, asked):
        before = [m for m in by_caller if _base(m.field) == _base(name) and m.start < start]
        if before:
            last = max(before, key=lambda m: m.start)
            rejected |= {m for m in before if m is last or same(m, last)}
    return rejected


def _base(token: str) -> str:
    return _MASKABLE.get(token, token)


def _has(known: dict[str, list[Mention]], token: str) -> bool:
    return any(_base(one) == _base(token) and mentions for one, mentions in known.items())


def _keep_fullest(known: dict[str, list[Mention]]) -> None:
    for masked, full in _MASKABLE.items():
        if known.get(full):
            known.pop(masked, None)
    for token in [token for token, mentions in known.items() if not mentions]:
        del known[token]


def _unknown(
    said: Said,
    asked: list[Mention],
    told_unknown: list[Mention],
    by_caller: list[Mention],
    told_known: list[Mention],
    known: dict[str, list[Mention]],
) -> dict[str, Mention]:
    unknown: dict[str, Mention] = {}
    wrong = [
        Mention(_base(name), start, end, "", 0.8) for name, start, end in _objected(said, by_caller, told_known, asked)
    ]
    for mention in [*asked, *wrong, *told_unknown]:
        token = _base(mention.field)
        if not _has(known, token):
            unknown.setdefault(token, mention)
    return unknown


_DENIED_NAME = pattern("knowledge", "denied_name")


def _denied_name(said: Said) -> Mention | None:
    """The name that the callee says is not his, where the caller had said it."""
    for turn in said.of(Speaker.CALLEE):
        for found in _DENIED_NAME.finditer(said.words_of(turn)):
            name = found[found.lastgroup or 0]
            at = said.text.find(name, 0, turn.start)
            if (
                at >= 0
                and said.by(at, Speaker.CALLER)
                and len(name) > 1
                and said.plain.cased[at : at + 1] != said.text[at : at + 1].lower() * name[0].isascii()
            ):
                return Mention("name", at, at + len(name), said.plain.cased[at : at + len(name)], 0.6)
    return None


def _heard_name(by_caller: list[Mention], rejected: set[Mention]) -> Mention | None:
    """The fullest form; of names the caller dropped when corrected, none, unless he used no other."""
    heard = [m for m in by_caller if m.field in ("name", "name:masked")]
    kept = [m for m in heard if m not in rejected] or heard[-1:]
    return max(kept, key=lambda m: (m.field == "name", len(re.sub(r"\W", "", m.value)), -m.start), default=None)
