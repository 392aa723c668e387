"""Plan the next orders: which would tell most about who leaks, and how many it takes for a leak to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from threadpoolctl import threadpool_limits

from tracer.domain.attribution.model import AttributionModel
from tracer.domain.attribution.planning import Limits
from tracer.domain.attribution.power import KindPower, kinds_power, power_assumptions
from tracer.domain.attribution.proposals import Plan, propose
from tracer.domain.attribution.routes import RouteKind
from tracer.services.fit_campaign import Progress, fit_campaign
from tracer.services.gather_evidence import gather_evidence
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
) -> Plan:
    """The next orders in the light of events up to `as_of`, each watched for `watch` days."""
    gathered = gather_evidence(work, model, as_of)
    if not gathered.channels:
        return Plan(remarks=[NOTHING_REGISTERED])
    fit = fit_campaign(gathered.evidence, model, progress)
    with threadpool_limits(limits=1, user_api="blas"):
        return propose(gathered.evidence, gathered.channels, fit, model, limits, watch, costs)


def leak_power(
    work: UnitOfWork,
    model: AttributionModel,
    as_of: datetime,
    rate: float,
    sure: float,
    watch: float,
    progress: Progress = lambda share: None,
) -> Power:
    """How many orders implicate a channel of each configured kind with probability `sure`, if it leaks `rate`.

    The background is the registry's own, learned up to `as_of`; everything else is as configured.
    """
    evidence = gather_evidence(work, model, as_of).evidence
    background = fit_campaign(evidence, model, progress).background.mean_rate
    kinds = kinds_power(model, background, rate, sure, watch)
    return Power(kinds, background, power_assumptions(model, background, watch))
