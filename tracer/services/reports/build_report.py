"""Build the leak attribution report, for everything or one campaign, as of any time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from threadpoolctl import threadpool_limits

from tracer.domain.attribution.disclosure import erasure_sentence
from tracer.domain.attribution.engine import attribute
from tracer.domain.attribution.evidence import Evidence
from tracer.domain.attribution.explain import CallFindings
from tracer.domain.attribution.model import AttributionModel
from tracer.domain.attribution.tasks import OpenTasks, Progress, here
from tracer.domain.errors import NotAllowed
from tracer.domain.report import CallFinding, Report
from tracer.services.attribution.fit_campaign import fit_campaign
from tracer.services.attribution.gather_evidence import gather_evidence
from tracer.services.ledger.quote_ledger import quote_ledger
from tracer.services.registry.name_channels import channel_names
from tracer.storage.unit_of_work import UnitOfWork


def build_report(
    work: UnitOfWork,
    model: AttributionModel,
    as_of: datetime,
    tag: str | None = None,
    progress: Progress = lambda share: None,
    *,
    with_sensitivity: bool = True,
    persons_named: bool = True,
    tasks: OpenTasks = here,
) -> Report:
    """The report on events up to `as_of`; `tag` keeps to canaries (and calls) that bear it.

    Without `persons_named` a channel that is a natural person has its id for a name, in every sentence. `tasks` makes
    ready where the attribution is worked out.
    """
    gathered = gather_evidence(work, model, as_of, tag)
    # The sampler multiplies thousands of small matrices; BLAS threads waiting for each other took 70% of the time.
    with threadpool_limits(limits=1, user_api="blas"), tasks() as opened:
        report = attribute(
            gathered.evidence,
            names=channel_names(gathered.channels, persons_named=persons_named),
            assumptions=model.assumptions,
            thresholds=model.thresholds,
            sampling=model.sampling,
            other_profile=model.other,
            as_of_text=as_of.isoformat(),
            moment=lambda day: datetime.fromtimestamp(day * 86_400.0, as_of.tzinfo).isoformat(timespec="minutes"),
            progress=progress,
            with_sensitivity=with_sensitivity,
            tasks=opened,
        )
        told = opened.told()
    background = {**report.background, "legitimate_calls_left_out": gathered.legitimate_calls}
    diagnostics = {**report.diagnostics, "ledger": quote_ledger(work), **({"tasks": told} if told else {})}
    report = replace(report, background=background, diagnostics=diagnostics)
    erased = _erased(work, gathered.evidence, as_of)
    if not erased:
        return report
    gone = erasure_sentence(**erased)
    return replace(
        report,
        diagnostics={**report.diagnostics, "erased": erased},
        assumptions=[*report.assumptions, gone],
    )


def _erased(work: UnitOfWork, evidence: Evidence, as_of: datetime) -> dict[str, Any]:
    """How many calls and canaries of the report lost their personal data, and when; empty where none did."""
    calls, canaries = work.erasures.moments(as_of)
    mine = {one: calls[one] for one in evidence.calls.ids if one in calls} if calls else {}
    ours = {one: canaries[one] for one in evidence.canaries.ids if one in canaries} if canaries else {}
    days = sorted(moment.date().isoformat() for moment in (*mine.values(), *ours.values()))
    return {"calls": len(mine), "canaries": len(ours), "first": days[0], "last": days[-1]} if days else {}


def explain_call(
    work: UnitOfWork,
    model: AttributionModel,
    call_id: str,
    as_of: datetime,
    progress: Progress = lambda share: None,
    tasks: OpenTasks = here,
) -> CallFinding:
    """Where one call's knowledge came from and why, in the light of all data.

    Raises UnknownId, NotAllowed for a call that is not attributed (legitimate, undone, merged).
    """
    call = work.calls.get(call_id)
    evidence = gather_evidence(work, model, as_of).evidence
    found = CallFindings(evidence, fit_campaign(evidence, model, progress, tasks)).of(call_id)
    if found is not None:
        return found
    raise NotAllowed(
        f"call {call_id!r} is not attributed: it is {call.state.value}, {call.nature.value}, "
        f"received at {call.received_at.isoformat()}. Only counting calls that are not legitimate are"
    )
