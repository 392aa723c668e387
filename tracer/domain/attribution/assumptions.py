"""The numbers that the engine assumes and how long it samples; every one of these is a setting."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Model constants that belong to no channel kind (those are in KindProfile).

    epsilon                 P(a caller says a field that its source never saw)
    masked_share            share of name mentions that are surname and title only
    cannot_say_when_seen    P(a caller asked for a field its source saw cannot or will not say it)
    script_calls            how many calls of a campaign weigh as much as the usual mention rates: those of one
                            caller and script are not independent
    reach_without_phone     P(a source that never saw the number in full gets it elsewhere)
    background_mean         prior mean of background calls per line and day
    background_shape        how firmly (gamma shape, in pseudo-calls)
    other_mean              prior mean of P(an order leaks outside its route)
    other_strength          how firmly (beta pseudo-orders)
    other_common            P(leaks outside the routes are common in this campaign)
    other_common_mean       prior mean of P(an order leaks outside its route) where they are
    other_calls_per_leak    mean calls of such a leak
    unsure_is_scam          P(scam) of a call logged as unsure
    burst_share             prior P(a leaky channel leaks during one spell only, not steadily)
    """

    epsilon: float = 0.01
    masked_share: float = 0.2
    cannot_say_when_seen: float = 0.1
    reach_without_phone: float = 0.02
    script_calls: float = 5.0
    background_mean: float = 0.01
    background_shape: float = 0.5
    other_mean: float = 0.005
    other_strength: float = 200.0
    other_common: float = 0.02
    other_common_mean: float = 0.1
    other_calls_per_leak: float = 1.6
    unsure_is_scam: float = 0.5
    burst_share: float = 0.2


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a verdict is given.

    implicated    P(leaked) at least this, and
    robust        at least this with the prior halved, and no higher than configured
    bounded_rate  "bounded" when the 95% upper limit of the leak rate lies below this
    largest_group a confounded group larger than this is reported but never implicated
    """

    implicated: float = 0.95
    robust: float = 0.90
    bounded_rate: float = 0.10
    largest_group: int = 6


@dataclass(frozen=True, slots=True)
class Sampling:
    """How long the sampler runs. Same seed, same data: same answer.

    draws is made again and again until P(leaked) has at most this standard `error`, or most_draws are reached.
    """

    chains: int = 4
    warmup: int = 150
    draws: int = 250
    seed: int = 20260101
    error: float = 0.01
    most_draws: int = 750
