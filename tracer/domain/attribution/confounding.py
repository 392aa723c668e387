"""Channels that the data cannot tell apart, reported together instead of with a split blame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.sparse import csr_array

from tracer.domain.attribution.assumptions import Thresholds
from tracer.domain.attribution.cells import Cells
from tracer.domain.attribution.evidence import Bools, Floats, Ints
from tracer.domain.attribution.posterior import Draws
from tracer.domain.attribution.priors import LeakPriors
from tracer.domain.report import GroupFinding, Verdict

NOTABLE = 0.02
OPPOSED = -0.3
WORTH_TELLING = 0.5
MOST_CHANNELS = 300
SUSPECT, ZERO = 0.1, 1e-7


def confounded_groups(
    ids: Sequence[str],
    names: Mapping[str, str],
    cells: Cells,
    draws: Draws,
    priors: LeakPriors,
    implicated: Bools,
    thresholds: Thresholds,
) -> list[GroupFinding]:
    """Groups tied by identical or linearly dependent exposure or by opposed posteriors, most probable first.

    Only groups with P(any leaked) of at least one half are told; implicated channels need no group.
    """
    p = draws.p_leaky[: len(ids)]
    open_question = np.flatnonzero((p > NOTABLE) & ~implicated)
    chosen = np.sort(open_question[np.argsort(-p[open_question], kind="stable")][:MOST_CHANNELS])
    if len(chosen) < 2:
        return []
    leaky = draws.leaky[:, :, chosen].reshape(-1, len(chosen)).astype(np.float64)
    tied = _opposed(leaky) | _same_exposure(cells, chosen)
    suspect = np.flatnonzero(p[chosen] > SUSPECT)
    tied[np.ix_(suspect, suspect)] |= _dependent(cells, chosen[suspect], thresholds.largest_group)
    found = []
    for members in _components(tied):
        one = _finding(chosen[members], leaky[:, members], ids, names, priors, thresholds)
        if one is not None:
            found.append(one)
    return sorted(found, key=lambda g: -g.p_any)


def _opposed(leaky: Floats) -> Bools:
    centred = leaky - leaky.mean(axis=0)
    spread = np.sqrt((centred * centred).mean(axis=0))
    scale = np.maximum(spread[:, None] * spread[None, :], 1e-9)
    return np.asarray((centred.T @ centred) / len(leaky) / scale < OPPOSED)


def _same_exposure(cells: Cells, chosen: Ints) -> Bools:
    """Pairs of channels that saw exactly the same orders, whatever the time and the fields."""
    seen: dict[int, frozenset[tuple[int, int]]] = {}
    for i in chosen.tolist():
        own = np.flatnonzero(cells.channel == i)
        seen[i] = frozenset(zip(cells.canary[own].tolist(), cells.order[own].tolist(), strict=True))
    same = [[a != b and len(seen[a]) > 0 and seen[a] == seen[b] for b in chosen.tolist()] for a in chosen.tolist()]
    return np.array(same, dtype=np.bool_)


def _dependent(cells: Cells, chosen: Ints, most: int) -> Bools:
    """Pairs of channels that stand in one linear dependence of at most `most` columns of the exposure matrix.

    A row an order, a column a channel. Such a set is told apart by fields and times alone: a platform
    whose orders all came through one of two shops, say. Null vectors of the Gram matrix, row-reduced to be sparse,
    from the rarest channel on: the dependences of few channels are found, those that need several of them not always.
    """
    tied = np.zeros((len(chosen), len(chosen)), dtype=np.bool_)
    own = np.flatnonzero(np.isin(cells.channel, chosen))
    if not len(own):
        return tied
    rarest = np.argsort(np.bincount(cells.channel[own], minlength=int(chosen.max()) + 1)[chosen], kind="stable")
    place = np.full(int(max(cells.channel.max(), chosen.max())) + 1, -1, dtype=np.int64)
    place[chosen[rarest]] = np.arange(len(chosen))
    order = np.unique(np.column_stack((cells.canary[own], cells.order[own])), axis=0, return_inverse=True)[1].ravel()
    seen = csr_array((np.ones(len(own)), (order, place[cells.channel[own]])), shape=(int(order.max()) + 1, len(chosen)))
    size, vectors = np.linalg.eigh((seen.T @ seen).toarray())
    for vector in _reduced(vectors[:, size < ZERO * max(float(size[-1]), 1.0)].T):
        members = np.flatnonzero(np.abs(vector) > ZERO)
        if 2 <= len(members) <= most:
            tied[np.ix_(rarest[members], rarest[members])] = True
    np.fill_diagonal(tied, False)
    return tied


def _reduced(rows: Floats) -> Floats:
    """Row-reduced echelon form, with partial pivoting."""
    rows = rows.copy()
    done = 0
    for column in range(rows.shape[1]):
        if done == len(rows):
            break
        best = done + int(np.argmax(np.abs(rows[done:, column])))
        if abs(rows[best, column]) > ZERO:
            rows[[done, best]] = rows[[best, done]]
            rows[done] /= rows[done, column]
            others = np.arange(len(rows)) != done
            rows[others] -= rows[others, column, None] * rows[done]
            done += 1
    return rows


def _components(tied: Bools) -> list[Ints]:
    """Connected components of two or more."""
    label = np.arange(len(tied))
    while True:
        low = np.minimum(label, np.where(tied, label[None, :], len(tied)).min(axis=1))
        if np.array_equal(low, label):
            break
        label = low
    return [np.flatnonzero(label == one) for one in np.unique(label) if (label == one).sum() > 1]


def _finding(
    channels: Ints,
    leaky: Floats,
    ids: Sequence[str],
    names: Mapping[str, str],
    priors: LeakPriors,
    thresholds: Thresholds,
) -> GroupFinding | None:
    """The finding of one group, cut to its likeliest members where that loses nothing."""
    rank = np.argsort(-leaky.mean(axis=0), kind="stable")
    channels, leaky = channels[rank], leaky[:, rank]
    for size in range(2, len(channels)):
        if (leaky[:, :size].any(axis=1) == leaky.any(axis=1)).mean() > 0.995:
            channels, leaky = channels[:size], leaky[:, :size]
            break
    some = leaky.any(axis=1)
    if some.mean() < WORTH_TELLING:
        return None
    pi, doubted = priors.in_force[channels], priors.cautious[channels]
    step = np.where(leaky > 0, np.log(doubted / pi), np.log((1.0 - doubted) / (1.0 - pi)))
    weight = np.exp(step.sum(axis=1))
    robust = float((weight * some).sum() / weight.sum())
    sure = some.mean() >= thresholds.implicated and robust >= thresholds.robust
    named = sure and len(channels) <= thresholds.largest_group
    labels = [names.get(ids[c], ids[c]) for c in channels]
    return GroupFinding(
        channel_ids=tuple(ids[c] for c in channels),
        p_any=float(some.mean()),
        p_exactly_one=float((leaky.sum(axis=1) == 1).mean()),
        verdict=Verdict.IMPLICATED if named else Verdict.UNRESOLVED,
        separating_order=f"Place an order that passes through {labels[0]} but not through {' or '.join(labels[1:])}.",
    )
