"""Channels as records: channels.csv."""

from __future__ import annotations

from collections.abc import Mapping

from tracer.domain.channel import Channel
from tracer.domain.codebook.phone_number import normalise_caller
from tracer.domain.columns import Columns, parse_list
from tracer.domain.report import BACKGROUND, OTHER

CHANNEL_REQUIRED = ("channel_id", "kind", "name")
CHANNEL_COLUMNS = (*CHANNEL_REQUIRED, "parent_id", "contact", "legitimate_numbers", "natural_person", "tags")


def read_channel(record: Mapping[str, str]) -> Channel:
    """A channel; "background" and "other" are reserved ids."""
    columns = Columns(record)
    channel_id = columns.id("channel_id")
    if channel_id in {BACKGROUND, OTHER}:
        columns.refuse("channel_id", "another id; background and other are reserved")
    parent_id = columns.optional_id("parent_id")
    if parent_id and parent_id == channel_id:
        columns.refuse("parent_id", "another channel than itself")
    channel = Channel(
        channel_id=channel_id,
        kind=columns.text("kind", required=True, limit=64),
        name=columns.text("name", required=True),
        parent_id=parent_id,
        contact=columns.text("contact"),
        legitimate_numbers=columns.read("legitimate_numbers", _callers, ()),
        natural_person=columns.flag("natural_person", default=False),
        tags=parse_list(columns.text("tags")),
    )
    columns.finish()
    return channel


def channel_record(channel: Channel) -> dict[str, str]:
    """All columns of channels.csv."""
    return {
        "channel_id": channel.channel_id,
        "kind": channel.kind,
        "name": channel.name,
        "parent_id": channel.parent_id or "",
        "contact": channel.contact,
        "legitimate_numbers": " ".join(channel.legitimate_numbers),
        "natural_person": "yes" if channel.natural_person else "no",
        "tags": " ".join(channel.tags),
    }


def _callers(text: str) -> tuple[str, ...]:
    return tuple(normalise_caller(item) for item in parse_list(text))
