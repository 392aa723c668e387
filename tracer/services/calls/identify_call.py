"""Whose name was that? The canaries that a heard name and number may mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracer.domain.canary import Canary, CanaryState
from tracer.domain.codebook.differences import Difference, differences
from tracer.domain.errors import InvalidValue, UnknownId
from tracer.domain.heard_values import Heard
from tracer.domain.line import Line
from tracer.domain.match import Candidate, LineMatcher, WeightedRanking, match_probabilities
from tracer.domain.noted_line import is_slip, noted_as
from tracer.services.calls.name_directory import NameDirectory
from tracer.services.calls.read_candidates import Named, read_candidates
from tracer.storage.unit_of_work import UnitOfWork

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Suspect:
    """A canary that may be meant: how probable, and where the heard name differs from its name."""

    canary_id: str
    p: float
    recipient_name: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Identification:
    """Suspects, best first; `verdict` is the canary id where one is sure enough."""

    candidates: tuple[Suspect, ...]
    not_ours: float
    verdict: str | None


@dataclass(frozen=True, slots=True)
class _Reach:
    """The canaries within reach of a noted line, and each one's share of the prior (sum 1).

    `only` is the one on just that line, where there is one.
    """

    matcher: LineMatcher
    weights: NDArray[np.float64]
    only: Candidate | None


def identification_object(found: Identification) -> dict[str, Any]:
    """An answer as the JSON object that other programs read; `differs` tells parts of the canaries' names."""
    return {
        "candidates": [
            {"canary_id": suspect.canary_id, "p": suspect.p, "differs": [asdict(one) for one in suspect.differences]}
            for suspect in found.candidates
        ],
        "not_ours": found.not_ours,
        "verdict": found.verdict,
    }


class Identifier:
    """Answers many questions on one state of the registry; what a line carries is read once.

    A line may be noted wrongly (noted_line.py): those it could have been are looked at too, each
    weighted by how likely the slip is. Where no line is known, `directory` searches all names.
    """

    def __init__(self, work: UnitOfWork, prior_ours: float, directory: NameDirectory | None = None) -> None:
        self._work = work
        self._prior = prior_ours
        self._reaches: dict[Line, _Reach] = {}
        self._directory = NameDirectory() if directory is None else directory

    def identify(self, heard: Heard, dialled: Line | None) -> Identification:
        """The canaries that may be meant, against "somebody else's name".

        Raises InvalidValue where nothing was heard and the line alone does not tell, UnknownId for a
        number that is neither in the pool nor a slip away from one that is.
        """
        if dialled is None:
            return self._anywhere(heard)
        reach = self._reach(dialled)
        if not any(heard):
            return self._by_line_alone(reach, dialled, heard)
        ranking = reach.matcher.rank(heard, SHOWN, reach.weights)
        return self._answer(heard, ranking, reach.matcher.candidates)

    def _by_line_alone(self, reach: _Reach, dialled: Line, heard: Heard) -> Identification:
        if reach.only is None or dialled.extension is None:
            raise InvalidValue("--heard", heard.name, "what the caller said: a name, goods, a price or a number")
        only = reach.only  # an extension of its own, noted to the digit, says whose it is
        return Identification((Suspect(str(only.canary), 1.0, only.recipient_name),), 0.0, str(only.canary))

    def _anywhere(self, heard: Heard) -> Identification:
        if not any(heard):
            raise InvalidValue("--heard", heard.name, "what the caller said: a name, goods, a price or a number")
        if not heard.name:
            everybody = LineMatcher(read_candidates(self._work, map(_named, self._work.canaries.all())), own_line=False)
            return self._answer(heard, everybody.rank(heard, SHOWN), everybody.candidates)
        self._directory.follow(self._work)
        candidates, ranking = self._directory.rank(heard, self._work, SHOWN)
        return self._answer(heard, ranking, candidates)

    def _answer(self, heard: Heard, ranking: WeightedRanking, candidates: Sequence[Candidate]) -> Identification:
        posterior = match_probabilities(ranking, self._prior)
        suspects = []
        for index, p in zip(ranking.indices.tolist(), posterior.candidates.tolist(), strict=True):
            one = candidates[index]
            suspects.append(
                Suspect(str(one.canary), p, one.recipient_name, differences(heard.name, one.recipient_name))
            )
        verdict = None if posterior.verdict is None else suspects[posterior.verdict].canary_id
        return Identification(tuple(suspects), posterior.not_ours, verdict)

    def _reach(self, dialled: Line) -> _Reach:
        if dialled not in self._reaches:
            numbers = {
                stored.number_id
                for stored in self._work.numbers.all()
                if stored.owned.number == dialled.number or is_slip(dialled.number, stored.owned.number)
            }
            if not numbers:
                hint = "It is not in your pool; `tracer number list` shows the pool"
                raise UnknownId("number", dialled.number, hint)
            there = [c for c in self._work.canaries.on_numbers(sorted(numbers)) if c.state is not CanaryState.RETIRED]
            weights = np.array([noted_as(dialled, canary.phone) for canary in there])
            near = [canary for canary, weight in zip(there, weights, strict=True) if weight > 0]
            shares = weights[weights > 0]
            matcher = LineMatcher(read_candidates(self._work, map(_named, near)), own_line=False)
            exact = [one for one, canary in zip(matcher.candidates, near, strict=True) if canary.phone == dialled]
            only = exact[0] if len(exact) == 1 else None
            self._reaches[dialled] = _Reach(matcher, shares / shares.sum() if len(shares) else shares, only)
        return self._reaches[dialled]


def _named(canary: Canary) -> Named:
    return Named(canary.canary_id, canary.recipient_name, canary.gender)
