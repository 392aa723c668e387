"""Cells: one (canary, order, channel) each, the places where a leak can happen.

The rows that tell of one cell are its steps: what had been shown, from when on. Every canary
also has one cell of `other`, numbered as one channel past the last, which holds name and phone
from the start and everything from the first order on; for a control it stays at name and phone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.behaviour import Behaviour
from tracer.domain.attribution.evidence import Evidence, Floats, Ints
from tracer.domain.attribution.mention import CONTACT_FIELDS, EVERY_FIELD
from tracer.domain.fields import Fields

OTHER_ORDER = -2
BLOCK = 1 << 17


@dataclass(frozen=True, slots=True)
class Cells:
    """M cells sorted by canary, with S steps sorted by cell and day.

    canary, channel, order   (M,); channel == number of channels means `other`
    day                      (M,) of the first step
    first, count             (M,) range of the cell's steps
    step_day, step_fields, step_alias   (S,) fields and alias expiry accumulate over the steps
    canary_first             (K+1,) range of a canary's cells
    """

    canary: Ints
    channel: Ints
    order: Ints
    day: Floats
    first: Ints
    count: Ints
    step_day: Floats
    step_fields: Ints
    step_alias: Floats
    canary_first: Ints


def build_cells(evidence: Evidence) -> Cells:
    """Group exposure rows into cells; exposures of controls are dropped, `other` cells are added."""
    canary, order, channel, day, fields, alias = _rows(evidence)
    rank = np.lexsort((day, order, channel, canary))
    canary, order, channel = canary[rank], order[rank], channel[rank]
    day, fields, alias = day[rank], fields[rank], alias[rank]
    new = np.ones(len(day), dtype=bool)
    new[1:] = (np.diff(canary) != 0) | (np.diff(order) != 0) | (np.diff(channel) != 0)
    first = np.flatnonzero(new)
    count = np.diff(np.append(first, len(day)))
    position = np.arange(len(day)) - np.repeat(first, count)
    for step in range(1, int(count.max(initial=1))):
        here = np.flatnonzero(position == step)
        fields[here] |= fields[here - 1]
        alias[here] = np.fmax(alias[here], alias[here - 1])
    return Cells(
        canary=canary[first],
        channel=channel[first],
        order=order[first],
        day=day[first],
        first=first,
        count=count,
        step_day=day,
        step_fields=fields,
        step_alias=alias,
        canary_first=np.searchsorted(canary[first], np.arange(len(evidence.canaries.ids) + 1)),
    )


def _rows(evidence: Evidence) -> tuple[Ints, Ints, Ints, Floats, Ints, Floats]:
    """Exposure rows of non-controls with issued-for rows merged, plus the rows of `other`."""
    shown, canaries = evidence.exposures, evidence.canaries
    number, channels = len(canaries.ids), len(evidence.channel_ids)
    keep = ~canaries.control[shown.canary]
    canary, channel, day = shown.canary[keep], shown.channel[keep], shown.day[keep]
    alias = shown.alias_until[keep]
    through = (shown.fields[keep] & int(Fields.PHONE_ALIAS)) > 0
    alias = np.where(through & np.isnan(alias), np.inf, alias)
    order = _merge_issued(canary, channel, shown.order[keep], day, channels)
    placed = np.full(number, np.inf)
    real = shown.order[keep] >= 0
    np.minimum.at(placed, canary[real], day[real])
    ordered = np.flatnonzero(np.isfinite(placed))
    everyone = np.arange(number)
    extra = np.concatenate((everyone, ordered))
    extra_day = np.concatenate((np.minimum(canaries.start, placed), placed[ordered]))
    extra_fields = np.concatenate((np.full(number, CONTACT_FIELDS), np.full(len(ordered), EVERY_FIELD)))
    return (
        np.concatenate((canary, extra)),
        np.concatenate((order, np.full(len(extra), OTHER_ORDER))),
        np.concatenate((channel, np.full(len(extra), channels))),
        np.concatenate((day, extra_day)),
        np.concatenate((shown.fields[keep], extra_fields)),
        np.concatenate((alias, np.full(len(extra), np.nan))),
    )


def _merge_issued(canary: Ints, channel: Ints, order: Ints, day: Floats, channels: int) -> Ints:
    """Give issued-for rows (-1) the earliest order of the same canary and channel, where there is one."""
    merged = order.copy()
    real, issued = np.flatnonzero(order >= 0), np.flatnonzero(order < 0)
    if len(real) == 0 or len(issued) == 0:
        return merged
    key = canary * channels + channel
    real = real[np.lexsort((day[real], key[real]))]
    place = np.searchsorted(key[real], key[issued])
    found = (place < len(real)) & (key[real][np.minimum(place, len(real) - 1)] == key[issued])
    merged[issued[found]] = order[real[place[found]]]
    return merged


def expected_calls(cells: Cells, end: Floats, profile: Ints, behaviour: Behaviour) -> Floats:
    """(M,) A = ν·F(τ - e): calls a leaked cell would have drawn by the end of observation.

    `end` is per canary, `profile` per channel with `other` last. With several steps each counts
    until the next; without sight of the number only the share that gets it elsewhere remains.
    """
    number = len(cells.canary)
    found = np.zeros(number)
    for start in range(0, number, BLOCK):
        stop = min(start + BLOCK, number)
        found[start:stop] = _expected(cells, np.arange(start, stop), end, profile, behaviour)
    return found


def _expected(cells: Cells, block: Ints, end: Floats, profile: Ints, behaviour: Behaviour) -> Floats:
    """The same for a run of cells, whose steps follow one another."""
    count = cells.count[block]
    steps = slice(int(cells.first[block[0]]), int(cells.first[block[-1]] + count[-1]))
    own = np.repeat(np.arange(len(block)), count)
    day, fields, alias = cells.step_day[steps], cells.step_fields[steps], cells.step_alias[steps]
    stop, kind = end[cells.canary[block]][own], profile[cells.channel[block]][own]
    last = np.append(own[1:] != own[:-1], True)
    stop = np.where(last, stop, np.minimum(stop, np.append(day[1:], np.inf)))
    whole = behaviour.delay_reached(kind, stop - day)
    through = np.flatnonzero(~np.isnan(alias))
    valid = np.zeros(len(day))
    valid[through] = behaviour.delay_reached(kind[through], np.minimum(stop, alias)[through] - day[through])
    share = np.where((fields & int(Fields.PHONE)) > 0, whole, valid + behaviour.reach * (whole - valid))
    return np.asarray(np.bincount(own, share * behaviour.calls[kind], minlength=len(block)))
