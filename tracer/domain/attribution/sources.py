"""Where each call came from: responsibilities of cells, background and other, averaged over draws.

The responsibility of a cell within a leaker subset does not depend on the rates, so it is enough
to average P(subset) over the draws. On a shared line the candidates' shares are put together by
their intensities: exact for one candidate, a mean-field step between several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.case_tables import BLOCK, subset_matrix
from tracer.domain.attribution.cells import Cells
from tracer.domain.attribution.evidence import Floats, Ints
from tracer.domain.attribution.links import Links
from tracer.domain.attribution.rates import Rates, in_spell
from tracer.domain.attribution.tables import CaseGroup, LoudCells


@dataclass(frozen=True, slots=True)
class Sources:
    """Posterior of the calls' sources.

    intensity     (Q,) expected intensity of each pair, per day, on the background's scale
    pair          (Q,) P(the call came from this pair's cell)
    background    (N,) P(background)
    leaked        (M,) P(the cell leaked at all), silent leaks included
    """

    intensity: Floats
    pair: Floats
    background: Floats
    leaked: Floats


def mean_rates(rates: Rates, joint: Floats) -> Floats:
    """(C, bins) posterior mean leak rate in each time bin, spike included."""
    by_spell = joint @ rates.nodes
    place = np.arange(rates.bins)
    covers = in_spell(rates, np.arange(len(rates.begin))[:, None], place[None, :])
    return np.asarray(by_spell @ covers.astype(np.float64))


def expected_sources(
    cells: Cells,
    links: Links,
    strength: Floats,
    loud: LoudCells,
    groups: Sequence[CaseGroup],
    subsets: Sequence[Floats],
    outside: Floats,
    mean_calls: Floats,
    cell_rate: Floats,
    call_rate: Floats,
) -> Sources:
    """Put subset probabilities and quiet cells together.

    strength (Q,) intensity of each link had its cell leaked;
    outside (by match row) intensity of everything but the candidate; mean_calls A and
    cell_rate (posterior mean leak rate) per cell; call_rate μ per call.
    """
    silent = np.exp(-mean_calls)
    leaked = cell_rate * silent / np.maximum(1.0 - cell_rate * (1.0 - silent), 1e-300)
    intensity = leaked[links.cell] * strength
    is_loud = np.zeros(len(cells.canary), dtype=bool)
    is_loud[loud.cell] = True
    intensity[is_loud[links.cell]] = 0.0
    at = _pair_index(links, len(cells.canary), is_loud)
    for group, subset in zip(groups, subsets, strict=True):
        members = subset_matrix(group.cells.shape[1])
        leaked[group.cells] = subset @ members.T
        odds = _row_odds(group, subset, members)
        slot = group.cells[group.row_case]
        key = group.row_match[:, None] * len(cells.canary) + slot
        found = np.searchsorted(at[0], key)
        hit = (found < len(at[0])) & (at[0][np.minimum(found, max(len(at[0]) - 1, 0))] == key)
        where = at[1][found[hit]]
        intensity[where] = (odds * outside[group.row_match][:, None])[hit]
    total = call_rate + np.bincount(links.call, intensity, minlength=len(call_rate))
    return Sources(intensity, intensity / total[links.call], call_rate / total, leaked)


def _pair_index(links: Links, cells: int, is_loud: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[Ints, Ints]:
    """Sorted keys (match row, cell) of the loud pairs, and where they stand."""
    chosen = np.flatnonzero(is_loud[links.cell])
    key = links.match[chosen] * cells + links.cell[chosen]
    rank = np.argsort(key, kind="stable")
    return key[rank], chosen[rank]


def _row_odds(group: CaseGroup, subset: Floats, members: Floats) -> Floats:
    """(N, d) odds of each cell against everything outside, for each call of a group."""
    odds = np.zeros_like(group.ratios)
    block = max(1, BLOCK // members.shape[1])
    for start in range(0, len(odds), block):
        rows = slice(start, start + block)
        ratios = group.ratios[rows]
        share = subset[group.row_case[rows]] / (1.0 + ratios @ members)
        none = np.maximum(share.sum(axis=1, keepdims=True), 1e-300)
        odds[rows] = ratios * (share @ members.T) / none
    return odds
