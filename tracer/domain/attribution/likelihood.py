"""Log intensities of (call, cell) pairs, relative to the background's way of speaking.

For each pair the intensity that the cell, if it leaked, gives the call is
w·exp(h)·ν·f(t - e)·reach·g(M); the background gives μ·g0(M). Kept apart so that a report can
say why. Source: project model; likelihoods of the marks of a superposed Poisson process.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.behaviour import Behaviour
from tracer.domain.attribution.cells import Cells
from tracer.domain.attribution.evidence import REACHED_ALIAS, REACHED_LINE, Evidence, Floats, Ints
from tracer.domain.attribution.mention import (
    background_terms,
    mention_table,
    mention_terms,
    said_outcomes,
    seen_states,
)
from tracer.domain.fields import Fields


@dataclass(frozen=True, slots=True)
class Pairs:
    """Q pairs (match row, cell) with the cell exposed no later than the call, sorted by match.

    match, call, cell, step   (Q,) indices
    mention, timing, reach    (Q,) log factors against a background caller; timing in log per day
    heard                     (Q,) log P(values heard | this canary) against the background
    weight                    (Q,) log P(the call was a scam at all)
    """

    match: Ints
    call: Ints
    cell: Ints
    step: Ints
    mention: Floats
    timing: Floats
    reach: Floats
    heard: Floats
    weight: Floats

    @property
    def log_intensity(self) -> Floats:
        """(Q,) log intensity per day, divided by the background's probability of what was said."""
        return self.mention + self.timing + self.reach + self.heard + self.weight


def pair_likelihoods(evidence: Evidence, cells: Cells, profile: Ints, behaviour: Behaviour) -> Pairs:
    """Every (call, cell) pair that could be cause and effect, with its log factors."""
    match, cell, step = _join(evidence, cells)
    calls = evidence.calls
    call = evidence.matches.call[match]
    kind = profile[cells.channel[cell]]
    table = mention_table(behaviour)
    outcomes = said_outcomes(calls.known, calls.unknown)
    background = background_terms(table, outcomes, calls.answered).sum(axis=1)
    states = seen_states(cells.step_fields[step])
    said = mention_terms(table, kind, states, outcomes[call], calls.answered[call]).sum(axis=1)
    density = behaviour.delay_density(kind, calls.day[call] - cells.step_day[step])
    return Pairs(
        match=match,
        call=call,
        cell=cell,
        step=step,
        mention=said - background[call],
        timing=np.log(behaviour.calls[kind] * density),
        reach=_reach(evidence, cells, call, step, behaviour),
        heard=evidence.matches.log_ratio[match],
        weight=np.log(np.maximum(calls.weight[call], 1e-12)),
    )


def _join(evidence: Evidence, cells: Cells) -> tuple[Ints, Ints, Ints]:
    """Match rows × the cells of their canary, with the latest step at or before the call."""
    canary = evidence.matches.canary
    first, stop = cells.canary_first[canary], cells.canary_first[canary + 1]
    size = stop - first
    match = np.repeat(np.arange(len(canary)), size)
    offset = np.arange(len(match)) - np.repeat(np.cumsum(size) - size, size)
    cell = first[match] + offset
    when = evidence.calls.day[evidence.matches.call[match]]
    step = np.full(len(match), -1, dtype=np.int64)
    for number in range(int(cells.count.max(initial=0))):
        at = np.minimum(cells.first[cell] + number, len(cells.step_day) - 1)
        reached = (number < cells.count[cell]) & (cells.step_day[at] <= when)
        step = np.where(reached, at, step)
    possible = step >= 0
    return match[possible], cell[possible], step[possible]


def _reach(evidence: Evidence, cells: Cells, call: Ints, step: Ints, behaviour: Behaviour) -> Floats:
    """(Q,) log P(the source can ring where it rang): full number, live alias, or from elsewhere."""
    seen = cells.step_fields[step]
    full = (seen & int(Fields.PHONE)) > 0
    expiry = cells.step_alias[step]
    through = ~np.isnan(expiry)
    alive = through & (evidence.calls.day[call] <= np.where(through, expiry, -np.inf))
    dead = through & ~alive
    elsewhere = behaviour.reach
    line = np.where(full, 1.0, elsewhere)
    alias = np.where(alive, 1.0, np.where(dead, elsewhere * behaviour.epsilon, elsewhere))
    either = np.where(full | alive, 1.0, elsewhere)
    rang = evidence.calls.reached[call]
    factor = np.where(rang == REACHED_LINE, line, np.where(rang == REACHED_ALIAS, alias, either))
    return np.log(factor)
