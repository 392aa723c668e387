"""Which canaries each call may belong to: the line first, then the name and the values heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tracer.domain.heard_values import Heard
from tracer.domain.match import Candidate, LineMatcher
from tracer.domain.noted_line import is_slip
from tracer.services.calls.read_candidates import Named, read_candidates
from tracer.storage.campaign import CanaryFacts
from tracer.storage.unit_of_work import UnitOfWork

KEPT_PER_CALL = 40
MOST_UNHEARD = 500


@dataclass(frozen=True, slots=True)
class CallOnLine:
    """What was heard in a call, on which line, and the place of the canary that a person said it was for.

    `number_id` is empty where it is not known which number rang; `heard` is None where nothing was.
    """

    heard: Heard | None
    day: float
    number_id: str
    line_key: bytes
    has_extension: bool
    stated: int | None


def match_calls(
    work: UnitOfWork, calls: Sequence[CallOnLine], facts: Sequence[CanaryFacts]
) -> list[tuple[int, int, float]]:
    """(place of call, place of canary, log ratio) for every candidate pair, by call.

    A canary is a candidate for calls after it was issued and before it was retired. Names are read,
    and a matcher is built, once for each line (or number) on which anything was heard.
    """
    book = _Book(facts, {stored.number_id: stored.owned.number for stored in work.numbers.all()})
    circles = [None if item.stated is not None else book.circle(item) for item in calls]
    _prepare(work, facts, [c for item, c in zip(calls, circles, strict=True) if c is not None and item.heard])
    matches: list[tuple[int, int, float]] = []
    for number, (item, circle) in enumerate(zip(calls, circles, strict=True)):
        if circle is None:
            stated = item.stated
            if stated is not None and facts[stated].lives(item.day):
                matches.append((number, stated, 0.0))
        else:
            matches.extend((number, place, ratio) for place, ratio in circle.match(item))
    return matches


class _Circle:
    """The canaries that were ever on one line, or on one number, or anywhere.

    `identifies` says that it is an extension's own line: one canary at a time, told by the line.
    """

    def __init__(self, places: Sequence[int], facts: Sequence[CanaryFacts], *, identifies: bool = False) -> None:
        self._identifies = identifies
        self.places = np.array(places, dtype=np.int64)
        self._issued = np.array([facts[place].issued for place in places])
        retired = [facts[place].retired for place in places]
        self._retired = np.array([np.inf if day is None else day for day in retired])
        self.matcher: LineMatcher | None = None

    def match(self, item: CallOnLine) -> list[tuple[int, float]]:
        """(place of canary, log ratio) of those alive when the call came."""
        alive = np.flatnonzero((self._issued <= item.day) & (item.day <= self._retired))
        if not len(alive):
            return []
        heard = item.heard
        if self.matcher is None or heard is None:  # all alike, unless too many to mean anything
            return [(place, 0.0) for place in self.places[alive].tolist()] if len(alive) <= MOST_UNHEARD else []
        if self._identifies and len(alive) == 1:  # what was heard can only contradict
            return [(int(self.places[alive[0]]), self.matcher.confirm(heard, int(alive[0])))]
        ranking = self.matcher.match(heard, keep=KEPT_PER_CALL, among=alive)
        return sorted(zip(self.places[ranking.indices].tolist(), ranking.log_ratios.tolist(), strict=True))


class _Book:
    """Finds the circle of a call."""

    def __init__(self, facts: Sequence[CanaryFacts], numbers: Mapping[str, str]) -> None:
        self._facts = facts
        self._base_numbers = numbers
        self._lines: dict[bytes, list[int]] = defaultdict(list)
        self._numbers: dict[str, list[int]] = defaultdict(list)
        for place, fact in enumerate(facts):
            self._lines[fact.line_key].append(place)
            self._numbers[fact.number_id].append(place)
        self._circles: dict[bytes | str, _Circle] = {}

    def circle(self, item: CallOnLine) -> _Circle:
        """Those on the line that rang, else on its number, else on one a slip away; anybody where none is known."""
        if not item.number_id:
            key: bytes | str = ""
            places: Sequence[int] = range(len(self._facts)) if item.heard else ()
        else:
            exact = self._lines.get(item.line_key, ())
            if not item.has_extension and item.heard:
                exact = ()  # an extension may have been left out: the name tells
            key = item.line_key if exact else item.number_id
            places = exact or self._numbers.get(item.number_id) or self._slipped(item)
        if not places:
            return _Circle((), self._facts)
        if key not in self._circles:
            own_line = key == item.line_key and item.has_extension
            self._circles[key] = _Circle(places, self._facts, identifies=own_line)
        return self._circles[key]

    def _slipped(self, item: CallOnLine) -> list[int]:
        """Where the number noted carries nobody but something was heard: those on numbers one slip away."""
        if not item.heard:
            return []
        noted = self._base_numbers[item.number_id]
        near = [number_id for number_id, number in self._base_numbers.items() if is_slip(noted, number)]
        return sorted(place for number_id in near for place in self._numbers.get(number_id, ()))


def _prepare(work: UnitOfWork, facts: Sequence[CanaryFacts], circles: Iterable[_Circle]) -> None:
    """Build the matchers of circles, reading each canary once."""
    wanted = list({id(circle): circle for circle in circles}.values())
    needed = sorted({place for circle in wanted for place in circle.places.tolist()})
    candidates = _read_candidates(work, {facts[place].canary_id: place for place in needed})
    for circle in wanted:
        circle.matcher = LineMatcher([candidates[place] for place in circle.places.tolist()], own_line=False)


def _read_candidates(work: UnitOfWork, wanted: dict[str, int]) -> dict[int, Candidate]:
    found = work.canaries.find(list(wanted)).values()
    named = (Named(canary.canary_id, canary.recipient_name, canary.gender) for canary in found)
    return {wanted[str(candidate.canary)]: candidate for candidate in read_candidates(work, named)}
