"""What the campaign itself teaches of how callers behave, within bounds around what is assumed.

One maximisation step of an EM: expected counts plus pseudo-counts around the configured values.
With few leaked calls nothing moves; with many, a bounded way. All kinds move together (a common
shift in log odds), because what differs between campaigns is the trade that buys the data.
The counts add up over calls, so that one call more needs no other call's.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from tracer.domain.attribution.behaviour import BASE_FIELDS, MINUTE, Behaviour
from tracer.domain.attribution.cells import Cells
from tracer.domain.attribution.evidence import Bools, Evidence, Floats, Ints
from tracer.domain.attribution.links import Links
from tracer.domain.attribution.mention import CANNOT_SAY, SILENT, said_outcomes, seen_states
from tracer.domain.attribution.sources import Sources

PSEUDO_CALLS = 50.0
PSEUDO_BACKGROUND = 200.0
WIDEST = 2.0
LIKELY = 1e-3


@dataclass(frozen=True, slots=True)
class Learned:
    """Expected counts, each an array; those of two disjoint sets of calls add up.

    could, usual, did   (9,) of leaked calls: fields their source saw, expected and actual mentions
    chances, said       of background calls: ways to say a value by chance, and values said
    found, expected     calls that leaks explain, and calls expected of the leaked cells
    delays, shift       calls of the fast part of the delay, and their summed log delay beyond what is assumed
    """

    could: Floats
    usual: Floats
    did: Floats
    chances: Floats
    said: Floats
    found: Floats
    expected: Floats
    delays: Floats
    shift: Floats

    def __add__(self, other: Learned) -> Learned:
        return Learned(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def behaviour(self, assumed: Behaviour) -> Behaviour:
        """Mention rates, ε, calls per leak and delay, each between ½ and 2 times the assumed value."""
        factor = (PSEUDO_CALLS + float(self.found)) / (PSEUDO_CALLS + float(self.expected))
        shift = float(self.shift) / (PSEUDO_CALLS + float(self.delays))
        epsilon = (PSEUDO_BACKGROUND * assumed.epsilon + float(self.said)) / (PSEUDO_BACKGROUND + float(self.chances))
        return replace(
            assumed,
            mention=self._mention(assumed),
            epsilon=float(np.clip(epsilon, assumed.epsilon / WIDEST, assumed.epsilon * WIDEST)),
            calls=np.asarray(assumed.calls * np.clip(factor, 1 / WIDEST, WIDEST)),
            log_median=np.asarray(assumed.log_median + np.clip(shift, -1.0, 1.0)),
        )

    def _mention(self, assumed: Behaviour) -> Floats:
        usual = np.where(self.could > 0, self.usual / np.maximum(self.could, 1e-12), assumed.mention.mean(axis=0))
        usual = np.clip(usual, 1e-3, 1 - 1e-3)
        learned = np.clip((PSEUDO_CALLS * usual + self.did) / (PSEUDO_CALLS + self.could), 1e-3, 1 - 1e-3)
        shift = np.log(learned / (1 - learned)) - np.log(usual / (1 - usual))
        base = np.clip(assumed.mention, 1e-6, 1 - 1e-6)
        return np.asarray(1.0 / (1.0 + np.exp(-(np.log(base / (1 - base)) + np.clip(shift, -1.5, 1.5)))))


def learn(
    evidence: Evidence,
    cells: Cells,
    links: Links,
    sources: Sources,
    profile: Ints,
    assumed: Behaviour,
    mean_calls: Floats,
    current: Behaviour,
) -> Learned:
    """The counts of a whole campaign; mean_calls is A per cell under `current`."""
    kind = profile[cells.channel]
    expected = float((sources.leaked * mean_calls / current.calls[kind] * assumed.calls[kind]).sum())
    everyone = np.ones(len(evidence.calls.ids), dtype=np.bool_)
    counts = learn_calls(evidence, cells, links, sources, profile, assumed, current, everyone)
    return replace(counts, expected=np.asarray(expected))


def learn_calls(
    evidence: Evidence,
    cells: Cells,
    links: Links,
    sources: Sources,
    profile: Ints,
    assumed: Behaviour,
    current: Behaviour,
    which: Bools,
) -> Learned:
    """The counts that stand on `which` (N,) calls: all but the calls expected."""
    outcomes = said_outcomes(evidence.calls.known, evidence.calls.unknown)
    pair = sources.pair * which[links.call]
    could, usual, did = _mentions(evidence, cells, links, pair, profile, (assumed, current), outcomes)
    chances, said = _by_chance(evidence, sources.background * which, outcomes)
    delays, shift = _delays(evidence, cells, links, pair, profile, assumed, current)
    values = (could, usual, did, chances, said, pair.sum(), 0.0, delays, shift)
    return Learned(*(np.asarray(value, dtype=np.float64) for value in values))


def nothing_learned() -> Learned:
    """No counts at all."""
    none, zero = np.zeros(len(BASE_FIELDS)), np.zeros(())
    return Learned(none, none, none, zero, zero, zero, zero, zero, zero)


def _mentions(
    evidence: Evidence,
    cells: Cells,
    links: Links,
    pair: Floats,
    profile: Ints,
    behaviours: tuple[Behaviour, Behaviour],
    outcomes: Ints,
) -> tuple[Floats, Floats, Floats]:
    assumed, current = behaviours
    likely = np.flatnonzero((pair > LIKELY) & evidence.calls.answered[links.call])
    p = pair[likely][:, None] * links.independence(current, likely)
    said = outcomes[links.call[likely]]
    seen = (seen_states(cells.step_fields[links.step[likely]]) > 0) & (said != CANNOT_SAY)
    usual = assumed.mention[profile[cells.channel[links.cell[likely]]]]
    return (p * seen).sum(axis=0), (p * seen * usual).sum(axis=0), (p * (seen & (said != SILENT))).sum(axis=0)


def _by_chance(evidence: Evidence, background: Floats, outcomes: Ints) -> tuple[float, float]:
    p = background * evidence.calls.answered
    asked = outcomes != CANNOT_SAY
    ways = np.ones(outcomes.shape[1])
    ways[0] = 2.0
    return float(p @ (asked @ ways)), float(p @ ((outcomes != SILENT) & asked).sum(axis=1))


def _delays(
    evidence: Evidence, cells: Cells, links: Links, pair: Floats, profile: Ints, assumed: Behaviour, current: Behaviour
) -> tuple[float, float]:
    """From the links that the fast part explains."""
    likely = np.flatnonzero(pair > LIKELY)
    days = np.maximum(evidence.calls.day[links.call[likely]] - cells.step_day[links.step[likely]], MINUTE)
    kind = profile[cells.channel[links.cell[likely]]]
    start, stop = current.slow_from[kind], current.slow_until[kind]
    share = current.slow_share[kind]
    slow = share * ((days >= start) & (days < stop)) / (stop - start)
    spot = current.early_share[kind] * (days < current.early_days[kind]) / current.early_days[kind]
    weight = pair[likely] * (1.0 - (slow + spot) / current.delay_density(kind, days))
    weight = np.clip(weight, 0.0, 1.0)
    return float(weight.sum()), float(weight @ (np.log(days) - assumed.log_median[kind]))
