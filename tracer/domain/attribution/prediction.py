"""Posterior-predictive check: would campaigns simulated from the fit look like this one?

Two figures are compared with the observation: lines that were called at all, and answered calls
that said two fields or more.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tracer.domain.attribution.evidence import Evidence, Floats, Ints
from tracer.domain.attribution.fit import Fit
from tracer.domain.attribution.mention import SILENT, mention_table, said_outcomes, seen_states

REPLICAS = 40


def predictive_check(evidence: Evidence, fit: Fit, rng: np.random.Generator) -> Mapping[str, object]:
    """Observed figures, their mean over replicas and two-sided p-values."""
    calls = evidence.calls
    outcomes = said_outcomes(calls.known, calls.unknown)
    wordy = ((outcomes != SILENT) & (calls.known[:, None] > 0)).sum(axis=1) >= 2
    on_line = calls.line[calls.line >= 0]
    observed = np.array([len(np.unique(on_line)), float((wordy & calls.answered).sum())])
    replicas = np.array([_replica(evidence, fit, rng) for _ in range(REPLICAS)])
    above = (replicas >= observed).sum(axis=0)
    below = (replicas <= observed).sum(axis=0)
    p = np.minimum(1.0, 2.0 * (1.0 + np.minimum(above, below)) / (REPLICAS + 1.0))
    names = ("called_lines", "calls_with_two_fields")
    return {
        name: {"observed": float(observed[i]), "expected": float(replicas[:, i].mean()), "p_value": float(p[i])}
        for i, name in enumerate(names)
    }


def _replica(evidence: Evidence, fit: Fit, rng: np.random.Generator) -> tuple[float, float]:
    """One simulated campaign under the mean leak rates of the cells."""
    cells, lines = fit.model.cells, evidence.lines
    leaks = rng.random(len(cells.canary)) < fit.cell_rate
    drawn = rng.poisson(np.where(leaks, fit.prepared.mean_calls, 0.0))
    days = np.maximum(lines.end - lines.start, 0.0)
    noise = rng.poisson(
        fit.background.line_rate * (days + fit.background.bursts.extra_days(lines.start, lines.start + days))
    )
    hit = np.zeros(len(days) + 1, dtype=np.int64)
    hit[: len(days)] = noise
    rung = np.flatnonzero(drawn)
    np.add.at(hit, evidence.canaries.line[cells.canary[rung]], drawn[rung])
    wordy, idle = _wordy(fit, rung)
    answered = float(evidence.calls.answered.mean()) if len(evidence.calls.ids) else 1.0
    said = rng.binomial(drawn[rung], wordy * answered).sum() + rng.binomial(int(noise.sum()), idle * answered)
    return float((hit[: len(days)] > 0).sum()), float(said)


def _wordy(fit: Fit, cell: Ints) -> tuple[Floats, float]:
    """P(a call says two fields or more) for the given cells, and for background."""
    cells = fit.model.cells
    silent = np.exp(mention_table(fit.model.behaviour)[..., SILENT])
    last = cells.first[cell] + cells.count[cell] - 1
    states = seen_states(cells.step_fields[last])
    kind = fit.model.profile[cells.channel[cell]]
    quiet = silent[kind[:, None], np.arange(silent.shape[1]), states]
    return _two_or_more(quiet), float(_two_or_more(silent[:1, :, 0])[0])


def _two_or_more(quiet: Floats) -> Floats:
    none = quiet.prod(axis=1)
    one = none * ((1.0 - quiet) / quiet).sum(axis=1)
    return np.asarray(np.clip(1.0 - none - one, 0.0, 1.0))
