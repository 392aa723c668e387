"""Where a call came from, as a page shows it: sources with names and shares, reasons in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

from fastapi import Request

from tracer.domain.access import Scope
from tracer.domain.report import BACKGROUND, OTHER
from tracer.web.call_words import term_in_words
from tracer.web.page import translate
from tracer.web.visitor import Visitor

LEAST_SHOWN = 0.005
LEAST_NATS = 0.05
MOST_FACTOR = 1_000.0


@dataclass(frozen=True, slots=True)
class ShownSource:
    """One possible source: what it is called, its channel id (empty for none), its probability."""

    name: str
    channel_id: str
    p: float


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a channel rather than background: in words, by what factor, and whether it speaks for it."""

    text: str
    factor: str
    speaks_for: bool


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """The finding of one call."""

    canary_id: str
    match_p: float
    sources: Sequence[ShownSource]
    reasons: Sequence[tuple[str, Sequence[Reason]]]


def shown_finding(request: Request, visitor: Visitor, found: Mapping[str, Any]) -> ShownFinding:
    """The finding of a call object (domain.report.call_object) in the visitor's language and sight."""
    sources = [one for one in found["sources"] if one["p"] >= LEAST_SHOWN]
    explained = list(dict.fromkeys(term["channel_id"] for term in found["evidence"]))
    names = _names(request, visitor, [*(one["channel_id"] for one in sources), *explained])
    reasons = [
        (names[channel_id], [_reason(request, term) for term in found["evidence"] if _counts(term, channel_id)])
        for channel_id in explained
    ]
    return ShownFinding(
        found["canary_id"] or "",
        found["match_p"],
        [ShownSource(names[one["channel_id"]], _id(one["channel_id"]), one["p"]) for one in sources],
        reasons,
    )


def _counts(term: Mapping[str, Any], channel_id: str) -> bool:
    return bool(term["channel_id"] == channel_id and abs(term["log_likelihood_ratio"]) >= LEAST_NATS)


def _reason(request: Request, term: Mapping[str, Any]) -> Reason:
    nats = float(term["log_likelihood_ratio"])
    factor = exp(min(abs(nats), 50.0))
    times = f">{MOST_FACTOR:,.0f}" if factor > MOST_FACTOR else f"{factor:,.0f}" if factor >= 10 else f"{factor:.1f}"
    return Reason(term_in_words(request, term["term"]), f"×{times}" if nats > 0 else f"÷{times}", nats > 0)


def _id(channel_id: str) -> str:
    return "" if channel_id in {BACKGROUND, OTHER} else channel_id


def _names(request: Request, visitor: Visitor, channel_ids: Sequence[str]) -> Mapping[str, str]:
    """Channels by name; a person (a courier) by id for those who may not see all."""
    known = {
        BACKGROUND: translate(request, "no leak: a call that any number gets"),
        OTHER: translate(request, "somebody on no route"),
    }
    wanted = [one for one in dict.fromkeys(channel_ids) if one not in known]
    names = dict.fromkeys(wanted, "")
    if visitor.may(Scope.READ_REGISTRY):
        with visitor.app.reading() as work:
            found = work.channels.find(wanted)
        names = {
            one: channel.name if not channel.natural_person or visitor.sees_all() else ""
            for one, channel in found.items()
        }
    return {**{one: names.get(one) or one for one in wanted}, **known}
