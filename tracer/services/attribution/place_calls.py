"""Calls with the line that each rang on, as the columns that an attribution reads."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tracer.domain.attribution.campaigns import campaigns_of
from tracer.domain.attribution.evidence import (
    REACHED_ALIAS,
    REACHED_LINE,
    REACHED_UNKNOWN,
    Calls,
)
from tracer.domain.call import Nature, Reached
from tracer.domain.line import Line
from tracer.services.attribution.match_calls import CallOnLine
from tracer.storage.calls import CallFacts
from tracer.storage.campaign import CanaryFacts, days
from tracer.storage.unit_of_work import UnitOfWork

_REACHED = {Reached.UNKNOWN: REACHED_UNKNOWN, Reached.LINE: REACHED_LINE, Reached.ALIAS: REACHED_ALIAS}
_UNKNOWN_LINE = _UNKNOWN = -1


@dataclass(slots=True)
class LineBook:
    """Lines as dialled, by blind index, with the span each was watched."""

    index: dict[bytes, int] = field(default_factory=dict)
    keys: list[bytes] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)

    def note(self, key: bytes, seen: float, until: float, kind: int) -> int:
        """The line's place; it was watched at `seen` and will be until `until` at most."""
        place = self.index.get(key)
        if place is None:
            place = self.index[key] = len(self.start)
            self.keys.append(key)
            self.start.append(seen)
            self.end.append(until)
            self.kind.append(kind)
        self.start[place] = min(self.start[place], seen)
        return place


def place_calls(
    work: UnitOfWork,
    calls: Iterable[CallFacts],
    facts: Sequence[CanaryFacts],
    book: LineBook,
    until: Mapping[str, float],
) -> PlacedCalls:
    """The calls that ring somewhere in this selection, each with its line; lines join the book."""
    by_id = {fact.canary_id: place for place, fact in enumerate(facts)}
    bare = BareKeys(work)
    placed = PlacedCalls()
    for call in calls:
        day = days(call.stored)
        stated = by_id.get(call.canary_id) if call.canary_id else None
        if call.number_id is not None and call.line_key is not None:
            number_id, key = call.number_id, call.line_key
            has_extension = key != bare[number_id]
        elif stated is not None:
            fact = facts[stated]
            number_id, key, has_extension = fact.number_id, fact.line_key, fact.has_extension
        elif call.canary_id is None:  # which number rang is not known: only what was heard can tell
            placed.add(call, _UNKNOWN_LINE, CallOnLine(call.heard, day, "", b"", False, None))
            continue
        else:
            continue  # rang a canary outside this selection, and its line is not known
        line = book.note(key, day, until[number_id], int(has_extension))
        on_line = CallOnLine(call.heard, day, number_id, book.keys[line], has_extension, stated)
        placed.add(call, line, on_line)
    return placed


@dataclass(slots=True)
class PlacedCalls:
    """Calls with their lines, column by column: there may be a million. `on_lines` is what matching needs of them."""

    on_lines: list[CallOnLine] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    line: array[int] = field(default_factory=lambda: array("q"))
    known: array[int] = field(default_factory=lambda: array("q"))
    unknown: array[int] = field(default_factory=lambda: array("q"))
    answered: array[int] = field(default_factory=lambda: array("b"))
    unsure: array[int] = field(default_factory=lambda: array("b"))
    reached: array[int] = field(default_factory=lambda: array("b"))
    caller: array[int] = field(default_factory=lambda: array("q"))
    script: array[int] = field(default_factory=lambda: array("q"))
    numbered: dict[str, int] = field(default_factory=dict)

    def add(self, call: CallFacts, line: int, on_line: CallOnLine) -> None:
        """One more."""
        self.on_lines.append(on_line)
        self.ids.append(call.call_id)
        self.line.append(line)
        self.known.append(call.known)
        self.unknown.append(call.unknown)
        self.answered.append(call.answered)
        self.unsure.append(call.nature is Nature.UNSURE)
        self.reached.append(_REACHED[call.reached])
        shown = call.caller_number if any(map(str.isdigit, call.caller_number)) else ""  # "anonymous" is nobody
        self.caller.append(self._number(shown))
        self.script.append(self._number(call.script))

    def _number(self, text: str) -> int:
        """A number for each different text, negative for none."""
        return self.numbered.setdefault(text, len(self.numbered)) if text else _UNKNOWN

    def calls(self, unsure_is_scam: float) -> Calls:
        """The arrays that the engine reads."""
        line, day = (
            np.array(self.line, dtype=np.int64),
            np.array([item.day for item in self.on_lines], dtype=np.float64),
        )
        return Calls(
            ids=self.ids,
            day=day,
            line=line,
            known=np.array(self.known, dtype=np.int64),
            unknown=np.array(self.unknown, dtype=np.int64),
            answered=np.array(self.answered) > 0,
            weight=np.where(np.array(self.unsure) > 0, unsure_is_scam, 1.0),
            reached=np.array(self.reached, dtype=np.int64),
            campaign=campaigns_of(
                np.array(self.caller, dtype=np.int64), np.array(self.script, dtype=np.int64), line, day
            ),
        )


class BareKeys(dict[str, bytes]):
    """The key of a number dialled without an extension, by number id."""

    def __init__(self, work: UnitOfWork) -> None:
        super().__init__()
        self._key = work.canaries.line_key
        self._numbers = {stored.number_id: stored.owned.number for stored in work.numbers.all()}

    def __missing__(self, number_id: str) -> bytes:
        key = self[number_id] = self._key(Line(self._numbers[number_id]))
        return key
