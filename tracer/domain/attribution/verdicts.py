"""From posteriors to findings: rates with intervals, verdicts, and what is still missing.

A finding never says "guilty" and never "clean".
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tracer.domain.attribution.assumptions import Thresholds
from tracer.domain.attribution.evidence import Bools, Floats, Ints
from tracer.domain.attribution.priors import LeakPriors
from tracer.domain.attribution.rates import Rates
from tracer.domain.channel import KindProfile
from tracer.domain.report import ChannelFinding, Estimate, LeakWindow, Verdict

CERTAIN = 1e-15
UNLIKELY = 0.5
RATES, MOST_SILENT = 2_000, 100_000


def with_prior(p: Floats, prior: Floats, other: Floats) -> Floats:
    """P(leaked) had the prior P been `other`, the data being the same."""
    odds = _odds(p) * _odds(other) / _odds(prior)
    return np.asarray(odds / (1.0 + odds))


def _odds(p: Floats) -> Floats:
    clipped = np.clip(p, CERTAIN, 1.0 - CERTAIN)
    return np.asarray(clipped / (1.0 - clipped))


def implicated(p: Floats, priors: LeakPriors, thresholds: Thresholds) -> Bools:
    """Which channels reach both thresholds, the second with the cautious prior."""
    robust = with_prior(p, priors.in_force, priors.cautious) >= thresholds.robust
    return np.asarray((p >= thresholds.implicated) & robust)


@dataclass(frozen=True, slots=True)
class RatePosterior:
    """(C,) summaries of the share of its orders that a channel leaks; `bound` is given that it leaks."""

    mean: Floats
    lower: Floats
    upper: Floats
    bound: Floats


def rate_posterior(rates: Rates, joint: Floats, p_leaked: Floats, share: Floats) -> RatePosterior:
    """90% interval of the overall leak rate with the spike at 0, and the 95% upper limit without it.

    joint (C, J, G) is the posterior of spell and node times P(leaked); share (C, J) is the share of a
    channel's orders inside each spell, so that a spell's rate is brought to all orders.
    """
    mean = ((joint @ rates.nodes) * share).sum(axis=1)
    below = _distribution(rates, joint, share)
    leaky = below / np.maximum(below[:, -1:], 1e-300)
    whole = (1.0 - p_leaked)[:, None] + leaky * p_leaked[:, None]
    return RatePosterior(
        mean=mean,
        lower=_quantile(rates.edges, whole, 0.05),
        upper=_quantile(rates.edges, whole, 0.95),
        bound=_quantile(rates.edges, leaky, 0.95),
    )


def _distribution(rates: Rates, joint: Floats, share: Floats) -> Floats:
    """(C, G+1) distribution function of the overall rate at the grid's edges, mass spread evenly between."""
    channels, spells, nodes = joint.shape
    total = np.zeros((channels, nodes + 1))
    rows = np.arange(channels)[:, None]
    for spell in range(spells):
        climb = np.zeros((channels, nodes + 1))
        np.cumsum(joint[:, spell], axis=1, out=climb[:, 1:])
        wanted = np.minimum(rates.edges / np.maximum(share[:, spell, None], 1e-9), 1.0)
        place = np.clip(np.searchsorted(rates.edges, wanted, side="right") - 1, 0, nodes - 1)
        part = (wanted - rates.edges[place]) / np.diff(rates.edges)[place]
        total += climb[rows, place] * (1.0 - part) + climb[rows, place + 1] * part
    return total


def _quantile(edges: Floats, distribution: Floats, level: float) -> Floats:
    above = np.clip((distribution < level).sum(axis=1), 1, len(edges) - 1)
    rows = np.arange(len(distribution))
    low, high = distribution[rows, above - 1], distribution[rows, above]
    part = np.clip((level - low) / np.maximum(high - low, 1e-300), 0.0, 1.0)
    found = edges[above - 1] + part * (edges[above] - edges[above - 1])
    return np.asarray(np.where(distribution[:, 0] >= level, 0.0, found))


@dataclass(frozen=True, slots=True)
class Counts:
    """(C,) per channel: cells exposed, of these called, summed detection p of the silent, its mean when complete."""

    orders: Ints
    called: Ints
    watched: Floats
    detection: Floats


def channel_findings(
    ids: Sequence[str],
    names: Mapping[str, str],
    profiles: Sequence[KindProfile],
    priors: LeakPriors,
    p_leaked: Floats,
    posterior: RatePosterior,
    counts: Counts,
    windows: Sequence[LeakWindow | None],
    thresholds: Thresholds,
) -> list[ChannelFinding]:
    """One finding per channel, in the order given."""
    named = implicated(p_leaked, priors, thresholds)
    factor = np.clip(np.log(_odds(p_leaked)) - np.log(_odds(priors.in_force)), -700.0, 700.0)
    found = []
    for i, channel in enumerate(ids):
        bound = float(posterior.bound[i]) if counts.orders[i] else None
        p = float(p_leaked[i])
        verdict = _verdict(bool(named[i]), p, bound, thresholds)
        estimate = Estimate(float(posterior.mean[i]), float(posterior.lower[i]), float(posterior.upper[i]))
        more = _more_orders(i, p, profiles[i], estimate, counts, thresholds) if verdict is Verdict.UNRESOLVED else None
        found.append(
            ChannelFinding(
                channel_id=channel,
                kind=profiles[i].kind,
                name=names.get(channel, channel),
                p_leaked=p,
                leak_rate=estimate,
                log_bayes_factor=float(factor[i]),
                orders=int(counts.orders[i]),
                called=int(counts.called[i]),
                silent=int(counts.orders[i] - counts.called[i]),
                verdict=verdict,
                bound=bound,
                more_orders=more,
                window=windows[i],
                reason=_reason(verdict, p, bound, counts, i, more) + _spell(windows[i]),
            )
        )
    return found


def _verdict(named: bool, p: float, bound: float | None, thresholds: Thresholds) -> Verdict:
    if named:
        return Verdict.IMPLICATED
    bounded = bound is not None and bound < thresholds.bounded_rate and p < UNLIKELY
    return Verdict.BOUNDED if bounded else Verdict.UNRESOLVED


def _complete(counts: Counts, i: int) -> float:
    """How much of what a leak of its silent orders would show has had time to show."""
    silent = counts.orders[i] - counts.called[i]
    return float(min(counts.watched[i] / max(silent * counts.detection[i], 1e-9), 1.0)) if silent else 1.0


def _more_orders(
    i: int, p: float, profile: KindProfile, estimate: Estimate, counts: Counts, thresholds: Thresholds
) -> int:
    """How many further orders would settle it, each watched to the end.

    Unlikely to leak: so many silent ones that the 95% limit of its rate falls below the bounded rate. Likely to
    leak: as many as bring one more leaked and noticed order on average, 1 / (rate · p).
    """
    detection = max(float(counts.detection[i]), 1e-3)
    if p >= UNLIKELY:
        rate = max(estimate.mean / max(p, 1e-9), 1e-3)
        return int(np.ceil(1.0 / (rate * detection)))
    needed = _silent_orders(profile.rate_a, profile.rate_b, detection, thresholds.bounded_rate)
    return max(1, int(np.ceil(needed - counts.watched[i] / detection)))


@lru_cache(maxsize=4096)
def _silent_orders(a: float, b: float, detection: float, limit: float) -> int:
    """The least n for which 95% of x^(a-1)·(1-x)^(b-1)·(1-x·p)^n lies below `limit`: n silent orders of a leaker.

    p is `detection`, the probability that a leaked order is called at all; MOST_SILENT where that many do not do.
    """
    rate = (np.arange(RATES) + 0.5) / RATES
    prior = (a - 1.0) * np.log(rate) + (b - 1.0) * np.log1p(-rate)

    def enough(orders: int) -> bool:
        weight = prior + orders * np.log1p(-rate * detection)
        weight = np.exp(weight - weight.max())
        return bool(weight[rate < limit].sum() >= 0.95 * weight.sum())

    return bisect_left(range(MOST_SILENT), True, key=enough)


def _spell(window: LeakWindow | None) -> str:
    if window is None:
        return ""
    return (
        f" The orders that leaked were shown to it from {window.first} to {window.last}; that it leaked in one spell "
        f"and not all the time has probability {_shown(window.p)}."
    )


def _shown(p: float) -> str:
    """A probability that never claims certainty."""
    return "above 0.999" if p > 0.999 else f"{p:.3f}"


def _reason(verdict: Verdict, p: float, bound: float | None, counts: Counts, i: int, more: int | None) -> str:
    orders, called, shows = int(counts.orders[i]), int(counts.called[i]), float(counts.detection[i])
    if bound is None:
        return (
            f"No order has passed through it: nothing is known beyond the prior. About {more} orders would be needed."
        )
    limit = f"with 95% probability it leaks less than {bound:.1%} of its orders if it leaks at all"
    quiet = (
        f"{orders - called} of its {orders} orders stayed silent, observation complete to {_complete(counts, i):.0%}"
    )
    if verdict is Verdict.IMPLICATED:
        return (
            f"This order data surfaced via this channel or someone holding its data, with probability {_shown(p)}; "
            f"{called} of its {orders} orders were called."
        )
    if verdict is Verdict.BOUNDED:
        given = (
            f"This holds if a leaked order is called at all with probability {shows:.0%}, as callers here usually do."
        )
        return f"{limit[0].upper()}{limit[1:]}; {quiet}. {given}"
    if p >= UNLIKELY:
        return (
            f"It may leak (probability {p:.2f}), but too few of its {orders} orders show it; about {more} more would."
        )
    return f"Not enough orders to tell: {limit}; {quiet}. About {more} more silent orders would bound it."
