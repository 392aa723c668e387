"""Intensities of (call, cell) links, relative to the background's way of speaking.

For each link the intensity that the cell, if it leaked, gives the call is
w·exp(h)·ν·f(t - e)·reach·g(M); the background gives μ·g0(M). Kept apart for some links so that a
report can say why. Source: project model; likelihoods of the marks of a superposed Poisson process.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.behaviour import Behaviour
from tracer.domain.attribution.cells import Cells
from tracer.domain.attribution.evidence import REACHED_ALIAS, REACHED_LINE, Evidence, Floats, Ints
from tracer.domain.attribution.links import Links
from tracer.domain.fields import Fields

BLOCK = 1 << 17


@dataclass(frozen=True, slots=True)
class Factors:
    """Log factors of some links against a background caller, beside what was said; timing in log per day.

    heard   log P(values heard | this canary) against the background
    weight  log P(the call was a scam at all)
    """

    timing: Floats
    reach: Floats
    heard: Floats
    weight: Floats


def factors(
    evidence: Evidence, cells: Cells, links: Links, profile: Ints, behaviour: Behaviour, some: Ints | slice
) -> Factors:
    """The factors of the links at some places; profile (C+1,) is the row of each channel in `behaviour`."""
    calls, step = evidence.calls, links.step[some]
    call, kind = links.call[some], profile[cells.channel[links.cell[some]]]
    density = behaviour.delay_density(kind, calls.day[call] - cells.step_day[step])
    return Factors(
        timing=np.log(behaviour.calls[kind] * density),
        reach=_reach(evidence, cells, call, step, behaviour),
        heard=evidence.matches.log_ratio[links.match[some]],
        weight=np.log(np.maximum(calls.weight[call], 1e-12)),
    )


def intensities(evidence: Evidence, cells: Cells, links: Links, profile: Ints, behaviour: Behaviour) -> Floats:
    """(Q,) intensity per day that each link's cell gives its call, had it leaked, over g0(M)."""
    total = links.mention(behaviour)
    for start in range(0, len(total), BLOCK):
        part = slice(start, start + BLOCK)
        found = factors(evidence, cells, links, profile, behaviour, part)
        total[part] += found.timing + found.reach + found.heard + found.weight
    return np.asarray(np.exp(total, out=total))


def _reach(evidence: Evidence, cells: Cells, call: Ints, step: Ints, behaviour: Behaviour) -> Floats:
    """(Q,) log P(the source can ring where it rang): full number, live alias, or from elsewhere."""
    seen = cells.step_fields[step]
    full = (seen & int(Fields.PHONE)) > 0
    expiry = cells.step_alias[step]
    through = ~np.isnan(expiry)
    alive = evidence.calls.day[call] <= expiry  # never where there is no alias: NaN
    dead = through & ~alive
    elsewhere = behaviour.reach
    line = np.where(full, 1.0, elsewhere)
    alias = np.where(alive, 1.0, np.where(dead, elsewhere * behaviour.epsilon, elsewhere))
    either = np.where(full | alive, 1.0, elsewhere)
    rang = evidence.calls.reached[call]
    factor = np.where(rang == REACHED_LINE, line, np.where(rang == REACHED_ALIAS, alias, either))
    return np.log(factor)
