"""What the campaign itself teaches of how callers behave, within bounds around what is assumed.

One maximisation step of an EM: expected counts plus pseudo-counts around the configured values.
With few leaked calls nothing moves; with many, a bounded way. All kinds move together (a common
shift in log odds), because what differs between campaigns is the trade that buys the data.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tracer.domain.attribution.behaviour import MINUTE, Behaviour
from tracer.domain.attribution.cells import Cells
from tracer.domain.attribution.evidence import Evidence, Floats, Ints
from tracer.domain.attribution.likelihood import Pairs
from tracer.domain.attribution.mention import CANNOT_SAY, SILENT, said_outcomes, seen_states
from tracer.domain.attribution.sources import Sources

PSEUDO_CALLS = 50.0
PSEUDO_BACKGROUND = 200.0
WIDEST = 2.0


def learn_behaviour(
    evidence: Evidence,
    cells: Cells,
    pairs: Pairs,
    sources: Sources,
    profile: Ints,
    assumed: Behaviour,
    mean_calls: Floats,
    current: Behaviour,
) -> Behaviour:
    """New mention rates, ε, calls per leak and delay, each between ½ and 2 times the assumed value.

    mean_calls is A per cell under `current`.
    """
    outcomes = said_outcomes(evidence.calls.known, evidence.calls.unknown)
    return replace(
        assumed,
        mention=_mention(evidence, cells, pairs, sources, profile, assumed, outcomes),
        epsilon=_epsilon(evidence, sources, assumed, outcomes),
        calls=_calls(cells, pairs, sources, profile, assumed, mean_calls, current),
        log_median=_delay(evidence, cells, pairs, sources, profile, assumed, current),
    )


def _mention(
    evidence: Evidence,
    cells: Cells,
    pairs: Pairs,
    sources: Sources,
    profile: Ints,
    assumed: Behaviour,
    outcomes: Ints,
) -> Floats:
    likely = np.flatnonzero((sources.pair > 1e-3) & evidence.calls.answered[pairs.call])
    p = sources.pair[likely]
    said = outcomes[pairs.call[likely]]
    seen = (seen_states(cells.step_fields[pairs.step[likely]]) > 0) & (said != CANNOT_SAY)
    usual = assumed.mention[profile[cells.channel[pairs.cell[likely]]]]
    could = p @ seen
    expected = (p[:, None] * seen * usual).sum(axis=0) / np.maximum(could, 1e-12)
    expected = np.where(could > 0, expected, assumed.mention.mean(axis=0))
    expected = np.clip(expected, 1e-3, 1 - 1e-3)
    did = p @ (seen & (said != SILENT))
    learned = (PSEUDO_CALLS * expected + did) / (PSEUDO_CALLS + could)
    learned = np.clip(learned, 1e-3, 1 - 1e-3)
    shift = np.log(learned / (1 - learned)) - np.log(expected / (1 - expected))
    base = np.clip(assumed.mention, 1e-6, 1 - 1e-6)
    return np.asarray(1.0 / (1.0 + np.exp(-(np.log(base / (1 - base)) + np.clip(shift, -1.5, 1.5)))))


def _epsilon(evidence: Evidence, sources: Sources, assumed: Behaviour, outcomes: Ints) -> float:
    p = sources.background * evidence.calls.answered
    asked = outcomes != CANNOT_SAY
    ways = np.ones(outcomes.shape[1])
    ways[0] = 2.0
    chances = float(p @ (asked @ ways))
    said = float(p @ ((outcomes != SILENT) & asked).sum(axis=1))
    learned = (PSEUDO_BACKGROUND * assumed.epsilon + said) / (PSEUDO_BACKGROUND + chances)
    return float(np.clip(learned, assumed.epsilon / WIDEST, assumed.epsilon * WIDEST))


def _calls(
    cells: Cells,
    pairs: Pairs,
    sources: Sources,
    profile: Ints,
    assumed: Behaviour,
    mean_calls: Floats,
    current: Behaviour,
) -> Floats:
    """A common factor on ν: calls explained by leaks over calls expected of the leaked cells."""
    kind = profile[cells.channel]
    expected = float((sources.leaked * mean_calls / current.calls[kind] * assumed.calls[kind]).sum())
    factor = (PSEUDO_CALLS + float(sources.pair.sum())) / (PSEUDO_CALLS + expected)
    return np.asarray(assumed.calls * np.clip(factor, 1 / WIDEST, WIDEST))


def _delay(
    evidence: Evidence,
    cells: Cells,
    pairs: Pairs,
    sources: Sources,
    profile: Ints,
    assumed: Behaviour,
    current: Behaviour,
) -> Floats:
    """A common shift of the fast part's log median, from the pairs that the fast part explains."""
    days = np.maximum(evidence.calls.day[pairs.call] - cells.step_day[pairs.step], MINUTE)
    kind = profile[cells.channel[pairs.cell]]
    start, stop = current.slow_from[kind], current.slow_until[kind]
    share = current.slow_share[kind]
    slow = share * ((days >= start) & (days < stop)) / (stop - start)
    spot = current.early_share[kind] * (days < current.early_days[kind]) / current.early_days[kind]
    weight = sources.pair * (1.0 - (slow + spot) / current.delay_density(kind, days))
    weight = np.clip(weight, 0.0, 1.0)
    shift = float(weight @ (np.log(days) - assumed.log_median[kind])) / (PSEUDO_CALLS + float(weight.sum()))
    return np.asarray(assumed.log_median + np.clip(shift, -1.0, 1.0))
