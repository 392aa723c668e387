"""What channels are called in what others read: a natural person has an id there, and no name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tracer.domain.channel import Channel
from tracer.storage.unit_of_work import UnitOfWork


def channel_names(channels: Iterable[Channel], *, persons_named: bool) -> dict[str, str]:
    """Channel id to name; to the id itself for natural persons, unless they are to be named."""
    return {one.channel_id: one.name for one in with_ids_for_persons(channels, persons_named=persons_named)}


def with_ids_for_persons(channels: Iterable[Channel], *, persons_named: bool) -> Sequence[Channel]:
    """The channels, with the id in place of the name of each natural person unless they are to be named."""
    return [one if persons_named or not one.natural_person else replace(one, name=one.channel_id) for one in channels]


def persons(work: UnitOfWork) -> Mapping[str, str]:
    """Id to name of the channels that are natural persons."""
    return {one.channel_id: one.name for one in work.channels.all() if one.natural_person}
