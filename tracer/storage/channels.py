"""Channels in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from tracer.domain.channel import Channel
from tracer.domain.errors import UnknownId
from tracer.storage.sealed_columns import sealed_by_row
from tracer.storage.session import Session, chunks
from tracer.storage.tables import ChannelRow

_LEGITIMATE = select(ChannelRow.channel_id, ChannelRow.legitimate_numbers).where(
    ChannelRow.legitimate_numbers.is_not(None)
)


class Channels:
    """All channels: few (thousands at most), so they are read whole."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cipher = sealed_by_row(session.cipher, ChannelRow)

    def add(self, channels: Sequence[Channel], import_id: int | None = None) -> None:
        """Insert channels whose ids are free and whose parents exist."""
        self._session.insert(
            ChannelRow,
            [
                self._cipher.seal(
                    {
                        "channel_id": channel.channel_id,
                        "kind": channel.kind,
                        "name": channel.name,
                        "parent_id": channel.parent_id,
                        "contact": channel.contact,
                        "legitimate_numbers": " ".join(channel.legitimate_numbers),
                        "natural_person": channel.natural_person,
                        "tags": " ".join(channel.tags),
                        "import_id": import_id,
                    }
                )
                for channel in channels
            ],
        )

    def all(self) -> list[Channel]:
        """Every channel, by id."""
        query = select(*ChannelRow.__table__.columns).order_by(ChannelRow.channel_id)
        return [self._channel(row) for row in self._session.stream(query)]

    def get(self, channel_id: str) -> Channel:
        """One channel; raises UnknownId."""
        found = self.find([channel_id])
        if channel_id not in found:
            raise UnknownId("channel", channel_id, "`tracer channel list` shows them; `tracer channel add` makes one")
        return found[channel_id]

    def find(self, channel_ids: Sequence[str]) -> dict[str, Channel]:
        """Those of the ids that exist."""
        found: dict[str, Channel] = {}
        for part in chunks(channel_ids):
            query = select(*ChannelRow.__table__.columns).where(ChannelRow.channel_id.in_(part))
            found |= {row["channel_id"]: self._channel(row) for row in self._session.stream(query)}
        return found

    def known_as_legitimate(self, caller_number: str) -> bool:
        """Whether a channel stated this number as one that it calls from."""
        opened = self._session.cipher.open_often
        return any(
            caller_number in opened("channels", "legitimate_numbers", row.channel_id, row.legitimate_numbers).split()
            for row in self._session.connection.execute(_LEGITIMATE)
        )

    def legitimate_numbers(self) -> frozenset[str]:
        """All the numbers that channels stated as ones that they call from."""
        opened = self._session.cipher.open_often
        return frozenset(
            number
            for row in self._session.connection.execute(_LEGITIMATE)
            for number in opened("channels", "legitimate_numbers", row.channel_id, row.legitimate_numbers).split()
        )

    def _channel(self, row: Mapping[str, Any]) -> Channel:
        values = self._cipher.open(row)
        return Channel(
            channel_id=values["channel_id"],
            kind=values["kind"],
            name=values["name"],
            parent_id=values["parent_id"],
            contact=values["contact"],
            legitimate_numbers=tuple(values["legitimate_numbers"].split()),
            natural_person=values["natural_person"],
            tags=tuple(values["tags"].split()),
        )
