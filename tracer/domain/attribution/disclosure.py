"""The assumptions behind a report, in sentences with the numbers that were used."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tracer.domain.attribution.assumptions import Assumptions
from tracer.domain.attribution.behaviour import BASE_FIELDS
from tracer.domain.attribution.bursts import WINDOW
from tracer.domain.attribution.campaigns import LONGEST_PAUSE
from tracer.domain.attribution.evidence import Evidence
from tracer.domain.attribution.fit import Fit


def assumption_sentences(evidence: Evidence, fit: Fit, assumptions: Assumptions) -> list[str]:
    """What was assumed and what the campaign taught; a reader can dispute each of them."""
    return [
        *_of_channels(evidence, fit),
        *_of_callers(fit, assumptions),
        f"Background calls come at {fit.background.mean_rate:.4f} a line and day, learned from all lines, "
        "controls among them.",
        f"A party on no route leaks an order with prior probability {assumptions.other_mean:.3f}, or with probability "
        f"{assumptions.other_common:.0%} such leaks are common, {assumptions.other_common_mean:.0%} of orders; "
        "its rate is learned.",
        f"Strangers who ring many lines within {WINDOW * 24:.0f} hours are one event. Calls of one caller number and "
        f"script, {LONGEST_PAUSE * 24:.0f} hours apart at most, are not independent: {assumptions.script_calls:.0f} of "
        "them weigh as much as the usual mention rates.",
        f"A call logged as unsure counts as a scam with probability {assumptions.unsure_is_scam:.2f}.",
        "Being handed to one channel before the call does not prove it was handed to no one else.",
    ]


def _of_channels(evidence: Evidence, fit: Fit) -> list[str]:
    """Whether and how often channels leak."""
    priors = ", ".join(_priors(evidence, fit))
    rates = [now.rate_a / (now.rate_a + now.rate_b) for now in fit.model.profiles]
    return [
        "Before its own data a channel leaks at all with a probability learned from all the others (assumed in "
        f"brackets): {priors or 'no channel is registered'}; it moves fourfold at most. Nobody is implicated only for "
        "what others did.",
        "A leaky channel leaks each order independently at its own rate"
        + (f", on average {np.mean(rates):.0%}" if rates else "")
        + ", steadily"
        + (
            f" or, with probability {fit.model.burst_share:.2f}, during one spell only."
            if fit.model.burst_share > 0
            else "; the data gave no reason to think of single spells."
        ),
    ]


def _of_callers(fit: Fit, assumptions: Assumptions) -> list[str]:
    """What those do and say who call on leaked data."""
    behaviour, assumed = fit.model.behaviour, fit.model.assumed
    mention = ", ".join(
        f"{name} {new:.2f} ({old:.2f})"
        for name, new, old in zip(BASE_FIELDS, behaviour.mention[0], assumed.mention[0], strict=True)
    )
    return [
        f"A leaked order draws {behaviour.calls[0]:.2f} calls on average "
        f"(assumed {assumed.calls[0]:.2f}, then learned).",
        f"Calls come a median of {np.exp(behaviour.log_median[0]):.1f} days after the exposure "
        f"(assumed {np.exp(assumed.log_median[0]):.1f}), {assumed.slow_share[0]:.0%} of them between "
        f"{assumed.slow_from[0]:.0f} and {assumed.slow_until[0]:.0f} days after, and {assumed.early_share[0]:.0%} "
        "on the spot.",
        f"A caller who holds a field says it with probability (assumed in brackets): {mention}.",
        f"Of name mentions {assumptions.masked_share:.0%} are surname and title only.",
        f"A caller says a field that its source never saw with probability {behaviour.epsilon:.4f} "
        f"(assumed {assumptions.epsilon:.4f}), never zero: data are resold, guessed and misheard.",
        f"A caller asked for a field that its source saw cannot say it with probability "
        f"{assumptions.cannot_say_when_seen:.2f}; such statements are self-serving and never decide alone.",
        f"A source that never saw the full number finds it elsewhere with probability "
        f"{assumptions.reach_without_phone:.3f}; an alias reaches nobody after its expiry.",
    ]


def erasure_sentence(calls: int, canaries: int, first: str, last: str) -> str:
    """What a report says of personal data that is gone: of so many calls and canaries, from day to day (ISO 8601)."""
    return (
        f"Personal data was erased (calls: {calls:,}, canaries: {canaries:,}; {first} to {last}): what was "
        "heard in those calls, and the names, goods and numbers of those canaries, no longer count when calls are "
        "matched. Lines, times, routes and canaries that were stated do."
    )


def _priors(evidence: Evidence, fit: Fit) -> Iterator[str]:
    """The prior of each kind in force, on average over its channels, beside the one assumed."""
    found: dict[str, list[tuple[float, float]]] = {}
    for now, before in zip(fit.model.profiles, evidence.profiles, strict=True):
        found.setdefault(before.kind, []).append((now.prior_leaky, before.prior_leaky))
    for kind, pairs in sorted(found.items()):
        now, before = np.mean(pairs, axis=0)
        yield f"{kind} {now:.1%} ({before:.0%})"
