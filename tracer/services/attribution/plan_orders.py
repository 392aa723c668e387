"""Plan the next orders: which would tell most about who leaks, and how many it takes for a leak to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from threadpoolctl import threadpool_limits

from tracer.domain.attribution.model import AttributionModel
from tracer.domain.attribution.planning import Limits
from tracer.domain.attribution.power import KindPower, kinds_power, power_assumptions
from tracer.domain.attribution.proposals import Plan, Proposal, propose
from tracer.domain.attribution.routes import RouteKind
from tracer.domain.attribution.tasks import OpenTasks, Progress, here
from tracer.services.attribution.fit_campaign import fit_campaign
from tracer.services.attribution.gather_evidence import gather_evidence
from tracer.services.registry.name_channels import with_ids_for_persons
from tracer.storage.unit_of_work import UnitOfWork

NOTHING_REGISTERED = (
    "There is nothing to plan yet: no channel is registered. Start with `tracer channel add platform NAME` and "
    "`tracer channel add merchant NAME --parent PLATFORM`, or look at `tracer demo`."
)


@dataclass(frozen=True, slots=True)
class Power:
    """Per kind of channel how many orders show a leak, the background calls a line and day, and what is assumed."""

    kinds: Sequence[KindPower]
    background: float
    assumptions: Sequence[str]


def plan_orders(
    work: UnitOfWork,
    model: AttributionModel,
    as_of: datetime,
    limits: Limits,
    watch: float,
    costs: Mapping[RouteKind, float],
    progress: Progress = lambda share: None,
    *,
    persons_named: bool = True,
    tasks: OpenTasks = here,
) -> Plan:
    """The next orders in the light of events up to `as_of`, each watched for `watch` days.

    Without `persons_named` natural persons have their ids for names.
    """
    gathered = gather_evidence(work, model, as_of)
    if not gathered.channels:
        return Plan(remarks=[NOTHING_REGISTERED])
    fit = fit_campaign(gathered.evidence, model, progress, tasks)
    with threadpool_limits(limits=1, user_api="blas"):
        channels = with_ids_for_persons(gathered.channels, persons_named=persons_named)
        return propose(gathered.evidence, channels, fit, model, limits, watch, costs)


def leak_power(
    work: UnitOfWork,
    model: AttributionModel,
    as_of: datetime,
    rate: float,
    sure: float,
    watch: float,
    progress: Progress = lambda share: None,
    tasks: OpenTasks = here,
) -> Power:
    """How many orders implicate a channel of each configured kind with probability `sure`, if it leaks `rate`.

    The background is the registry's own, learned up to `as_of`; everything else is as configured.
    """
    evidence = gather_evidence(work, model, as_of).evidence
    background = fit_campaign(evidence, model, progress, tasks).background.mean_rate
    kinds = kinds_power(model, background, rate, sure, watch)
    return Power(kinds, background, power_assumptions(model, background, watch))


def plan_object(
    made: Plan, as_of: datetime, watch: float, limits: Limits, costs: Mapping[RouteKind, float]
) -> dict[str, object]:
    """A plan as the JSON object that other programs read, with what it was asked for."""
    spent = sum((proposal.cost for proposal in made.proposals), start=0.0)
    return {
        "as_of": as_of.isoformat(),
        "watch_days": watch,
        "budget": limits.budget,
        "most_per_shop": limits.most_per_shop,
        "batch_size": limits.batch,
        "costs": {kind.value: cost for kind, cost in costs.items()},
        "background_per_line_day": made.background,
        "proposals": [_proposal_object(proposal) for proposal in made.proposals],
        "total_cost": round(spent, 6),
        "total_gain_bits": made.proposals[-1].cumulative_gain if made.proposals else 0.0,
        "remarks": list(made.remarks),
    }


def _proposal_object(proposal: Proposal) -> dict[str, object]:
    return {
        "rank": proposal.rank,
        "batch": proposal.batch,
        "kind": proposal.kind.value,
        "channels": [
            {"channel_id": stop.channel_id, "kind": stop.kind, "name": stop.name} for stop in proposal.channels
        ],
        "cost": proposal.cost,
        "gain_bits": proposal.gain,
        "cumulative_gain_bits": proposal.cumulative_gain,
        "p_called": proposal.called,
        "question": proposal.question,
    }


def power_object(found: Power, as_of: datetime, rate: float, sure: float, watch: float) -> dict[str, object]:
    """How many orders a leak takes to show, as JSON, with what was asked."""
    return {
        "as_of": as_of.isoformat(),
        "leak_rate": rate,
        "sure": sure,
        "watch_days": watch,
        "background_per_line_day": found.background,
        "kinds": [
            {
                "kind": one.kind,
                "prior_leaky": one.prior_leaky,
                "p_noticed": one.noticed,
                "orders_alone": one.alone,
                "called_alone": one.called_alone,
                "orders_on_whole_routes": one.on_routes,
            }
            for one in found.kinds
        ],
        "assumptions": list(found.assumptions),
    }
