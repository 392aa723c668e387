"""Channels: the list, one of them with what it saw, and a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.channel import Channel
from tracer.domain.records import CHANNEL_COLUMNS, channel_record
from tracer.services.access.answer_once import Work
from tracer.services.canaries.tell_story import orders_shown
from tracer.services.registry.browse import browse_canaries
from tracer.services.registry.register_channel import register_channel
from tracer.services.registry.reveal_identities import reveal_one
from tracer.web.forms import carry_out, new_mark, problems_of
from tracer.web.lists import PAGE, csv_file, file_url, filters_of, next_url
from tracer.web.page import go, page
from tracer.web.routes.issue import REFUSED
from tracer.web.shown import channel_names, shown
from tracer.web.visitor import Sent, Visitor, sending, visiting
from tracer.web.words import kind_options

router = APIRouter(include_in_schema=False)
Reading = Annotated[Visitor, visiting(Scope.READ_REGISTRY)]
FILTERS = ("prefix", "kind", "tag", "named")
SOME = 20


@router.get("/channels")
def listing(request: Request, visitor: Reading) -> Response:
    """Channels by id."""
    wanted, after = filters_of(request, *FILTERS), request.query_params.get("after", "")
    with visitor.app.reading() as work:
        rows = [row for row in _rows(visitor, work, wanted) if row["channel_id"] > after]
    last = [rows[PAGE - 1]["channel_id"]] if len(rows) > PAGE else None
    return page(
        request,
        "channels.html",
        rows=rows[:PAGE],
        values=wanted,
        filtered=any(wanted.values()),
        kinds=kind_options(request, visitor.app.model.channels.kinds),
        next_url=next_url(request, last),
        file_url=file_url(request),
    )


@router.get("/channels.csv")
def file(request: Request, visitor: Reading) -> Response:
    """The whole list, as it is filtered, for a spreadsheet."""
    with visitor.app.reading() as work:
        rows = _rows(visitor, work, filters_of(request, *FILTERS))
    if visitor.sees_all():
        visitor.reveal_page("channels", [row["channel_id"] for row in rows])
    return csv_file("channels", CHANNEL_COLUMNS, rows)


@router.get("/channels/new")
def form(request: Request, visitor: Annotated[Visitor, visiting(Scope.MANAGE_REGISTRY)]) -> Response:
    """The form."""
    return _form(request, visitor, {"kind": "merchant"}, {})


@router.post("/channels/new")
def register(request: Request, sent: Annotated[tuple[Visitor, Sent], sending(Scope.MANAGE_REGISTRY)]) -> Response:
    """Register a channel."""
    visitor, given = sent
    record = given.record(*CHANNEL_COLUMNS)
    record["natural_person"] = "yes" if record["natural_person"] == "yes" else "no"
    try:
        made = carry_out(
            visitor, given, lambda work: {"id": register_channel(work, visitor.app.model.channels, record).channel_id}
        )
    except REFUSED as error:
        return _form(request, visitor, given.values(), problems_of(request, error))
    return go(f"/channels/{made['id']}?done=channel-added")


@router.get("/channels/{channel_id}")
def detail(request: Request, channel_id: str, visitor: Reading) -> Response:
    """One channel: what it is shown, which canaries it was handed, which orders it saw, what is assumed of it."""
    with visitor.app.reading() as work:
        channel = work.channels.get(channel_id)
        profile = visitor.app.model.channels.profile(channel)
        canaries = browse_canaries(work, "", SOME, issued_for=channel_id)
        orders, more_orders = orders_shown(work, channel_id, SOME)
        names = channel_names(visitor, work, [channel.parent_id] if channel.parent_id else [])
    raw = visitor.sees_one()
    if raw and _is_personal(channel):
        with visitor.app.writing(visitor.principal.principal_id) as work:
            reveal_one(work, "channel", channel_id)
            work.commit()
    return page(
        request,
        "channel.html",
        row=shown("channel", channel_record(channel), raw=raw),
        seen=profile.fields.text,
        prior=profile.prior_leaky,
        canaries=canaries.records,
        more_canaries=canaries.after is not None,
        orders=orders,
        more_orders=more_orders,
        names=names,
    )


def _is_personal(channel: Channel) -> bool:
    return channel.natural_person or bool(channel.contact or channel.legitimate_numbers)


def _rows(visitor: Visitor, work: Work, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """All that fit, by id: there are thousands at most. `named` looks into the names that may be seen."""
    named = wanted["named"].casefold()
    rows = []
    for channel in work.channels.all():
        if (wanted["kind"] and channel.kind != wanted["kind"]) or (wanted["tag"] and wanted["tag"] not in channel.tags):
            continue
        row = shown("channel", channel_record(channel), raw=visitor.sees_all())
        if channel.channel_id.startswith(wanted["prefix"]) and named in (row["name"] or "").casefold():
            rows.append(row)
    return sorted(rows, key=lambda row: str(row["channel_id"]))


def _form(request: Request, visitor: Visitor, values: Mapping[str, str], problems: Mapping[str, str]) -> Response:
    return page(
        request,
        "new_channel.html",
        422 if problems else 200,
        values=values,
        problems=problems,
        once=new_mark(),
        kinds=kind_options(request, visitor.app.model.channels.kinds),
    )
