"""Called cases: exact tables over the subsets of a canary's cells that may have leaked.

For a canary k with calls i, T(S) = Σ_i log(1 + Σ_{c∈S} r_ic) - Σ_{c∈S} A_c, where r_ic is the
cell's intensity over that of everything outside the canary. Only cells that fit some call well
enough ("loud") enter a table; the others factor out, to first order in r: with very many calls more
of them do, since what is left out is small beside what so many calls tell. A canary with more
loud cells than LARGEST_TABLE keeps the best-fitting ones and takes the rest as silent.
The table does not depend on any leak rate. Source: project model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.evidence import Floats, Ints

LARGEST_TABLE = 12
QUIET, QUIET_AMONG_MANY = 1e-3, 0.02
BLOCK = 1 << 21


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


def subset_matrix(size: int) -> Floats:
    """(size, 2^size) membership of each item in each subset; the first item is the highest bit."""
    index = np.arange(1 << size)
    return ((index[None, :] >> np.arange(size - 1, -1, -1)[:, None]) & 1).astype(np.float64)


def subset_log_table(ratios: Floats, row_case: Ints, mean_calls: Floats) -> Floats:
    """(K, 2^d) T(S) from (N, d) ratios with their case (sorted), and (K, d) expected calls A."""
    size = mean_calls.shape[1]
    members = subset_matrix(size)
    table = -(mean_calls @ members)
    block = max(1, BLOCK >> size)
    for start in range(0, len(row_case), block):
        rows = slice(start, start + block)
        gain = np.log1p(ratios[rows] @ members)
        case = row_case[rows]
        begin = np.flatnonzero(np.append(True, np.diff(case) != 0))
        table[case[begin]] += np.add.reduceat(gain, begin, axis=0)
    return table


def count_table(log_table: Floats, sizes: Sequence[int]) -> tuple[Floats, Floats]:
    """Sum a subset table over subsets with equal leak counts per axis; linear scale and its log."""
    scale = log_table.max(axis=1)
    linear = np.exp(log_table - scale[:, None])
    if max(sizes) == 1:
        return linear, scale
    members = subset_matrix(sum(sizes))
    index = np.zeros(members.shape[1], dtype=np.int64)
    begin = 0
    for size in sizes:
        index = index * (size + 1) + members[begin : begin + size].sum(axis=0).astype(np.int64)
        begin += size
    merge = np.zeros((members.shape[1], int(np.prod([s + 1 for s in sizes]))))
    merge[np.arange(members.shape[1]), index] = 1.0
    return linear @ merge, scale


def build_groups(
    loud: LoudCells,
    channel: Ints,
    colour: Ints,
    mean_calls: Floats,
    match_canary: Ints,
    pairs: tuple[Ints, Ints, Floats],
) -> list[CaseGroup]:
    """Group called cases by structure.

    `channel`, `mean_calls` are per cell; `colour` per channel; `pairs` are (match row, cell, ratio).
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
    return [
        _group(slots[chosen], canary[chosen], kinds[i], channel, mean_calls, ratio_of)
        for i in range(len(kinds))
        for chosen in (members[bounds[i] : bounds[i + 1]],)
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


def _group(slots: Ints, canary: Ints, shape: Ints, channel: Ints, mean_calls: Floats, rows: _Rows) -> CaseGroup:
    width = len(shape) // 2
    size = int((shape[:width] >= 0).sum())
    cells = slots[:, :size]
    opens = np.flatnonzero(shape[width : width + size] <= 0)
    sizes = tuple(int(n) for n in np.diff(np.append(opens, size)))
    first = np.searchsorted(rows.canary, canary)
    count = np.searchsorted(rows.canary, canary, side="right") - first
    case = np.repeat(np.arange(len(canary)), count)
    row = np.repeat(first, count) + np.arange(len(case)) - np.repeat(np.cumsum(count) - count, count)
    ratios = rows.ratios[row, :size]
    log_table = subset_log_table(ratios, case, mean_calls[cells])
    counts, scale = count_table(log_table, sizes)
    return CaseGroup(
        canary=canary,
        cells=cells,
        channel=channel[cells[:, opens]],
        sizes=sizes,
        colours=tuple(int(c) for c in shape[opens]),
        log_table=log_table,
        counts=counts,
        scale=scale,
        row_case=case,
        row_match=rows.match[row],
        ratios=ratios,
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
