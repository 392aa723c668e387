"""Per call: which source, on which canary, and why, term by term.

The terms of a channel are log-likelihood ratios against a background caller and add up to
log(p_channel / p_background); what no single term explains is the record of the channel and of
the order's other calls. A campaign of more than MANY_CALLS calls gets terms only for calls that a
leak probably explains.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from tracer.domain.attribution.behaviour import BASE_FIELDS
from tracer.domain.attribution.evidence import Bools, Evidence, Floats, Ints
from tracer.domain.attribution.fit import Fit
from tracer.domain.attribution.likelihood import factors
from tracer.domain.attribution.mention import CANNOT_SAY, SILENT, said_outcomes
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


class CallFindings(Sequence[CallFinding]):
    """One finding per call, in the order of the calls, each made when it is asked for: there may be a million."""

    def __init__(self, evidence: Evidence, fit: Fit) -> None:
        self._evidence, self._background = evidence, fit.sources.background
        self._table = _by_channel(fit, len(evidence.channel_ids))
        self._canary, self._match_p = matched_canaries(evidence, fit)
        self._terms = _terms(evidence, fit, self._table)
        self._bounds = np.searchsorted(self._table.call, np.arange(len(evidence.calls.ids) + 1))
        self._labels = [*evidence.channel_ids, OTHER]

    def __len__(self) -> int:
        return len(self._evidence.calls.ids)

    @overload
    def __getitem__(self, place: int) -> CallFinding: ...
    @overload
    def __getitem__(self, place: slice) -> list[CallFinding]: ...
    def __getitem__(self, place: int | slice) -> CallFinding | list[CallFinding]:
        numbers = range(len(self))[place]
        return self._finding(numbers) if isinstance(numbers, int) else [self._finding(i) for i in numbers]

    def of(self, call_id: str) -> CallFinding | None:
        """The finding of one call, None where it is not among them."""
        try:
            return self._finding(self._evidence.calls.ids.index(call_id))
        except ValueError:
            return None

    def _finding(self, i: int) -> CallFinding:
        rows = slice(int(self._bounds[i]), int(self._bounds[i + 1]))
        pairs = zip(self._table.channel[rows].tolist(), self._table.p[rows].tolist(), strict=True)
        sources = [Source(self._labels[channel], p) for channel, p in pairs]
        sources.append(Source(BACKGROUND, float(self._background[i])))
        if not any(s.channel_id == OTHER for s in sources):
            sources.append(Source(OTHER, 0.0))
        sources.sort(key=lambda s: -s.p)
        chosen, evidence = int(self._canary[i]), self._evidence
        who = evidence.canaries.ids[chosen] if chosen >= 0 else None
        call_id = evidence.calls.ids[i]
        return CallFinding(call_id, who, float(self._match_p[i]), tuple(sources), tuple(self._terms.of(i)))


def _by_channel(fit: Fit, channels: int) -> _Table:
    links = fit.model.links
    key = links.call * (channels + 1) + fit.model.cells.channel[links.cell]
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
    leak = np.bincount(fit.model.links.match, fit.sources.pair, minlength=len(matches.call))
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


@dataclass(frozen=True, slots=True)
class _Terms:
    """R rows (call, channel) that are explained, sorted by call, the likeliest first; terms in nats.

    fields (R, 9), rest (R, 4): timing, reach, heard, weight; record (R,) what remains of the log odds.
    """

    call: Ints
    channel: Sequence[str]
    outcomes: Ints
    answered: Bools
    fields: Floats
    rest: Floats
    record: Floats

    def of(self, call: int) -> Iterator[EvidenceTerm]:
        """The terms of one call."""
        first, stop = np.searchsorted(self.call, [call, call + 1]).tolist()
        for i in range(first, stop):
            record = float(self.record[i])
            for term, value in _named(self.outcomes[i], self.fields[i], bool(self.answered[i]), self.rest[i], record):
                yield EvidenceTerm(term, self.channel[i], value)


def _terms(evidence: Evidence, fit: Fit, table: _Table) -> _Terms:
    """Terms for the likeliest channels of each call, `other` among them."""
    rows = _told(evidence, fit, table)
    labels = [*evidence.channel_ids, OTHER]
    model, calls = fit.model, evidence.calls
    best, call = table.best[rows], table.call[rows]
    fields = model.links.field_terms(model.behaviour, best)
    found = factors(evidence, model.cells, model.links, model.profile, model.behaviour, best)
    timing = found.timing - np.log(fit.background.call_rate[call])
    rest = np.stack((timing, found.reach, found.heard, found.weight), axis=1)
    p, reference = np.maximum(table.p[rows], SMALLEST), np.maximum(fit.sources.background[call], SMALLEST)
    total = np.log(p) - np.log(reference)
    return _Terms(
        call=call,
        channel=[labels[c] for c in table.channel[rows].tolist()],
        outcomes=said_outcomes(calls.known[call], calls.unknown[call]),
        answered=calls.answered[call],
        fields=fields,
        rest=rest,
        record=total - fields.sum(axis=1) - rest.sum(axis=1),
    )


def _told(evidence: Evidence, fit: Fit, table: _Table) -> Ints:
    """Rows of the likeliest channels of each call that gets terms: three, one where a leak is unlikely."""
    keep = np.ones(len(table.call), dtype=np.bool_)
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
