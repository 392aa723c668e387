"""How many orders show a leak: what of it is noticed, and an exact binomial calculation on that.

An order counts as *called* when somebody rings who knows something of it. A stranger who rings
seldom does, so such calls are far rarer than calls at all. What the callers know beyond that, and
when they ring, is not used here: the engine uses it, and may be sure sooner.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import roots_sh_jacobi
from scipy.stats import binom

from tracer.domain.attribution.assumptions import Thresholds
from tracer.domain.attribution.behaviour import Behaviour, behaviour_of
from tracer.domain.attribution.evidence import Bools, Floats, Ints
from tracer.domain.attribution.mention import SILENT, mention_table, seen_states
from tracer.domain.attribution.model import AttributionModel
from tracer.domain.attribution.priors import leak_priors
from tracer.domain.attribution.verdicts import implicated
from tracer.domain.channel import KindProfile
from tracer.domain.fields import Fields

NODES = 200
MOST_ORDERS = 1_000
WHOLE_ROUTE = ("platform", "merchant", "warehouse", "courier", "station")


def telling(behaviour: Behaviour, row: Ints, fields: Ints) -> Floats:
    """(n,) P(a caller says at least one field of the order), given what the source was shown."""
    terms = mention_table(behaviour)[row[:, None], np.arange(behaviour.mention.shape[1]), seen_states(fields), SILENT]
    return np.asarray(-np.expm1(terms.sum(axis=1)))


def noticed(behaviour: Behaviour, row: Ints, fields: Ints, alias_days: Floats, watch: float) -> Floats:
    """(n,) P(a leaked order is called within `watch` days): 1 - exp(-ν·F(watch)·P(telling)).

    `row` is the source's row of `behaviour`, `fields` what it was shown. Without sight of the number
    it reaches the line while the alias lives (`alias_days`, 0 for none), else only with help.
    """
    whole = behaviour.delay_reached(row, np.full(len(row), watch))
    valid = behaviour.delay_reached(row, np.minimum(watch, alias_days))
    share = np.where((fields & int(Fields.PHONE)) > 0, whole, valid + behaviour.reach * (whole - valid))
    return np.asarray(-np.expm1(-behaviour.calls[row] * share * telling(behaviour, row, fields)))


def background_called(behaviour: Behaviour, rate: Floats, watch: float) -> Floats:
    """P(a stranger rings within `watch` days and hits on something), at `rate` background calls a day."""
    nothing = np.zeros(1, dtype=np.int64)
    return np.asarray(-np.expm1(-rate * watch * telling(behaviour, nothing, nothing)[0]))


def orders_to_implicate(profile: KindProfile, seen: float, thresholds: Thresholds, noise: float, most: int) -> Ints:
    """(most+1,) least number of called orders out of n that implicates a channel; n+1 where none does.

    `seen` is P(called | leaked), `noise` P(called | not leaked). The posterior weighs the leak rate
    over its Beta prior and grows with the number of called orders, so the least number is bisected.
    """
    orders = np.arange(most + 1)
    rate, weight = roots_sh_jacobi(NODES, profile.rate_a + profile.rate_b - 1.0, profile.rate_a)
    called = noise + (1.0 - noise) * rate * seen
    hit, miss = np.log(called / noise), np.log((1.0 - called) / (1.0 - noise))
    log_weight = np.log(weight / weight.sum())

    def named(count: Ints) -> Bools:
        terms = log_weight + count[:, None] * hit + (orders - count)[:, None] * miss
        top = terms.max(axis=1)
        odds = top + np.log(np.exp(terms - top[:, None]).sum(axis=1))
        odds += np.log(profile.prior_leaky / (1.0 - profile.prior_leaky))
        priors = leak_priors([profile] * len(count), [profile] * len(count))
        return implicated(1.0 / (1.0 + np.exp(-np.clip(odds, -700.0, 700.0))), priors, thresholds)

    low, high = np.zeros(most + 1, dtype=np.int64), orders + 1
    while (low < high).any():
        middle = (low + high) // 2
        enough = named(np.minimum(middle, orders)) & (middle <= orders)
        open_ = low < high
        high = np.where(open_ & enough, middle, high)
        low = np.where(open_ & ~enough, middle + 1, low)
    return np.asarray(low)


def power_curve(least: Ints, rate: float, seen: float, noise: float) -> Floats:
    """(most+1,) P(implicated with at least n orders | it leaks `rate` of them).

    The plain power dips a little wherever one more called order begins to be asked for; a plan must
    not hit upon a lucky n, so each n is given the least power of all from n on. It grows with n and rate.
    """
    orders = np.arange(len(least))
    plain = np.asarray(binom.sf(least - 1, orders, noise + (1.0 - noise) * rate * seen), dtype=np.float64)
    return np.asarray(np.minimum.accumulate(plain[::-1])[::-1])


@dataclass(frozen=True, slots=True)
class KindPower:
    """What it takes for one kind of channel. Orders are None where MOST_ORDERS would not do.

    `noticed` is P(called | leaked); `alone` counts orders that expose only such a channel, with
    `called_alone` of them called; `on_routes` counts whole orders whose other parties change each time.
    """

    kind: str
    prior_leaky: float
    noticed: float
    alone: int | None
    called_alone: int | None
    on_routes: int | None


def kind_power(
    profile: KindProfile, seen: float, noise: float, company: float, rate: float, sure: float, thresholds: Thresholds
) -> KindPower:
    """Orders that implicate a channel with probability `sure` when it leaks `rate` of them.

    `noise` is P(called by background), `company` P(called for a leak by another party on a whole route).
    """
    alone, called = _enough(profile, seen, noise, rate, sure, thresholds)
    on_routes, _ = _enough(profile, seen, 1.0 - (1.0 - noise) * (1.0 - company), rate, sure, thresholds)
    return KindPower(profile.kind, profile.prior_leaky, seen, alone, called, on_routes)


def _enough(
    profile: KindProfile, seen: float, noise: float, rate: float, sure: float, thresholds: Thresholds
) -> tuple[int | None, int | None]:
    """The least number of orders, and how many of them must be called."""
    least = orders_to_implicate(profile, seen, thresholds, noise, MOST_ORDERS)
    enough = power_curve(least, rate, seen, noise) >= sure
    if not enough[: MOST_ORDERS * 9 // 10].any():  # what is reached only at the curve's end may dip beyond it
        return None, None
    orders = int(np.argmax(enough))
    return orders, int(least[orders])


def kinds_power(model: AttributionModel, background: float, rate: float, sure: float, watch: float) -> list[KindPower]:
    """Every configured kind's power, with orders watched for `watch` days and `background` calls a line and day."""
    profiles = list(model.channels.kinds.values())
    behaviour, rows = behaviour_of(profiles, model.other, model.assumptions)
    fields = np.array([int(profile.fields) for profile in profiles], dtype=np.int64)
    alias_days = np.where((fields & int(Fields.PHONE_ALIAS)) > 0, np.inf, 0.0)
    seen = noticed(behaviour, rows[:-1], fields, alias_days, watch).tolist()
    noise = float(background_called(behaviour, np.array(background), watch))
    leaks = {profile.kind: expected_leak(profile) * p for profile, p in zip(profiles, seen, strict=True)}
    found = []
    for profile, p in zip(profiles, seen, strict=True):
        others = [1.0 - leaks[kind] for kind in WHOLE_ROUTE if kind in leaks and kind != profile.kind]
        found.append(kind_power(profile, p, noise, 1.0 - float(np.prod(others)), rate, sure, model.thresholds))
    return found


def expected_leak(profile: KindProfile) -> float:
    """P(an untested channel of this kind leaks an order), before any data."""
    return profile.prior_leaky * profile.rate_a / (profile.rate_a + profile.rate_b)


def power_assumptions(model: AttributionModel, background: float, watch: float) -> list[str]:
    """What the figures rest on, in sentences that a reader can dispute."""
    limits = model.thresholds
    calls = sorted({profile.calls_per_leak for profile in model.channels.kinds.values()})
    drawn = f"{calls[0]:g}" if len(calls) == 1 else f"{calls[0]:g} to {calls[-1]:g} by kind"
    return [
        f"Implicated means P(leaked) of at least {limits.implicated:g}, and of at least {limits.robust:g} with the "
        "prior halved; P before data is the prior.",
        f"A leaked order draws {drawn} calls on average; noticed is the probability that one of them comes "
        f"within {watch:g} days and its caller says anything of the order.",
        f"Strangers ring {background:.2g} times a line and day, and hit on something by chance; such calls count too.",
        "Alone: each order exposes this channel and no other, the best case; a parcel sent straight comes near it.",
        "On whole routes: the other parties change with every order and leak as their priors say. Always on one and "
        "the same route no number of orders tells its parties apart.",
        "A channel that is not shown the whole number (a station) is seldom noticed by telephone alone.",
        f"The number holds for every larger one as well; too many is more than {MOST_ORDERS * 9 // 10:,} orders.",
        "Only whether an order was called is counted. What callers know and when they ring tells more, so the report "
        "may be sure sooner.",
    ]
