"""Background: calls that no leak explains, by themselves or in campaigns that ring many lines."""

from __future__ import annotations

import numpy as np

from tracer.domain.simulation.leaks import SESSION_LENGTH
from tracer.domain.simulation.nuisance import Nuisance
from tracer.domain.simulation.world import DAY, END, Canaries, Ints

CAMPAIGN_SHARE, LINES_RUNG = 0.5, 0.2
ALONE = -1


def draw_strangers(
    canaries: Canaries, nuisance: Nuisance, rng: np.random.Generator, *, campaigns: bool
) -> tuple[Ints, Ints, Ints]:
    """Times, lines and sessions (ALONE without) of background calls; a line is watched from its first canary on."""
    start = np.full(len(canaries.lines), END)
    np.minimum.at(start, canaries.line, canaries.issued)
    alone = 1.0 - CAMPAIGN_SHARE if campaigns else 1.0
    rate = rng.gamma(nuisance.shape, nuisance.background / nuisance.shape, len(start))
    line = np.repeat(np.arange(len(start)), rng.poisson(alone * rate * (END - start) / DAY))
    at = rng.integers(start[line], END, len(line), endpoint=True)
    times, lines, sessions = [at], [line], [np.full(len(at), ALONE)]
    if campaigns:
        often = CAMPAIGN_SHARE * nuisance.background / LINES_RUNG * END / DAY
        for number in range(int(rng.poisson(often))):
            begin = int(rng.integers(0, END))
            rung = np.flatnonzero((start <= begin) & (rng.random(len(start)) < LINES_RUNG))
            times.append(np.minimum(begin + rng.integers(0, SESSION_LENGTH, len(rung)), END))
            lines.append(rung)
            sessions.append(np.full(len(rung), number))
    return np.concatenate(times), np.concatenate(lines), np.concatenate(sessions)


def spoken_of(canaries: Canaries, at: Ints, line: Ints, rng: np.random.Generator) -> Ints:
    """For each call one of the canaries that were on its line by then, each alike."""
    by_line = np.argsort(canaries.line, kind="stable")  # within a line in the order of issue
    first = np.searchsorted(canaries.line[by_line], np.arange(len(canaries.lines) + 1))
    key = canaries.line[by_line] * (END + 1) + canaries.issued[by_line]
    alive = np.searchsorted(key, line * (END + 1) + at, side="right") - first[line]
    return np.asarray(by_line[first[line] + (rng.random(len(at)) * np.maximum(alive, 1)).astype(np.int64)])
