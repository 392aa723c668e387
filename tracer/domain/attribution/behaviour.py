"""How callers who hold leaked data behave, as arrays over caller profiles.

Rows of the profile axis P are the distinct kinds of channel in the campaign; the last row is
the profile of `other`, a party on no route that saw everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from tracer.domain.attribution.assumptions import Assumptions
from tracer.domain.attribution.evidence import Floats, Ints
from tracer.domain.channel import KindProfile
from tracer.domain.fields import TOKENS

BASE_FIELDS: tuple[str, ...] = tuple(token for token in TOKENS if ":" not in token)
MINUTE = 1.0 / 1440.0


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What callers do with leaked data; every array is indexed by profile first.

    mention    (P, 9) probability that a caller says a field its source saw, in BASE_FIELDS order
    calls      (P,) mean number of calls one leaked order draws
    log_median, sigma, slow_share, slow_from, slow_until, early_share, early_days   (P,) the delay mixture, in days
    The scalars are those of Assumptions.
    """

    mention: Floats
    calls: Floats
    log_median: Floats
    sigma: Floats
    slow_share: Floats
    slow_from: Floats
    slow_until: Floats
    early_share: Floats
    early_days: Floats
    epsilon: float
    masked_share: float
    cannot_say: float
    reach: float
    script_calls: float

    def delay_density(self, profile: Ints, days: Floats) -> Floats:
        """Density per day of the delay from exposure to call; 0 for negative delays.

        A call within the first minute counts as made at one minute, so that equal time stamps
        do not make a true source impossible.
        """
        late = np.maximum(days, MINUTE)
        sigma = self.sigma[profile]
        score = (np.log(late) - self.log_median[profile]) / sigma
        fast = np.exp(-0.5 * score * score) / (late * sigma * np.sqrt(2.0 * np.pi))
        start, stop = self.slow_from[profile], self.slow_until[profile]
        slow = ((late >= start) & (late < stop)) / (stop - start)
        share, early = self.slow_share[profile], self.early_share[profile]
        spot = (late < self.early_days[profile]) / self.early_days[profile]
        density = (1.0 - share - early) * fast + share * slow + early * spot
        return np.asarray(np.where(days >= 0.0, np.maximum(density, 1e-12), 0.0))

    def delay_reached(self, profile: Ints, days: Floats) -> Floats:
        """Share of a leak's calls that have come after `days`: the delay's distribution function."""
        late = np.maximum(days, MINUTE)
        score = (np.log(late) - self.log_median[profile]) / self.sigma[profile]
        start, stop = self.slow_from[profile], self.slow_until[profile]
        slow = np.clip((late - start) / (stop - start), 0.0, 1.0)
        share, early = self.slow_share[profile], self.early_share[profile]
        spot = np.minimum(late / self.early_days[profile], 1.0)
        reached = (1.0 - share - early) * normal_cdf(score) + share * slow + early * spot
        return np.asarray(np.where(days > 0.0, reached, 0.0))


def normal_cdf(score: Floats) -> Floats:
    """Standard normal distribution function."""
    return np.asarray(ndtr(score), dtype=np.float64)


def behaviour_of(
    profiles: Sequence[KindProfile], other: KindProfile, assumptions: Assumptions
) -> tuple[Behaviour, Ints]:
    """Arrays for the distinct profiles, and the profile row of every channel with `other` last.

    Source: the configured assumptions; see config/channels.toml.
    """
    distinct: list[KindProfile] = []
    row_of: dict[int, int] = {}
    for profile in profiles:
        if id(profile) not in row_of:
            known = next((i for i, seen in enumerate(distinct) if seen == profile), len(distinct))
            if known == len(distinct):
                distinct.append(profile)
            row_of[id(profile)] = known
    rows = np.array([row_of[id(p)] for p in profiles] + [len(distinct)], dtype=np.int64)
    distinct.append(other)
    delays = [p.delay for p in distinct]
    calls = [p.calls_per_leak for p in distinct]
    calls[-1] = assumptions.other_calls_per_leak
    return Behaviour(
        mention=np.array([[p.mention.get(f, 0.0) for f in BASE_FIELDS] for p in distinct], dtype=np.float64),
        calls=np.array(calls, dtype=np.float64),
        log_median=np.array([d.log_median_days for d in delays], dtype=np.float64),
        sigma=np.array([d.sigma for d in delays], dtype=np.float64),
        slow_share=np.array([d.slow_share for d in delays], dtype=np.float64),
        slow_from=np.array([d.slow_from_days for d in delays], dtype=np.float64),
        slow_until=np.array([d.slow_until_days for d in delays], dtype=np.float64),
        early_share=np.array([d.early_share for d in delays], dtype=np.float64),
        early_days=np.array([d.early_days for d in delays], dtype=np.float64),
        epsilon=assumptions.epsilon,
        masked_share=assumptions.masked_share,
        cannot_say=assumptions.cannot_say_when_seen,
        reach=assumptions.reach_without_phone,
        script_calls=assumptions.script_calls,
    ), rows
