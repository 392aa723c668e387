"""Campaigns of calls: one caller number and one script on several lines within hours.

Their calls are not independent evidence: the callers read from one sheet, so what the first of them
say tells what the next will say, whoever's data they hold. Source: project domain.
"""

from __future__ import annotations

import numpy as np

from tracer.domain.attribution.evidence import Bools, Floats, Ints
from tracer.domain.attribution.mention import CANNOT_SAY, SILENT

LONGEST_PAUSE = 0.25
NONE = -1


def campaigns_of(caller: Ints, script: Ints, line: Ints, day: Floats) -> Ints:
    """(N,) number of each call's campaign, NONE for a call by itself.

    caller, script are any numbers that tell them apart, negative where unknown; line as dialled. A pause of more
    than LONGEST_PAUSE days ends a campaign. A call whose script is not known goes with its caller's session.
    """
    campaign = np.full(len(caller), NONE, dtype=np.int64)
    order = np.lexsort((day, caller))
    order = order[(caller[order] >= 0) & (line[order] >= 0)]
    if not len(order):
        return campaign
    who, when = caller[order], day[order]
    new = np.append(True, (np.diff(who) != 0) | (np.diff(when) > LONGEST_PAUSE))
    session = np.cumsum(new) - 1
    told = _filled(session, script[order])
    key = np.unique(np.column_stack((session, told)), axis=0, return_inverse=True)[1].ravel()
    lines = np.unique(np.column_stack((key, line[order])), axis=0)[:, 0]
    several = np.flatnonzero(np.bincount(lines) > 1)
    number = np.full(int(key.max()) + 1, NONE, dtype=np.int64)
    number[several] = np.arange(len(several))
    campaign[order] = number[key]
    return campaign


def _filled(session: Ints, script: Ints) -> Ints:
    """Scripts, with the commonest known one of the session where none was noted."""
    known = np.flatnonzero(script >= 0)
    if not len(known):
        return np.zeros_like(script)
    pairs, count = np.unique(np.column_stack((session[known], script[known])), axis=0, return_counts=True)
    rank = np.lexsort((-count, pairs[:, 0]))
    first = np.unique(pairs[rank, 0], return_index=True)
    common = np.full(int(session.max()) + 1, NONE, dtype=np.int64)
    common[first[0]] = pairs[rank[first[1]], 1]
    return np.where(script >= 0, script, common[session])


def said_before(campaign: Ints, day: Floats, outcomes: Ints, answered: Bools) -> tuple[Ints, Ints]:
    """(N, 9) earlier calls of the same campaign that could say each field, and that said it; 0 outside campaigns."""
    could, said = np.zeros_like(outcomes), np.zeros_like(outcomes)
    order = np.lexsort((day, campaign))
    order = order[campaign[order] != NONE]
    if not len(order):
        return could, said
    spoke = answered[order, None] & (outcomes[order] != CANNOT_SAY)
    for found, counts in ((could, spoke), (said, spoke & (outcomes[order] != SILENT))):
        total = np.cumsum(counts, axis=0)
        before = total - counts
        first = np.flatnonzero(np.diff(campaign[order], prepend=NONE))
        found[order] = before - np.repeat(before[first], np.diff(np.append(first, len(order))), axis=0)
    return could, said
