"""/report, /plan, /power, /codebook: what the data say, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import makes, reads
from tracer.api.asked import Asked, asking
from tracer.api.heavy import plan_task, power_task, report_task
from tracer.api.routes.orders import Moment
from tracer.api.schemas import CapacityOut, PlanIn, PlanOut, PowerIn, PowerOut, ReportOut
from tracer.api.times import time_or_none
from tracer.domain.access import Scope
from tracer.domain.codebook.repertoire import LOCALES, require_locale
from tracer.domain.errors import InvalidValue
from tracer.services.answer_once import Answer
from tracer.services.codebook_capacity import codebook_capacity

router = APIRouter(prefix=V1, tags=["reports"])
Reader = Annotated[Asked, asking(Scope.READ_REPORTS)]


@router.get("/report", responses=reads(ReportOut), summary="The leak attribution report")
def report(asked: Reader, as_of: Moment = "", tag: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Which channels, how sure, why, and what is not resolved.

    It may take from seconds to minutes: a job of kind `report` does not keep you waiting.
    """
    time_or_none(as_of, "as_of")
    made = asked.service.heavy.run(report_task, as_of, tag)
    return asked.answer(made if asked.sees_all() else without_persons(asked, made))


def without_persons(asked: Asked, made: Mapping[str, Any]) -> dict[str, Any]:
    """A report or a plan with the id in place of the name of each channel that is a natural person."""
    with asked.app.reading() as work:
        persons = {channel.channel_id for channel in work.channels.all() if channel.natural_person}
    return {key: _unnamed(value, persons) for key, value in made.items()}


def _unnamed(value: Any, persons: Set[str]) -> Any:
    if isinstance(value, list | tuple):
        return [_unnamed(one, persons) for one in value]
    if not isinstance(value, Mapping):
        return value
    told = {key: _unnamed(one, persons) for key, one in value.items()}
    return {**told, "name": told["channel_id"]} if "name" in told and told.get("channel_id") in persons else told


@router.post("/plan", responses=makes(PlanOut, status=200), summary="The next orders to place")
def plan(body: PlanIn, asked: Reader) -> Response:
    """The orders that tell most about who leaks, for a number of orders or a budget."""
    if (body.orders is None) == (body.budget is None):
        raise InvalidValue("orders", body.orders, "exactly one of orders and budget")
    time_or_none(body.as_of, "as_of")
    made = asked.service.heavy.run(plan_task, body.model_dump())
    told = made if asked.sees_all() else without_persons(asked, made)
    return asked.once(lambda work: Answer(200, told))


@router.post("/power", responses=makes(PowerOut, status=200), summary="How many orders a leak takes to show")
def power(body: PowerIn, asked: Reader) -> Response:
    """How many orders of each kind of route show a channel that leaks this share of them."""
    time_or_none(body.as_of, "as_of")
    made = asked.service.heavy.run(power_task, body.model_dump())
    return asked.once(lambda work: Answer(200, made))


@router.get("/codebook/capacity", responses=reads(CapacityOut), summary="How many names there are left")
def capacity(
    asked: Annotated[Asked, asking(Scope.MANAGE_REGISTRY)],
    locale: Annotated[list[str], Query(max_length=10)] = [],  # noqa: B006  # read only
) -> Response:
    """How many names there are, number by number and over the registry; the numbers themselves for those who may see
    identities."""
    locales = [require_locale(one) for one in dict.fromkeys(locale)] or LOCALES
    with asked.app.reading() as work:
        numbers, registry = codebook_capacity(work, locales)
    told = [asdict(one) for one in numbers]
    if asked.sees_all():
        asked.reveal_page("numbers", sorted({one.number for one in numbers}))
    else:
        told = [{**one, "number": None} for one in told]
    return asked.answer({"numbers": told, "registry": [asdict(one) for one in registry]})
