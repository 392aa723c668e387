"""Whose name was that? The canaries that a heard name and number may mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tracer.domain.canary import Canary, CanaryState
from tracer.domain.errors import InvalidValue, UnknownId
from tracer.domain.line import Line
from tracer.domain.match import Candidate, Heard, LineMatcher, OrderValues, match_probabilities, on_line
from tracer.storage.unit_of_work import UnitOfWork

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Identification:
    """Candidates (canary id, probability), best first; `verdict` is the canary id where one is sure enough."""

    candidates: tuple[tuple[str, float], ...]
    not_ours: float
    verdict: str | None


class Identifier:
    """Answers many questions on one state of the registry; names of a line are read once."""

    def __init__(self, work: UnitOfWork, prior_ours: float) -> None:
        self._work = work
        self._prior = prior_ours
        self._matchers: dict[Line | None, LineMatcher] = {}

    def identify(self, heard: Heard, dialled: Line | None) -> Identification:
        """The canaries that may be meant, against "somebody else's name".

        Raises InvalidValue where nothing was heard and the line alone does not tell, UnknownId for a
        number outside the pool.
        """
        if dialled not in self._matchers:
            self._matchers[dialled] = LineMatcher(self._candidates(dialled), own_line=False)
        matcher = self._matchers[dialled]
        if not any(heard):
            if dialled is not None and dialled.extension is not None and len(matcher.candidates) == 1:
                only = str(matcher.candidates[0].canary)  # an extension of its own says whose it is
                return Identification(((only, 1.0),), 0.0, only)
            raise InvalidValue("--heard", heard.name, "what the caller said: a name, goods, a price or a number")
        ranking = matcher.rank(heard, keep=SHOWN)
        posterior = match_probabilities(ranking.log_ratios, self._prior, n=len(matcher.candidates))
        names = [str(matcher.candidates[index].canary) for index in ranking.indices.tolist()]
        return Identification(
            tuple(zip(names, posterior.candidates.tolist(), strict=True)),
            posterior.not_ours,
            None if posterior.verdict is None else names[posterior.verdict],
        )

    def _candidates(self, dialled: Line | None) -> list[Candidate]:
        canaries = [canary for canary in self._on(dialled) if canary.state is not CanaryState.RETIRED]
        values: dict[str, list[OrderValues]] = defaultdict(list)
        for order in self._work.orders.of_canaries([canary.canary_id for canary in canaries]):
            values[order.canary_id].append(OrderValues.of(order))
        return [Candidate(c.canary_id, c.recipient_name, tuple(values[c.canary_id])) for c in canaries]

    def _on(self, dialled: Line | None) -> Sequence[Canary]:
        if dialled is None:
            return list(self._work.canaries.all())
        number = self._work.numbers.find([dialled.number]).get(dialled.number)
        if number is None:
            raise UnknownId("number", dialled.number, "It is not in your pool; `tracer number list` shows the pool")
        there = list(self._work.canaries.on_number(number.number_id))
        return on_line([canary for canary in there if canary.phone == dialled], there)
