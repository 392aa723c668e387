"""The leak attribution report: what every face renders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

BACKGROUND = "background"
OTHER = "other"


class Verdict(StrEnum):
    """The three things a report says of a channel. Never "guilty", never "clean"."""

    IMPLICATED = "implicated"
    BOUNDED = "bounded"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A leak rate in [0, 1] with its 90% interval."""

    mean: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class LeakWindow:
    """The days, ISO 8601, between which a channel leaked if it did so in one spell, which has probability `p`."""

    first: str
    last: str
    p: float


@dataclass(frozen=True, slots=True)
class ChannelFinding:
    """What the data say of one channel.

    `bound` is the 95% upper limit of its leak rate if it leaks at all, None before any exposure.
    `more_orders` is how many further orders would settle an unresolved channel, None where none is needed.
    `window` is when it leaked, None where the data show no spell.
    """

    channel_id: str
    kind: str
    name: str
    p_leaked: float
    leak_rate: Estimate
    log_bayes_factor: float
    orders: int
    called: int
    silent: int
    verdict: Verdict
    bound: float | None
    more_orders: int | None
    window: LeakWindow | None
    reason: str


@dataclass(frozen=True, slots=True)
class GroupFinding:
    """Channels the data cannot tell apart, and the order that would separate them."""

    channel_ids: tuple[str, ...]
    p_any: float
    p_exactly_one: float
    verdict: Verdict
    separating_order: str


@dataclass(frozen=True, slots=True)
class Source:
    """One possible source of a call: a channel id, "background" or "other"."""

    channel_id: str
    p: float


@dataclass(frozen=True, slots=True)
class EvidenceTerm:
    """One reason, in nats, for `channel_id` over the reference source "background".

    The terms of one channel add up to log(p_channel / p_background).
    """

    term: str
    channel_id: str
    log_likelihood_ratio: float


@dataclass(frozen=True, slots=True)
class CallFinding:
    """Where one call's knowledge came from; `sources` sum to one, most probable first."""

    call_id: str
    canary_id: str | None
    match_p: float
    sources: tuple[Source, ...]
    evidence: tuple[EvidenceTerm, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One leak attribution report. `as_of` is ISO 8601 with offset."""

    as_of: str
    channels: Sequence[ChannelFinding]
    groups: Sequence[GroupFinding]
    calls: Sequence[CallFinding]
    background: Mapping[str, object]
    sensitivity: Mapping[str, object]
    diagnostics: Mapping[str, object]
    assumptions: Sequence[str]


def report_object(report: Report) -> dict[str, object]:
    """The report as the JSON object that other programs read; keys and order are fixed."""
    return {**report_parts(report), "calls": [call_object(call) for call in report.calls]}


def report_parts(report: Report) -> dict[str, object]:
    """The same with an iterator for `calls`, each entry made when its turn comes: there may be a million."""
    return {
        "as_of": report.as_of,
        "channels": [_channel_object(finding) for finding in report.channels],
        "groups": [
            {
                "channel_ids": list(group.channel_ids),
                "p_any": group.p_any,
                "p_exactly_one": group.p_exactly_one,
                "verdict": group.verdict.value,
                "separating_order": group.separating_order,
            }
            for group in report.groups
        ],
        "calls": map(call_object, report.calls),
        "background": dict(report.background),
        "sensitivity": dict(report.sensitivity),
        "diagnostics": dict(report.diagnostics),
        "assumptions": list(report.assumptions),
    }


def call_object(call: CallFinding) -> dict[str, object]:
    """One entry of the report's `calls`."""
    return {
        "call_id": call.call_id,
        "canary_id": call.canary_id,
        "match_p": call.match_p,
        "sources": [{"channel_id": source.channel_id, "p": source.p} for source in call.sources],
        "evidence": [
            {
                "term": term.term,
                "channel_id": term.channel_id,
                "log_likelihood_ratio": term.log_likelihood_ratio,
            }
            for term in call.evidence
        ],
    }


def _channel_object(finding: ChannelFinding) -> dict[str, object]:
    return {
        "channel_id": finding.channel_id,
        "kind": finding.kind,
        "name": finding.name,
        "p_leaked": finding.p_leaked,
        "leak_rate": {
            "mean": finding.leak_rate.mean,
            "lower": finding.leak_rate.lower,
            "upper": finding.leak_rate.upper,
        },
        "log_bayes_factor": finding.log_bayes_factor,
        "orders": finding.orders,
        "called": finding.called,
        "silent": finding.silent,
        "verdict": finding.verdict.value,
        "bound": finding.bound,
        "reason": finding.reason,
    }
