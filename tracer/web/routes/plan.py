"""The plan: which orders to place next, what each asks, its canary at one click; and how many orders it takes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tracer.documents.words import percent
from tracer.domain.access import Scope
from tracer.domain.errors import InvalidValue
from tracer.http.heavy import plan_task, power_task
from tracer.services.access.answer_once import Answer, Asking, Work, answer_once
from tracer.services.canaries.issue_canary import CanaryRequest, issue_canaries
from tracer.web.page import go, page
from tracer.web.shelf import shelf_of, words_for
from tracer.web.visitor import Sent, Visitor, sending, visiting

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=40)]
MOST = 500
FIRST_HANDS = frozenset(("platform", "merchant", "rebate_site"))
"""Kinds that whoever orders hands the identity to; what comes after them is recorded with the order."""


@router.get("/plan")
def plan(
    request: Request,
    visitor: Annotated[Visitor, visiting(Scope.READ_REPORTS)],
    orders: Text = "",
    budget: Text = "",
    most_per_shop: Text = "3",
    rate: Text = "",
    sure: Text = "0.9",
    watch: Text = "30",
) -> Response:
    """The form; with a number of orders or a budget the plan, with a rate how many orders it takes."""
    fields = {
        "orders": orders, "budget": budget, "most_per_shop": most_per_shop, "rate": rate, "sure": sure, "watch": watch,
    }  # fmt: skip
    values: dict[str, Any] = {"fields": fields, "problem": "", "made": None, "power": None, "waiting": False}
    values["percent"] = percent
    values["key"] = secrets.token_urlsafe(16)
    values["kinds"] = _kinds(request)
    values["words"] = words_for(request)
    values["handed_to"] = handed_to
    try:
        if orders or budget:
            values["made"] = _plan(request, visitor, fields)
            values["waiting"] = values["made"] is None
        elif rate:
            values["power"] = _power(request, visitor, fields)
            values["waiting"] = values["power"] is None
    except InvalidValue as error:
        values["problem"] = error.field
        return page(request, "plan.html", 422, **values)
    return page(request, "plan.html", **values)


def _plan(request: Request, visitor: Visitor, fields: Mapping[str, str]) -> Mapping[str, Any] | None:
    if bool(fields["orders"]) == bool(fields["budget"]):
        raise InvalidValue("orders", fields["orders"], "either a number of orders or a budget")
    asked: dict[str, Any] = {
        "orders": _whole("orders", fields["orders"]) if fields["orders"] else None,
        "budget": _figure("budget", fields["budget"], 0, 1e9) if fields["budget"] else None,
        "most_per_shop": _whole("most_per_shop", fields["most_per_shop"]),
        "batch": 10,
        "watch_days": _figure("watch", fields["watch"], 0, 365),
        "costs": {},
        "as_of": "",
    }
    return _begun(request, visitor, "plan", asked, lambda: visitor.service.heavy.run(plan_task, asked, False))


def _power(request: Request, visitor: Visitor, fields: Mapping[str, str]) -> Mapping[str, Any] | None:
    asked: dict[str, Any] = {
        "leak_rate": _figure("rate", fields["rate"], 0, 0.999999),
        "sure": _figure("sure", fields["sure"], 0, 0.999999),
        "watch_days": _figure("watch", fields["watch"], 0, 365),
        "as_of": "",
    }
    return _begun(request, visitor, "power", asked, lambda: visitor.service.heavy.run(power_task, asked))


def _begun(
    request: Request, visitor: Visitor, what: str, asked: Mapping[str, Any], make: Callable[[], Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """The answer, or None while it is worked out; one for the registry as it stands costs nothing a second time."""
    with visitor.app.reading() as work:
        position = work.listings.last_position()
    key = (what, tuple((name, str(value)) for name, value in asked.items()))
    return shelf_of(request).begun.get(key, position, make)


@router.post("/plan/issue")
def issue(
    request: Request, sent: Annotated[tuple[Visitor, Sent], sending(Scope.ISSUE, Scope.MANAGE_REGISTRY)]
) -> Response:
    """Issue the canary of a proposal: once, however often the button is pressed."""
    visitor, form = sent
    channels = tuple(dict.fromkeys(form.texts("channel")))
    key = form.text("key")
    if not 16 <= len(key) <= 100:
        raise InvalidValue("key", key, "the key that the page sent. Reload the page")
    app = visitor.app
    wanted = CanaryRequest(
        issued_for=channels, control=form.text("control") == "yes", locale=app.settings.locale, tags=("plan",)
    )

    def do(work: Work) -> Answer:
        (made,) = issue_canaries(work, wanted, app.settings.quarantine_days, app.fresh_rng())
        return Answer(201, {"canary_id": made.canary_id})

    principal = visitor.principal.principal_id
    body = "\n".join([*channels, str(wanted.control)]).encode()
    with visitor.service.alone_with(principal, key), app.writing(principal) as work:
        answer, _ = answer_once(work, Asking(principal, key, "POST /plan/issue", body), do, for_ever=True)
        work.commit()
    return go(f"/canaries/{answer.value['canary_id']}?done=canary-issued")


def handed_to(stops: Sequence[Mapping[str, Any]]) -> list[str]:
    """The registered channels of a proposal that get the identity from whoever orders."""
    first = [stop["channel_id"] for stop in stops if stop["channel_id"] and stop["kind"] in FIRST_HANDS]
    return first or [stop["channel_id"] for stop in stops if stop["channel_id"]]


def _kinds(request: Request) -> Mapping[str, str]:
    said = words_for(request).said
    return {
        "order": said("Whole order"),
        "cancelled": said("Order cancelled before dispatch"),
        "direct": said("Parcel sent straight through the courier"),
        "pickup": said("Order picked up by yourself"),
        "control": said("Control: a canary given to nobody"),
    }


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST):
        raise InvalidValue(name, text, f"a whole number from 1 to {MOST}")
    return int(text)


def _figure(name: str, text: str, above: float, most: float) -> float:
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not above < found <= most:
        raise InvalidValue(name, text, f"a number above {above:g}, up to {most:g}")
    return found
