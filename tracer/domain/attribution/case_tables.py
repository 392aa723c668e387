"""The tables of called cases themselves: T(S) over all subsets S of a case's loud cells, and its sums.

The largest of them are worked out as tasks, some cases each. What comes out is the same to the last bit, but
where one case's calls stand in two blocks of BLOCK entries: there it is the same up to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from tracer.domain.attribution.evidence import Floats, Ints
from tracer.domain.attribution.tasks import HERE, Tasks

BLOCK = 1 << 21
WORTH_TASKS = 1 << 23
"""Entries, of calls and of cases, from which on tables are worth sending."""


class CalledCases(NamedTuple):
    """K cases of one structure: (N, d) ratios of their calls, (N,) the case of each, (K, d) A, axis sizes."""

    ratios: Floats
    case: Ints
    mean_calls: Floats
    sizes: tuple[int, ...]

    @property
    def entries(self) -> int:
        """How many numbers their tables take."""
        rows = len(self.case) + len(self.mean_calls)
        return rows << int(self.mean_calls.shape[1])

    def cut(self, parts: int) -> list[CalledCases]:
        """The same cases in so many pieces."""
        edge = np.linspace(0, len(self.mean_calls), parts + 1).astype(np.int64)
        row = np.searchsorted(self.case, edge)
        return [
            CalledCases(self.ratios[low:high], self.case[low:high] - first, self.mean_calls[first:stop], self.sizes)
            for (first, stop), (low, high) in zip(pairwise(edge.tolist()), pairwise(row.tolist()), strict=True)
        ]


class Tables(NamedTuple):
    """(K, 2^d) T(S); (K, Π(size+1)) its sums over equal leak counts, relative to exp(scale); (K,) scale."""

    log_table: Floats
    counts: Floats
    scale: Floats


def case_tables(groups: Sequence[CalledCases], tasks: Tasks) -> list[Tables]:
    """The tables of every group: a group at once here, or cut into about as many pieces as there are `parts`."""
    total = sum(one.entries for one in groups)
    if tasks.parts == 1 or total < WORTH_TASKS:
        return HERE.map(_tables, None, groups)
    pieces = [one.cut(min(-(-one.entries * tasks.parts // total), len(one.mean_calls))) for one in groups]
    made = iter(tasks.map(_tables, None, [piece for cut in pieces for piece in cut]))
    return [Tables(*map(np.concatenate, zip(*(next(made) for _ in cut), strict=True))) for cut in pieces]


def _tables(_: None, cases: CalledCases) -> Tables:
    log_table = subset_log_table(cases.ratios, cases.case, cases.mean_calls)
    return Tables(log_table, *count_table(log_table, cases.sizes))


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
