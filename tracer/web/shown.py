"""What a visitor may see of channels, whose names are a person's where the channel is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tracer.domain.channel import Channel
from tracer.domain.personal import redacted
from tracer.domain.records import channel_record
from tracer.services.access.answer_once import Work
from tracer.web.visitor import Visitor


def shown(noun: str, record: Mapping[str, Any], *, raw: bool) -> dict[str, Any]:
    """A record as it may be seen: what may not is None."""
    return dict(record) if raw else redacted(noun, record)


def name_of(visitor: Visitor, channel: Channel) -> str:
    """What a channel is called in a list: its id where it is a person and lists are not shown as they are."""
    return shown("channel", channel_record(channel), raw=visitor.sees_all())["name"] or channel.channel_id


def channel_names(visitor: Visitor, work: Work, channel_ids: Iterable[str] | None = None) -> dict[str, str]:
    """Of these channels, or all, what each is called; by id."""
    if channel_ids is None:
        return {channel.channel_id: name_of(visitor, channel) for channel in work.channels.all()}
    found = work.channels.find(sorted(set(channel_ids)))
    return {channel_id: name_of(visitor, channel) for channel_id, channel in found.items()}
