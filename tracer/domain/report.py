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
class ChannelFinding:
    """What the data say of one channel.

    `bound` is the 95% upper limit of its leak rate if it leaks at all, None before any exposure.
    `more_orders` is how many further orders would settle an unresolved channel, None where none is needed.
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
