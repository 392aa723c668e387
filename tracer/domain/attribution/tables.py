"""Called cases: exact tables over the subsets of a canary's cells that may have leaked.

For a canary k with calls i, T(S) = Σ_i log(1 + Σ_{c∈S} r_ic) - Σ_{c∈S} A_c, where r_ic is the
cell's intensity over that of everything outside the canary. Only cells that fit some call well
enough ("loud") enter a table; the others factor out, to first order in r: with very many calls more
of them do, since what is left out is small beside what so many calls tell. A canary with more
loud cells than LARGEST_TABLE keeps the best-fitting ones and takes the rest as silent.
The table does not depend on any leak rate. Source: project model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.case_tables import CalledCases, case_tables
from tracer.domain.attribution.evidence import Floats, Ints
from tracer.domain.attribution.tasks import HERE, Tasks

LARGEST_TABLE = 12
QUIET, QUIET_AMONG_MANY = 1e-3, 0.02


@dataclass(frozen=True, slots=True)
class LoudCells:
    """Cells that enter tables, and what the rest contribute.

    cell        (L,) loud cells
    canary      (L,) their canaries
    probability (M,) p of every cell: a factor 1 - θ·p where it is quiet; 0 for loud cells
    """

    cell: Ints
    canary: Ints
    probability: Floats


def split_loud(
    canary: Ints,
    mean_calls: Floats,
    link_cell: Ints,
    ratio: Floats,
    unexplained: Floats | None = None,
    quiet: float = QUIET,
) -> LoudCells:
    """Tell loud cells, whose Σr exceeds `quiet`, from quiet ones.

    canary, mean_calls are per cell (M,), the links' cell and ratio r are (Q,). A quiet cell's factor is
    (1-θ) + θ·e^(-A)·(1+Σu·r), exact for r = 0; u (Q,) is the share of each call that no other cell explains.
    """
    total = np.bincount(link_cell, ratio, minlength=len(canary))
    loud = np.flatnonzero(total > quiet)
    rank = np.lexsort((-total[loud], canary[loud]))
    loud = loud[rank]
    start = np.ones(len(loud), dtype=bool)
    start[1:] = np.diff(canary[loud]) != 0
    first = np.flatnonzero(start)
    place = np.arange(len(loud)) - np.repeat(first, np.diff(np.append(first, len(loud))))
    kept = np.sort(loud[place < LARGEST_TABLE])
    silent = np.exp(-mean_calls)
    if unexplained is not None:
        total = np.where(total > quiet, total, np.bincount(link_cell, ratio * unexplained, minlength=len(canary)))
    probability = 1.0 - silent * np.where(total > quiet, 1.0, 1.0 + total)
    probability[kept] = 0.0
    return LoudCells(cell=kept, canary=canary[kept], probability=probability)


@dataclass(slots=True)
class CaseGroup:
    """K called cases with the same structure: d cells of D channels, in the same block order.

    canary     (K,)
    cells      (K, d), cells of one channel next to each other
    channel    (K, D) channel per axis
    sizes      D numbers of cells per axis, adding up to d
    colours    D block numbers, rising
    log_table  (K, 2^d) T(S); cell j is in S where bit d-1-j of the index is set
    counts     (K, Π(size+1)) the table summed over subsets with equal numbers of leaks per axis,
               in linear scale relative to exp(scale)
    scale      (K,)
    row_case, row_match, ratios   (N,), (N,), (N, d) the calls: case, match row, r per cell
    """

    canary: Ints
    cells: Ints
    channel: Ints
    sizes: tuple[int, ...]
    colours: tuple[int, ...]
    log_table: Floats
    counts: Floats
    scale: Floats
    row_case: Ints
    row_match: Ints
    ratios: Floats


def build_groups(
    loud: LoudCells,
    channel: Ints,
    colour: Ints,
    mean_calls: Floats,
    match_canary: Ints,
    pairs: tuple[Ints, Ints, Floats],
    tasks: Tasks = HERE,
) -> list[CaseGroup]:
    """Group called cases by structure.

    `channel`, `mean_calls` are per cell; `colour` per channel; `pairs` are (match row, cell, ratio). Tables of
    enough entries are worked out as tasks, some cases each.
    """
    if len(loud.cell) == 0:
        return []
    own = channel[loud.cell]
    cells = loud.cell[np.lexsort((loud.cell, own, colour[own], loud.canary))]
    slots, canary, width = _slots(cells, loud)
    place = np.full(len(channel), -1, dtype=np.int64)
    rows, columns = np.nonzero(slots >= 0)
    place[slots[rows, columns]] = columns
    shape = np.full((len(canary), 2 * width), -1, dtype=np.int64)
    own = np.where(slots >= 0, channel[slots], -1)
    shape[:, :width] = np.where(slots >= 0, colour[own], -1)
    shape[:, width + 1 :] = (own[:, 1:] == own[:, :-1]) & (own[:, 1:] >= 0)
    kinds, which = np.unique(shape, axis=0, return_inverse=True)
    ratio_of = _dense_ratios(place, canary, match_canary, width, pairs)
    members = np.argsort(which.ravel(), kind="stable")
    bounds = np.searchsorted(which.ravel()[members], np.arange(len(kinds) + 1))
    plans = [
        _plan(slots[chosen], canary[chosen], kinds[i], ratio_of)
        for i in range(len(kinds))
        for chosen in (members[bounds[i] : bounds[i + 1]],)
    ]
    return [
        _group(*one, channel)
        for one in zip(plans, case_tables([_called(one, mean_calls) for one in plans], tasks), strict=True)
    ]


def _slots(cells: Ints, loud: LoudCells) -> tuple[Ints, Ints, int]:
    """(cases, width) cells padded with -1, the canary of each case, and the width."""
    canary, count = np.unique(loud.canary, return_counts=True)
    width = int(count.max())
    slots = np.full((len(canary), width), -1, dtype=np.int64)
    case = np.repeat(np.arange(len(canary)), count)
    slots[case, np.arange(len(cells)) - np.repeat(np.cumsum(count) - count, count)] = cells
    return slots, canary, width


@dataclass(frozen=True, slots=True)
class _Rows:
    """Match rows of called canaries sorted by canary, with the ratio per slot."""

    canary: Ints
    match: Ints
    ratios: Floats


def _dense_ratios(place: Ints, canary: Ints, match_canary: Ints, width: int, pairs: tuple[Ints, Ints, Floats]) -> _Rows:
    match, cell, ratio = pairs
    at = np.minimum(np.searchsorted(canary, match_canary), len(canary) - 1)
    called = np.flatnonzero(canary[at] == match_canary)
    called = called[np.argsort(match_canary[called], kind="stable")]
    row = np.full(len(match_canary), -1, dtype=np.int64)
    row[called] = np.arange(len(called))
    ratios = np.zeros((len(called), width))
    loud = place[cell] >= 0
    ratios[row[match[loud]], place[cell[loud]]] = ratio[loud]
    return _Rows(match_canary[called], called, ratios)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A group before its tables: its cases, where each axis opens, how many cells it has, and its calls."""

    canary: Ints
    cells: Ints
    colours: tuple[int, ...]
    opens: Ints
    sizes: tuple[int, ...]
    case: Ints
    match: Ints
    ratios: Floats


def _plan(slots: Ints, canary: Ints, shape: Ints, rows: _Rows) -> _Plan:
    width = len(shape) // 2
    size = int((shape[:width] >= 0).sum())
    opens = np.flatnonzero(shape[width : width + size] <= 0)
    first = np.searchsorted(rows.canary, canary)
    count = np.searchsorted(rows.canary, canary, side="right") - first
    case = np.repeat(np.arange(len(canary)), count)
    row = np.repeat(first, count) + np.arange(len(case)) - np.repeat(np.cumsum(count) - count, count)
    return _Plan(
        canary=canary,
        cells=slots[:, :size],
        colours=tuple(int(c) for c in shape[opens]),
        opens=opens,
        sizes=tuple(int(n) for n in np.diff(np.append(opens, size))),
        case=case,
        match=rows.match[row],
        ratios=rows.ratios[row, :size],
    )


def _called(plan: _Plan, mean_calls: Floats) -> CalledCases:
    return CalledCases(plan.ratios, plan.case, mean_calls[plan.cells], plan.sizes)


def _group(plan: _Plan, tables: tuple[Floats, Floats, Floats], channel: Ints) -> CaseGroup:
    log_table, counts, scale = tables
    return CaseGroup(
        canary=plan.canary,
        cells=plan.cells,
        channel=channel[plan.cells[:, plan.opens]],
        sizes=plan.sizes,
        colours=plan.colours,
        log_table=log_table,
        counts=counts,
        scale=scale,
        row_case=plan.case,
        row_match=plan.match,
        ratios=plan.ratios,
    )


def colour_channels(case: Ints, channel: Ints, channels: int) -> Ints:
    """(channels,) block number such that no two channels of a block share a case.

    Greedy, most connected first; `other`, the last channel, gets a block of its own at the end.
    `case`, `channel` are (L,) incidence lists.
    """
    colour = np.zeros(channels, dtype=np.int64)
    low, high = shared_cases(case, channel)[:2]
    neighbours: dict[int, list[int]] = {}
    for a, b in zip(low.tolist(), high.tolist(), strict=True):
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    done: dict[int, int] = {}
    for one in sorted(neighbours, key=lambda c: (-len(neighbours[c]), c)):
        if one == channels - 1:
            continue
        taken = {done[n] for n in neighbours[one] if n in done}
        done[one] = next(c for c in range(len(taken) + 1) if c not in taken)
    for one, block in done.items():
        colour[one] = block
    colour[channels - 1] = max(done.values(), default=-1) + 1
    return colour


def sorted_unique(values: Ints) -> Ints:
    """The different values, rising; for millions a plain sort is several times faster than a hash table."""
    ranked = np.sort(values)
    return np.asarray(ranked[np.append(True, ranked[1:] != ranked[:-1])]) if len(ranked) else ranked


def shared_cases(case: Ints, channel: Ints) -> tuple[Ints, Ints, Ints]:
    """Pairs of channels that occur in a common case (low < high) and in how many."""
    if len(case) == 0:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, empty
    base = int(channel.max()) + 1
    unique = sorted_unique(case * base + channel)
    case, channel = unique // base, unique % base
    keys: list[Ints] = []
    for lag in range(1, LARGEST_TABLE + 1):
        together = case[lag:] == case[:-lag]
        if not together.any():
            break
        keys.append(channel[:-lag][together] * base + channel[lag:][together])
    if not keys:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, empty
    ranked = np.sort(np.concatenate(keys))
    first = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    pair = ranked[first]
    return pair // base, pair % base, np.diff(np.append(first, len(ranked)))
