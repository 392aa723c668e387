"""How the callers of one world behave: the configured model, moved a little, so that it has to be learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.domain.attribution.behaviour import BASE_FIELDS
from tracer.domain.attribution.model import AttributionModel
from tracer.domain.channel import DelayModel, KindProfile
from tracer.domain.simulation.world import Floats, Ints

_MENTION, _EPSILON, _CALLS, _MEDIAN, _SIGMA, _SLOW = 0.3, 0.3, 0.2, 0.3, 0.12, 0.3
_BACKGROUND, _SHAPE = 0.5, 3.0
_LEAKY, _ALIKE, _ALIKE_SPREAD = 0.7, 1.5, 0.4


@dataclass(frozen=True, slots=True)
class Nuisance:
    """What this world's leaks and callers do otherwise than configured; all kinds of channels alike.

    mention, slow, leaky   shifts in log odds; median in log days; calls, sigma are factors
    alike           factor on the strength of the leak rates' beta: how alike leaky channels are
    background      mean rate a line and day over all lines, `shape` how alike the lines are (gamma)
    """

    mention: Mapping[str, float]
    epsilon: float
    calls: float
    median: float
    sigma: float
    slow: float
    background: float
    shape: float
    leaky: float
    alike: float

    def moved(self, profile: KindProfile) -> KindProfile:
        """A kind's profile as it is in this world."""
        delay = profile.delay
        return replace(
            profile,
            prior_leaky=_shifted(profile.prior_leaky, self.leaky),
            rate_a=profile.rate_a * self.alike,
            rate_b=profile.rate_b * self.alike,
            calls_per_leak=profile.calls_per_leak * self.calls,
            mention={name: min(_shifted(q, self.mention[name]), 0.97) for name, q in profile.mention.items()},
            delay=replace(
                delay,
                log_median_days=delay.log_median_days + self.median,
                sigma=delay.sigma * self.sigma,
                slow_share=min(_shifted(delay.slow_share, self.slow), 1.0 - delay.early_share),
            ),
        )

    def truth(self, usual: KindProfile, kinds: Mapping[str, KindProfile]) -> dict[str, object]:
        """The figures of a channel of no special kind, and the priors of each kind, as truth.json names them."""
        moved = self.moved(usual)
        priors = {name: self.moved(profile) for name, profile in kinds.items()}
        return {
            "mention": dict(moved.mention),
            "eps": self.epsilon,
            "nu": moved.calls_per_leak,
            "fast": [moved.delay.log_median_days, moved.delay.sigma],
            "slow_share": moved.delay.slow_share,
            "background": self.background,
            "background_shape": self.shape,
            "prior_leaky": {name: profile.prior_leaky for name, profile in priors.items()},
            "rate_beta": {name: [profile.rate_a, profile.rate_b] for name, profile in priors.items()},
        }


def draw_nuisance(model: AttributionModel, background: float, rng: np.random.Generator) -> Nuisance:
    """Figures around the configured ones; `background` times the configured mean rate of background calls."""
    assumed = model.assumptions
    return Nuisance(
        mention={name: float(rng.normal(0.0, _MENTION)) for name in BASE_FIELDS},
        epsilon=assumed.epsilon * _factor(_EPSILON, rng),
        calls=_factor(_CALLS, rng),
        median=float(rng.normal(0.0, _MEDIAN)),
        sigma=_factor(_SIGMA, rng),
        slow=float(rng.normal(0.0, _SLOW)),
        background=assumed.background_mean * background * _factor(_BACKGROUND, rng),
        shape=_SHAPE * _factor(_BACKGROUND, rng),
        leaky=float(rng.normal(0.0, _LEAKY)),
        alike=_ALIKE * _factor(_ALIKE_SPREAD, rng),
    )


@dataclass(frozen=True, slots=True)
class Callers:
    """What callers do, by the channel their data comes from (axis 0, `other` last)."""

    mention: Floats
    calls: Floats
    delays: Sequence[DelayModel]

    def delay_days(self, channel: Ints, rng: np.random.Generator) -> Floats:
        """Days from exposure to call: log-normal, or in the slow tail, or on the spot."""
        of = {name: np.array([getattr(d, name) for d in self.delays])[channel] for name in DelayModel.__slots__}
        part = rng.random(len(channel))
        fast = rng.lognormal(of["log_median_days"], of["sigma"])
        slow = rng.uniform(of["slow_from_days"], of["slow_until_days"])
        spot = rng.random(len(channel)) * of["early_days"]
        late = part < of["slow_share"]
        early = part >= 1.0 - of["early_share"]
        return np.asarray(np.where(late, slow, np.where(early, spot, fast)))


def callers_of(profiles: Sequence[KindProfile]) -> Callers:
    """Arrays of the profiles of all channels and of `other`, the last."""
    return Callers(
        mention=np.array([[p.mention[name] for name in BASE_FIELDS] for p in profiles]),
        calls=np.array([p.calls_per_leak for p in profiles]),
        delays=[p.delay for p in profiles],
    )


def _shifted(p: float, shift: float) -> float:
    return float(1.0 / (1.0 + (1.0 - p) / p * np.exp(-shift)))


def _factor(spread: float, rng: np.random.Generator) -> float:
    return float(np.exp(rng.normal(0.0, spread)))
