"""/channels: the parties that handle order data."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from tracer.api.addresses import V1, address_of
from tracer.api.answers import makes, reads
from tracer.api.asked import Asked, asking
from tracer.api.paging import page, read_cursor
from tracer.api.parameters import CursorParameter, LimitParameter, Tag
from tracer.api.schemas.registry import ChannelDetail, ChannelIn, ChannelOut
from tracer.api.schemas.strict import page_of
from tracer.domain.access import Scope
from tracer.domain.channel import Channel
from tracer.domain.personal import redacted
from tracer.domain.records import channel_record
from tracer.services.access.answer_once import Answer, Work
from tracer.services.registry.register_channel import register_channel

router = APIRouter(prefix=f"{V1}/channels", tags=["channels"])
Reader = Annotated[Asked, asking(Scope.READ_REGISTRY)]
Keeper = Annotated[Asked, asking(Scope.MANAGE_REGISTRY)]


@router.get("", responses=reads(page_of(ChannelOut)), summary="List channels")
def list_channels(
    asked: Reader,
    kind: Annotated[str, Query(max_length=64, description="Only of this kind, such as courier.")] = "",
    tag: Tag = "",
    limit: LimitParameter = 50,
    cursor: CursorParameter = "",
) -> Response:
    """Channels by id. Whom to write to and which numbers are theirs is shown to those who may see identities."""
    place = read_cursor(asked.request, cursor, str) if cursor else read_cursor(asked.request, cursor)
    with asked.app.reading() as work:
        fitting = [
            channel
            for channel in work.channels.all()
            if (not kind or channel.kind == kind) and (not tag or tag in channel.tags)
        ]
    ids = [channel.channel_id for channel in fitting]
    begin = next((n for n, one in enumerate(ids) if one > str(place.after[0])), len(ids)) if place.after else 0
    shown = fitting[begin : begin + limit]
    more = begin + limit < len(fitting)
    raw = asked.sees_all()
    if raw:
        asked.reveal_page("channels", [channel.channel_id for channel in shown if _tells(channel)])
    records = asked.shown("channel", map(channel_record, shown), raw=raw)
    return asked.answer(page(records, place.next([shown[-1].channel_id]) if more else None))


@router.post("", status_code=201, responses=makes(ChannelOut), summary="Register a channel")
def register(body: ChannelIn, asked: Keeper) -> Response:
    """Register a channel; without channel_id it gets KIND-NUMBER."""
    record: dict[str, Any] = body.model_dump()

    def do(work: Work) -> Answer:
        made = channel_record(register_channel(work, asked.app.model.channels, record))
        value = made if asked.sees_all() else redacted("channel", made)
        return Answer(201, value, address_of("channels", made["channel_id"]))

    return asked.once(do)


@router.get("/{channel_id}", responses=reads(ChannelDetail, 404), summary="Show a channel")
def show(channel_id: str, asked: Reader) -> Response:
    """One channel and what is assumed of it. Who is shown a person or whom to write to, the journal notes."""
    with asked.app.reading() as work:
        channel = work.channels.get(channel_id)
    profile = asked.app.model.channels.profile(channel)
    raw = asked.sees_one()
    if raw and _tells(channel):
        asked.reveal_page("channels", [channel_id])
    (record,) = asked.shown("channel", [channel_record(channel)], raw=raw)
    return asked.answer({**record, "shown_by_default": profile.fields.text, "prior_leaky": profile.prior_leaky})


def _tells(channel: Channel) -> bool:
    """Whether something of it is hidden from those who may not see identities."""
    return channel.natural_person or bool(channel.contact or channel.legitimate_numbers)
