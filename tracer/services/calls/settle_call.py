"""Which canary a call was for, as far as what was heard tells: before that is erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tracer.domain.call import Call, CallState, Nature
from tracer.domain.heard_values import Heard
from tracer.domain.match import LineMatcher, match_probabilities
from tracer.domain.noted_line import is_slip
from tracer.services.calls.read_candidates import Named, read_candidates
from tracer.storage.campaign import Campaign, CanaryFacts, days, on_line, on_number
from tracer.storage.instant import pack
from tracer.storage.unit_of_work import UnitOfWork

_CONTRADICTS = -1.0
"""On a line of one canary: what was heard counts as against it from here on (nats)."""


class Settling(NamedTuple):
    """What an erasure would lose. `is_lost`: what was heard tells something of the canary that nobody has stated.

    `canary_id` is the canary where one is sure enough; `p` that of the best.
    """

    is_lost: bool
    canary_id: str | None = None
    p: float = 0.0


NOTHING_LOST = Settling(is_lost=False)


class Settler:
    """Looks at many calls; what a line carries is read once."""

    def __init__(self, work: UnitOfWork, prior_ours: float) -> None:
        self._work = work
        self._prior = prior_ours
        self._circles: dict[str, tuple[Sequence[CanaryFacts], LineMatcher]] = {}

    def look(self, call: Call) -> Settling:
        """What an erasure of this call's personal data would lose: as of when the call came, retired canaries too."""
        heard = Heard.of(call)
        counts = call.state is CallState.LOGGED and call.nature is not Nature.LEGITIMATE and call.canary_id is None
        if not counts or not any(heard._replace(price="")):  # the price stays
            return NOTHING_LOST
        facts, matcher = self._circle(call)
        came = days(pack(call.received_at))
        alive = [place for place, fact in enumerate(facts) if fact.lives(came)]
        if not alive:
            return NOTHING_LOST
        if len(alive) == 1 and facts[alive[0]].has_extension and self._rang(call, facts[alive[0]]):
            fits = matcher.confirm(heard, alive[0]) > _CONTRADICTS
            return NOTHING_LOST if fits else Settling(is_lost=True)  # the line alone will say it was this one
        weights = np.zeros(len(facts))
        weights[alive] = 1.0 / len(alive)
        with np.errstate(divide="ignore"):
            ranking = matcher.rank(heard, 1, weights)
        posterior = match_probabilities(ranking, self._prior)
        best = facts[int(ranking.indices[0])].canary_id
        return Settling(True, best if posterior.verdict is not None else None, float(posterior.candidates[0]))

    def _rang(self, call: Call, fact: CanaryFacts) -> bool:
        return call.dialled is not None and self._work.canaries.line_key(call.dialled) == fact.line_key

    def _circle(self, call: Call) -> tuple[Sequence[CanaryFacts], LineMatcher]:
        """The canaries ever on the line that rang, else on its number, else on one a slip away; all where none rang."""
        key = "" if call.dialled is None else call.dialled.text
        if key not in self._circles:
            facts = self._facts(call)
            canaries = self._work.canaries.find([fact.canary_id for fact in facts])
            found = [canaries[fact.canary_id] for fact in facts]
            named = [Named(one.canary_id, one.recipient_name, one.gender) for one in found]
            self._circles[key] = facts, LineMatcher(read_candidates(self._work, named), own_line=False)
        return self._circles[key]

    def _facts(self, call: Call) -> Sequence[CanaryFacts]:
        work = self._work
        if call.dialled is None:
            return list(Campaign(work.session, work.now).canaries())
        facts: Sequence[CanaryFacts] = ()
        if call.dialled.extension is not None:
            facts = list(Campaign(work.session, work.now, on_line(work.canaries.line_key(call.dialled))).canaries())
        noted = call.dialled.number
        for near in (lambda number: number == noted, lambda number: is_slip(noted, number)):
            if not facts:
                numbers = [stored.number_id for stored in work.numbers.all() if near(stored.owned.number)]
                campaigns = [Campaign(work.session, work.now, on_number(one)) for one in numbers]
                facts = [fact for campaign in campaigns for fact in campaign.canaries()]
        return facts
