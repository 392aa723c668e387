"""All names of the registry in memory, following new ones: for calls of which the line is not known."""

from __future__ import annotations

import numpy as np

from tracer.domain.canary import CanaryState
from tracer.domain.codebook.decode import NameIndex
from tracer.domain.heard_values import Heard, OrderTable
from tracer.domain.match import Candidate, WeightedRanking, best_first
from tracer.services.calls.read_candidates import Named, read_candidates
from tracer.storage.name_feed import START
from tracer.storage.unit_of_work import UnitOfWork

WEIGHED = 200
"""So many of the best names are weighed with the other values heard; of the rest only the sum counts."""


class NameDirectory:
    """The names by ear. `follow` brings it up to date; it may outlive many units of work, of one thread at a time."""

    def __init__(self) -> None:
        self._mark = START
        self._index = NameIndex()
        self._names: list[Named] = []
        self._places: dict[str, int] = {}
        self._retired: set[int] = set()

    def follow(self, work: UnitOfWork) -> None:
        """Read what is new or changed since the last time; where reading breaks off, nothing is learned."""
        entries, mark = work.canaries.index_entries(self._mark)
        new: dict[str, Named] = {}
        retired: list[str] = []
        for entry in entries:
            if entry.canary_id not in self._places:
                new[entry.canary_id] = Named(entry.canary_id, entry.name, entry.gender)
            if entry.state is CanaryState.RETIRED or not entry.name:  # erased: nothing tells it by ear any more
                retired.append(entry.canary_id)
        self._index.extend([one.name for one in new.values()], [one.gender for one in new.values()])
        self._places.update(zip(new, range(len(self._names), len(self._names) + len(new)), strict=True))
        self._names += new.values()
        gone = [self._places[canary_id] for canary_id in retired]
        for place in gone:
            self._names[place] = Named(self._names[place].canary_id, "", self._names[place].gender)
        self._retired.update(gone)
        self._mark = mark

    def rank(self, heard: Heard, work: UnitOfWork, keep: int) -> tuple[list[Candidate], WeightedRanking]:
        """The canaries that fit a heard name and the other values best, and their ranking (places in that list).

        `heard.name` must not be empty. The orders of the best names are read, of the others none.
        """
        best = self._index.best(heard.name, WEIGHED + len(self._retired))
        alive = [i for i, place in enumerate(best.places.tolist()) if place not in self._retired]
        candidates = read_candidates(work, [self._names[int(best.places[i])] for i in alive])
        if not candidates:
            return [], WeightedRanking(np.empty(0, dtype=np.int64), np.empty(0), -np.inf)
        ratios = best.log_likelihoods[alive] - self._index.log_ordinary(heard.name)
        others = _less(best.log_sum, best.log_likelihoods) - self._index.log_ordinary(heard.name)
        if any(heard[1:]):
            ours, stranger = OrderTable([candidate.orders for candidate in candidates]).log_likelihood(heard)
            ratios = ratios + ours - stranger
        shares = -np.log(len(self._places) - len(self._retired))
        everything = float(np.logaddexp.reduce(np.append(ratios, others))) + shares
        return candidates, WeightedRanking(*best_first(ratios + shares, keep), everything)


def _less(log_sum: float, log_parts: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """The log of a sum without some of its parts, −inf where nothing is left."""
    rest = -np.expm1(float(np.logaddexp.reduce(log_parts)) - log_sum)
    return log_sum + float(np.log(rest)) if rest > 1e-12 else -np.inf
