"""Channels, numbers and canaries of a bundle."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from tracer.domain.canary import Canary, CanaryState
from tracer.domain.channel import Channel
from tracer.domain.errors import InvalidValue
from tracer.domain.line import OwnedNumber
from tracer.domain.records import (
    canary_record,
    channel_record,
    number_record,
    read_canary,
    read_channel,
    read_number,
)
from tracer.services.bundles.import_table import ImportContext, NounTable, Placed
from tracer.storage.journal import Fact

_LIFE = tuple(CanaryState)


class ChannelTable(NounTable[Channel]):
    """channels.csv; a parent stands in the file or in the registry."""

    whole = True
    file, noun, key_column = "channels.csv", "channel", "channel_id"

    def __init__(self, context: ImportContext) -> None:
        super().__init__(context)
        self._brought: set[str] = set()

    def read(self, record: Mapping[str, str]) -> Channel:
        return read_channel(record)

    def key(self, item: Channel) -> Hashable:
        return item.channel_id

    def record(self, item: Channel) -> Mapping[str, str]:
        return channel_record(item)

    def known(self, items: Sequence[Channel]) -> Mapping[Any, tuple[Channel, int | None]]:
        found = self.context.work.channels.find([item.channel_id for item in items])
        mine = self.context.import_id
        return {key: (channel, mine if key in self._brought else None) for key, channel in found.items()}

    def check(self, placed: Sequence[Placed[Channel]]) -> list[Placed[Channel]]:
        waiting = [entry for entry in placed if self._kind_is_known(entry)]
        good: list[Placed[Channel]] = []
        while ready := [entry for entry in waiting if self._parent_is_there(entry.item)]:
            good += ready
            self.context.channel_ids |= {entry.item.channel_id for entry in ready}
            waiting = [entry for entry in waiting if entry.item.channel_id not in self.context.channel_ids]
        self._name_the_rootless(waiting)
        return good

    def _name_the_rootless(self, waiting: Sequence[Placed[Channel]]) -> None:
        """Problems of channels whose parents lead nowhere or in a circle; those that hang off a bad one are spared."""
        parents = {entry.item.channel_id: entry.item.parent_id or "" for entry in waiting}
        for entry in waiting:
            parent = entry.item.parent_id or ""
            if parent not in parents:
                if not self.context.excuses("channel", parent):
                    self.bad(entry.row, "parent_id", f"there is no channel {parent!r}")
            elif _goes_in_a_circle(entry.item.channel_id, parents):
                self.bad(entry.row, "parent_id", f"{parent!r} leads back to this channel: the parents go in a circle")

    def _kind_is_known(self, entry: Placed[Channel]) -> bool:
        try:
            self.context.model.kind(entry.item.kind)
        except InvalidValue as error:
            self.bad(entry.row, "kind", error.describe().removeprefix("kind: "))
            self.context.refuse(self.noun, entry.item.channel_id)
            return False
        return True

    def _parent_is_there(self, channel: Channel) -> bool:
        return channel.parent_id is None or channel.parent_id in self.context.channel_ids

    def insert(self, items: Sequence[Channel]) -> None:
        work = self.context.work
        work.channels.add(items, self.context.import_id)
        work.journal.record(Fact("channel_registered", item.channel_id, channel_record(item)) for item in items)
        self._brought |= {item.channel_id for item in items}


class NumberTable(NounTable[OwnedNumber]):
    """numbers.csv."""

    file, noun, key_column = "numbers.csv", "number", "number"

    def __init__(self, context: ImportContext) -> None:
        super().__init__(context)
        self._brought: set[str] = set()

    def read(self, record: Mapping[str, str]) -> OwnedNumber:
        return read_number(record)

    def key(self, item: OwnedNumber) -> Hashable:
        return item.number

    def record(self, item: OwnedNumber) -> Mapping[str, str]:
        return number_record(item)

    def known(self, items: Sequence[OwnedNumber]) -> Mapping[Any, tuple[OwnedNumber, int | None]]:
        found = self.context.work.numbers.find([item.number for item in items])
        mine = self.context.import_id
        return {key: (stored.owned, mine if key in self._brought else None) for key, stored in found.items()}

    def insert(self, items: Sequence[OwnedNumber]) -> None:
        self.context.note_numbers(self.context.work.numbers.add(items, self.context.import_id))
        self._brought |= {item.number for item in items}


class CanaryTable(NounTable[Canary]):
    """canaries.csv; base numbers that the pool lacks join it."""

    file, noun, key_column = "canaries.csv", "canary", "canary_id"

    def read(self, record: Mapping[str, str]) -> Canary:
        return read_canary(record)

    def key(self, item: Canary) -> Hashable:
        return item.canary_id

    def record(self, item: Canary) -> Mapping[str, str]:
        return canary_record(item)

    def known(self, items: Sequence[Canary]) -> Mapping[Any, tuple[Canary, int | None]]:
        canaries = self.context.work.canaries
        brought = canaries.import_ids([item.canary_id for item in items])
        if not brought:
            return {}
        return {key: (canary, brought[key]) for key, canary in canaries.find(list(brought)).items()}

    def check(self, placed: Sequence[Placed[Canary]]) -> list[Placed[Canary]]:
        good = []
        for entry in placed:
            missing = [channel_id for channel_id in entry.item.issued_for if channel_id not in self.context.channel_ids]
            unknown = [channel_id for channel_id in missing if not self.context.excuses("channel", channel_id)]
            if unknown:
                self.bad(entry.row, "issued_for", f"there is no channel {unknown[0]!r}")
            elif not missing:
                good.append(entry)
        return good

    def insert(self, items: Sequence[Canary]) -> None:
        work = self.context.work
        self.context.join_pool([item.phone for item in items])
        work.canaries.add(items, self.context.number_ids, work.now, import_id=self.context.import_id)
        work.journal.record(Fact("canary_imported", item.canary_id, canary_record(item)) for item in items)

    def agrees(
        self, column: str, mine: Mapping[str, str], theirs: Mapping[str, str], stated: Mapping[str, str]
    ) -> bool:
        """A canary's life moves on: the state in the file may be an earlier one, or left open."""
        if column != "state":
            return super().agrees(column, mine, theirs, stated)
        return not stated["state"] or _LIFE.index(CanaryState(mine["state"])) <= _LIFE.index(
            CanaryState(theirs["state"])
        )


def _goes_in_a_circle(channel_id: str, parents: Mapping[str, str]) -> bool:
    seen: set[str] = set()
    place = parents[channel_id]
    while place in parents and place not in seen:
        if place == channel_id:
            return True
        seen.add(place)
        place = parents[place]
    return False
