"""Per call: which source, on which canary, and why, term by term.

The terms of a channel are log-likelihood ratios against a background caller and add up to
log(p_channel / p_background); what no single term explains is the record of the channel and of
the order's other calls. A campaign of more than MANY_CALLS calls gets terms only for calls that a
leak probably explains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.behaviour import BASE_FIELDS
from tracer.domain.attribution.evidence import Evidence, Floats, Ints
from tracer.domain.attribution.fit import Fit
from tracer.domain.attribution.mention import (
    CANNOT_SAY,
    SILENT,
    background_terms,
    mention_table,
    mention_terms,
    said_outcomes,
    seen_states,
)
from tracer.domain.report import BACKGROUND, OTHER, CallFinding, EvidenceTerm, Source

MANY_CALLS = 20_000
TOLD = 3
SMALLEST = 1e-12
RECORD = "record of the channel and of the order's other calls"


@dataclass(frozen=True, slots=True)
class _Table:
    """Pairs summed per (call, channel), sorted by call; `best` is the strongest pair of each."""

    call: Ints
    channel: Ints
    p: Floats
    best: Ints


def call_findings(evidence: Evidence, fit: Fit) -> list[CallFinding]:
    """One finding per call, in the order of the calls."""
    table = _by_channel(fit, len(evidence.channel_ids))
    canary, match_p = matched_canaries(evidence, fit)
    terms = _terms(evidence, fit, table)
    bounds = np.searchsorted(table.call, np.arange(len(evidence.calls.ids) + 1)).tolist()
    labels = [*evidence.channel_ids, OTHER]
    channel, p = table.channel.tolist(), table.p.tolist()
    background = fit.sources.background.tolist()
    chosen, certainty = canary.tolist(), match_p.tolist()
    found = []
    for i, call_id in enumerate(evidence.calls.ids):
        rows = range(bounds[i], bounds[i + 1])
        sources = [Source(labels[channel[r]], p[r]) for r in rows]
        sources.append(Source(BACKGROUND, background[i]))
        if not any(s.channel_id == OTHER for s in sources):
            sources.append(Source(OTHER, 0.0))
        sources.sort(key=lambda s: -s.p)
        who = evidence.canaries.ids[chosen[i]] if chosen[i] >= 0 else None
        found.append(CallFinding(call_id, who, certainty[i], tuple(sources), tuple(terms.get(i, ()))))
    return found


def _by_channel(fit: Fit, channels: int) -> _Table:
    pairs = fit.prepared.pairs
    key = pairs.call * (channels + 1) + fit.model.cells.channel[pairs.cell]
    rank = np.lexsort((-fit.sources.pair, key))
    unique, first = np.unique(key[rank], return_index=True)
    p = np.add.reduceat(fit.sources.pair[rank], first) if len(first) else np.zeros(0)
    return _Table(unique // (channels + 1), unique % (channels + 1), p, rank[first])


def matched_canaries(evidence: Evidence, fit: Fit) -> tuple[Ints, Floats]:
    """(N,) most probable canary of each call (-1 for none) and the probability that it is the one.

    A leak's call speaks of its canary. A background call belongs to whoever has the line for
    itself unless the name heard contradicts, and on a shared line to nobody in particular.
    """
    matches, number = evidence.matches, len(evidence.calls.ids)
    leak = np.bincount(fit.prepared.pairs.match, fit.sources.pair, minlength=len(matches.call))
    sharing = np.bincount(evidence.canaries.line, minlength=len(evidence.lines.start) + 1)
    alone = (sharing[evidence.canaries.line[matches.canary]] == 1) & (
        evidence.calls.line[matches.call] == evidence.canaries.line[matches.canary]
    )
    heard = np.exp(np.clip(matches.log_ratio, -50.0, 50.0))
    crowd = np.bincount(matches.call, heard, minlength=number)
    share = np.where(alone, np.minimum(heard, 1.0), heard / (1.0 + crowd[matches.call]))
    p = np.minimum(leak + fit.sources.background[matches.call] * share, 1.0)
    rank = np.lexsort((-p, matches.call))
    calls, first = np.unique(matches.call[rank], return_index=True)
    canary, best = np.full(number, -1, dtype=np.int64), np.zeros(number)
    canary[calls], best[calls] = matches.canary[rank[first]], p[rank[first]]
    return canary, best


def _terms(evidence: Evidence, fit: Fit, table: _Table) -> dict[int, list[EvidenceTerm]]:
    """Terms for the likeliest channels of each call."""
    rows = _told(evidence, fit, table)
    pairs, calls = fit.prepared.pairs, evidence.calls
    best, call = table.best[rows], table.call[rows]
    mention = mention_table(fit.model.behaviour)
    outcomes = said_outcomes(calls.known[call], calls.unknown[call])
    kind = fit.model.profile[table.channel[rows]]
    states = seen_states(fit.model.cells.step_fields[pairs.step[best]])
    answered = calls.answered[call]
    fields = mention_terms(mention, kind, states, outcomes, answered)
    fields -= background_terms(mention, outcomes, answered)
    timing = pairs.timing[best] - np.log(fit.background.call_rate[call])
    rest = np.stack((timing, pairs.reach[best], pairs.heard[best], pairs.weight[best]), axis=1)
    p, reference = np.maximum(table.p[rows], SMALLEST), np.maximum(fit.sources.background[call], SMALLEST)
    total = np.log(p) - np.log(reference)
    record = total - fields.sum(axis=1) - rest.sum(axis=1)
    found: dict[int, list[EvidenceTerm]] = {}
    for i, which in enumerate(call.tolist()):
        channel = evidence.channel_ids[int(table.channel[rows[i]])]
        values = _named(outcomes[i], fields[i], bool(answered[i]), rest[i], float(record[i]))
        found.setdefault(which, []).extend(EvidenceTerm(term, channel, value) for term, value in values)
    return found


def _told(evidence: Evidence, fit: Fit, table: _Table) -> Ints:
    """Rows of the likeliest channels of each call that gets terms: three, one where a leak is unlikely."""
    keep = table.channel < len(evidence.channel_ids)
    if len(evidence.calls.ids) > MANY_CALLS:
        keep &= fit.sources.background[table.call] < 0.5
    rows = np.flatnonzero(keep)
    rows = rows[np.lexsort((-table.p[rows], table.call[rows]))]
    call = table.call[rows]
    start = np.searchsorted(call, call)
    place = np.arange(len(rows)) - start
    allowed = np.where(fit.sources.background[call] > 0.99, 1, TOLD)
    return rows[place < allowed]


def _named(outcomes: Ints, fields: Floats, answered: bool, rest: Floats, record: float) -> Sequence[tuple[str, float]]:
    verbs = {SILENT: "did not say", CANNOT_SAY: "could not say"}
    said = [
        (f"{verbs.get(int(o), 'said')} {name}", float(value))
        for name, o, value in zip(BASE_FIELDS, outcomes, fields, strict=True)
        if answered
    ]
    optional = zip(("reach", "heard name and values", "nature unsure"), rest[1:], strict=True)
    said.append(("timing", float(rest[0])))
    said += [(term, float(value)) for term, value in optional if value != 0.0]
    return [*said, (RECORD, record)]
