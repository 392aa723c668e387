"""The piece of the registry that one call may concern, as evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracer.domain.attribution.evidence import Evidence
from tracer.domain.attribution.model import AttributionModel
from tracer.domain.call import Call, Nature
from tracer.services.attribution.gather_evidence import assemble
from tracer.services.attribution.match_calls import match_calls
from tracer.services.attribution.place_calls import LineBook, place_calls
from tracer.storage.campaign import Campaign, CanaryFacts, on_line, on_number, these
from tracer.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Piece:
    """Every canary that a call may be for, with all their exposures and all calls on their lines."""

    evidence: Evidence
    place: int
    """Where the call stands among the calls."""


def gather_around(work: UnitOfWork, model: AttributionModel, call: Call, as_of: datetime) -> Piece | None:
    """The piece around a call up to `as_of`; None where which number rang is not known, or carries nobody."""
    facts = _candidates(work, call, as_of)
    if not facts:
        return None
    campaign = Campaign(work.session, as_of, these([fact.canary_id for fact in facts]))
    lines = list(dict.fromkeys(fact.line_key for fact in facts))
    if call.dialled is not None:
        lines.append(work.canaries.line_key(call.dialled))
    calls = work.calls.facts_concerning(lines, [fact.canary_id for fact in facts], as_of)
    calls = [one for one in calls if one.nature is not Nature.LEGITIMATE]
    shown = sorted({channel_id for _, channel_id in campaign.issued_for()} | campaign.channels())
    channels = list(work.channels.find(shown).values())
    evidence = assemble(work, model, as_of, campaign, facts, channels, calls)
    return Piece(evidence, list(evidence.calls.ids).index(call.call_id))


def _candidates(work: UnitOfWork, call: Call, as_of: datetime) -> list[CanaryFacts]:
    """The canaries that the line, the name and the values heard leave possible."""
    if call.canary_id is not None:
        return list(Campaign(work.session, as_of, these([call.canary_id])).canaries())
    if call.dialled is None:
        return []
    facts: list[CanaryFacts] = []
    if call.dialled.extension is not None:
        facts = list(Campaign(work.session, as_of, on_line(work.canaries.line_key(call.dialled))).canaries())
    if not facts:
        stored = work.numbers.find([call.dialled.number])[call.dialled.number]
        facts = list(Campaign(work.session, as_of, on_number(stored.number_id)).canaries())
    until = {stored.number_id: 0.0 for stored in work.numbers.all()}
    placed = place_calls(work, [work.calls.facts_of(call.call_id)], facts, LineBook(), until)
    return [facts[place] for place in sorted({place for _, place, _ in match_calls(work, placed.on_lines, facts)})]
