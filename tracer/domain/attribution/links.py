"""Links: which call may come from which cell, and what the caller said of what that cell's channel had seen.

They do not change while callers' behaviour is learned. Few ways of speaking differ, so each is worked
out once and not for every pair; only the calls of campaigns have mention rates of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.behaviour import BASE_FIELDS, Behaviour
from tracer.domain.attribution.campaigns import said_before
from tracer.domain.attribution.cells import Cells
from tracer.domain.attribution.evidence import Bools, Evidence, Floats, Ints
from tracer.domain.attribution.mention import (
    background_terms,
    mention_table,
    mention_terms,
    said_outcomes,
    seen_states,
)
from tracer.domain.fields import TOKENS

BITS = len(TOKENS)
BLOCK = 1 << 14


@dataclass(frozen=True, slots=True)
class Speech:
    """U ways of speaking: profile of the source, fields it saw, known and unknown fields, whether answered."""

    profile: Ints
    seen: Ints
    known: Ints
    unknown: Ints
    answered: Bools

    def terms(self, behaviour: Behaviour, mention: Floats | None = None) -> Floats:
        """(U, 9) log probability of what was said of each field, against a background caller.

        With `mention` (U, 9) each has rates of its own.
        """
        usual = mention_table(behaviour)
        states, outcomes = seen_states(self.seen), said_outcomes(self.known, self.unknown)
        table, row = usual, self.profile
        if mention is not None:
            table, row = mention_table(behaviour, mention), np.arange(len(mention))
        said = mention_terms(table, row, states, outcomes, self.answered)
        return said - background_terms(usual, outcomes, self.answered)

    def at(self, rows: Ints) -> Speech:
        """Some of them."""
        return Speech(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Links:
    """Q pairs (match row, cell) with the cell exposed no later than the call, sorted by match.

    match, call, cell, step   (Q,) indices
    way      (Q,) into `speech`
    scripted (R,) pairs of calls in campaigns, rising; could, said (R, 9) earlier calls of the campaign that
             could say each field, and that did
    """

    match: Ints
    call: Ints
    cell: Ints
    step: Ints
    way: Ints
    speech: Speech
    scripted: Ints
    could: Ints
    said: Ints

    def mention(self, behaviour: Behaviour) -> Floats:
        """(Q,) log probability of all that was said, against a background caller."""
        found: Floats = self.speech.terms(behaviour).sum(axis=1)[self.way]
        for start in range(0, len(self.scripted), BLOCK):
            part = np.arange(start, min(start + BLOCK, len(self.scripted)))
            found[self.scripted[part]] = self._scripted_terms(behaviour, part).sum(axis=1)
        return found

    def field_terms(self, behaviour: Behaviour, pairs: Ints) -> Floats:
        """(n, 9) the same for some pairs, field by field."""
        found = self.speech.at(self.way[pairs]).terms(behaviour)
        if not len(self.scripted):
            return found
        place = np.minimum(np.searchsorted(self.scripted, pairs), len(self.scripted) - 1)
        hit = np.flatnonzero(self.scripted[place] == pairs)
        for start in range(0, len(hit), BLOCK):
            part = hit[start : start + BLOCK]
            found[part] = self._scripted_terms(behaviour, place[part])
        return found

    def independence(self, behaviour: Behaviour, pairs: Ints) -> Floats:
        """(n, 9) how much each mention of some pairs tells of callers in general: less the later in a campaign."""
        found = np.ones((len(pairs), len(BASE_FIELDS)))
        if len(self.scripted):
            place = np.minimum(np.searchsorted(self.scripted, pairs), len(self.scripted) - 1)
            hit = np.flatnonzero(self.scripted[place] == pairs)
            found[hit] = behaviour.script_calls / (behaviour.script_calls + self.could[place[hit]])
        return found

    def _scripted_terms(self, behaviour: Behaviour, part: Ints) -> Floats:
        """(n, 9) for the pairs of campaigns at these places: mention rates as their earlier calls suggest."""
        speech = self.speech.at(self.way[self.scripted[part]])
        firm, usual = behaviour.script_calls, behaviour.mention[speech.profile]
        return speech.terms(behaviour, (firm * usual + self.said[part]) / (firm + self.could[part]))


def link(evidence: Evidence, cells: Cells, profile: Ints) -> Links:
    """Every (call, cell) pair that could be cause and effect; profile (C+1,) row of each channel."""
    match, cell, step = _join(evidence, cells)
    calls, call = evidence.calls, evidence.matches.call[match]
    key = profile[cells.channel[cell]]
    for bits in (cells.step_fields[step], calls.known[call], calls.unknown[call]):
        key = (key << BITS) | bits
    key = (key << 1) | calls.answered[call]
    ways, way = _ranked(key)
    mask = (1 << BITS) - 1
    speech = Speech(
        profile=ways >> (3 * BITS + 1),
        seen=(ways >> (2 * BITS + 1)) & mask,
        known=(ways >> (BITS + 1)) & mask,
        unknown=(ways >> 1) & mask,
        answered=(ways & 1) > 0,
    )
    scripted = np.flatnonzero(calls.campaign[call] >= 0)
    outcomes = said_outcomes(calls.known, calls.unknown)
    could, said = said_before(calls.campaign, calls.day, outcomes, calls.answered)
    return Links(match, call, cell, step, way, speech, scripted, could[call[scripted]], said[call[scripted]])


def _ranked(key: Ints) -> tuple[Ints, Ints]:
    """The different keys, and the place of each among them: they are few, so one pass with a sort of the few."""
    some = np.unique(key[:: max(1, len(key) // BLOCK)])
    while True:
        place = np.minimum(np.searchsorted(some, key), max(len(some) - 1, 0))
        missing = key[some[place] != key] if len(some) else key
        if not len(missing):
            return some, place
        some = np.union1d(some, missing[:: max(1, len(missing) // BLOCK)])


def _join(evidence: Evidence, cells: Cells) -> tuple[Ints, Ints, Ints]:
    """Match rows × the cells of their canary, with the latest step at or before the call."""
    canary = evidence.matches.canary
    first, stop = cells.canary_first[canary], cells.canary_first[canary + 1]
    size = stop - first
    match = np.repeat(np.arange(len(canary)), size)
    offset = np.arange(len(match)) - np.repeat(np.cumsum(size) - size, size)
    cell = first[match] + offset
    when = evidence.calls.day[evidence.matches.call[match]]
    step = np.full(len(match), -1, dtype=np.int64)
    for number in range(int(cells.count.max(initial=0))):
        at = np.minimum(cells.first[cell] + number, len(cells.step_day) - 1)
        reached = (number < cells.count[cell]) & (cells.step_day[at] <= when)
        step = np.where(reached, at, step)
    possible = step >= 0
    return match[possible], cell[possible], step[possible]
