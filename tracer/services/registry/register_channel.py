"""Register a channel."""

from __future__ import annotations

from collections.abc import Mapping

from tracer.domain.channel import Channel, ChannelModel
from tracer.domain.errors import AlreadyExists
from tracer.domain.records import channel_record, read_channel
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork


def register_channel(work: UnitOfWork, model: ChannelModel, record: Mapping[str, str]) -> Channel:
    """Register the channel of a record (channels.csv columns); without channel_id it gets `KIND-NUMBER`.

    Raises InvalidRecord, InvalidValue (unknown kind), UnknownId (parent), AlreadyExists.
    """
    record = dict(record)
    if not record.get("channel_id"):
        record["channel_id"] = _free_id(work, record.get("kind", ""))
    channel = read_channel(record)
    model.kind(channel.kind)
    if work.channels.find([channel.channel_id]):
        raise AlreadyExists("channel", channel.channel_id, "choose another --id, or leave it out")
    if channel.parent_id:
        work.channels.get(channel.parent_id)
    work.channels.add([channel])
    work.journal.record([Fact("channel_registered", channel.channel_id, channel_record(channel))])
    return channel


def _free_id(work: UnitOfWork, kind: str) -> str:
    taken = {channel.channel_id for channel in work.channels.all()}
    number = 1
    while f"{kind}-{number}" in taken:
        number += 1
    return f"{kind}-{number}"
