"""Pages of ids, by filter, each after the last one seen: however far, a page costs the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select, tuple_

from tracer.domain.call import CallState
from tracer.storage.filters import CallFilter, CanaryFilter, FactFilter, OrderFilter
from tracer.storage.instant import packed
from tracer.storage.session import Session
from tracer.storage.tables import (
    Base,
    CallRow,
    CanaryRow,
    ChannelRow,
    JournalRow,
    NumberRow,
    OrderRow,
)

_RECENT_CALLS = 50
_RECENT_FACTS = 1_000
Place = tuple[int, str]
"""Where a page by time ended: the time as stored, and the id."""


@dataclass(frozen=True, slots=True)
class FactHead:
    """A fact of the journal without what was recorded, which may be personal."""

    position: int
    recorded_at: datetime
    actor: str
    event: str
    subject_id: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class TagCount:
    """How much bears a tag: canaries, their orders, and calls that bear it themselves or by their canary."""

    tag: str
    canaries: int
    orders: int
    calls: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is; canaries by state, calls that count."""

    channels: int
    numbers: int
    canaries: Mapping[str, int]
    orders: int
    calls: int


class Listings:
    """Ids in pages (`limit` None: all); whoever wants the things themselves asks their repository for these ids."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def calls(
        self, wanted: CallFilter, after: Place | None, limit: int | None, *, newest_first: bool = False
    ) -> list[Place]:
        """(time as stored, call id) by time received."""
        conditions = wanted.conditions()
        return self._by_time(CallRow.received_at, CallRow.call_id, conditions, after, limit, newest_first=newest_first)

    def canaries(self, wanted: CanaryFilter, after: str, limit: int | None) -> list[str]:
        """Canary ids, by id."""
        return self._ids(CanaryRow.canary_id, wanted.conditions(), after, limit)

    def newest_canaries(self, wanted: CanaryFilter, after: Place | None, limit: int | None) -> list[Place]:
        """(time as stored, canary id), the newest first."""
        conditions = wanted.conditions()
        return self._by_time(CanaryRow.issued_at, CanaryRow.canary_id, conditions, after, limit, newest_first=True)

    def orders(self, wanted: OrderFilter, after: str, limit: int | None) -> list[str]:
        """Order ids, by id."""
        return self._ids(OrderRow.order_id, wanted.conditions(), after, limit)

    def newest_orders(self, wanted: OrderFilter, after: Place | None, limit: int | None) -> list[Place]:
        """(time as stored, order id), the newest first."""
        conditions = wanted.conditions()
        return self._by_time(OrderRow.placed_at, OrderRow.order_id, conditions, after, limit, newest_first=True)

    def facts(self, wanted: FactFilter, after: int, limit: int | None, *, newest_first: bool = False) -> list[FactHead]:
        """Heads of facts, the oldest first, or the newest first; `after` 0 begins."""
        going_on = JournalRow.position < after if newest_first and after else JournalRow.position > after
        columns = (JournalRow.position, JournalRow.recorded_at, JournalRow.actor, JournalRow.event)
        query = (
            select(*columns, JournalRow.subject_id, JournalRow.entry_id)
            .where(going_on, *wanted.conditions())
            .order_by(JournalRow.position.desc() if newest_first else JournalRow.position)
            .limit(limit)
        )
        return [FactHead(*row) for row in self._session.connection.execute(query)]

    def counts(self) -> Counts:
        """How much there is of everything."""

        def count(table: type[Base], *conditions: ColumnElement[bool]) -> int:
            query = select(func.count()).select_from(table).where(*conditions)
            return self._session.connection.execute(query).scalar_one()

        by_state = select(CanaryRow.state, func.count()).group_by(CanaryRow.state)
        return Counts(
            channels=count(ChannelRow),
            numbers=count(NumberRow),
            canaries=dict(self._session.connection.execute(by_state).all()),
            orders=count(OrderRow),
            calls=count(CallRow, CallRow.state == CallState.LOGGED.value),
        )

    def tags(self) -> list[TagCount]:
        """Every tag of canaries and of calls that count, by name. Tags lie together in one text: few differ."""
        counts: dict[str, list[int]] = {}

        def add(place: int, query: Any) -> None:
            for *texts, count in self._session.connection.execute(query):
                for tag in {tag for text in texts for tag in (text or "").split()}:
                    counts.setdefault(tag, [0, 0, 0])[place] += count

        bears, of_canary = CanaryRow.tags, OrderRow.canary_id == CanaryRow.canary_id
        add(0, select(bears, func.count()).where(bears != "").group_by(bears))
        add(1, select(bears, func.count()).join(OrderRow, of_canary).where(bears != "").group_by(bears))
        calls = select(CallRow.tags, bears, func.count()).where(CallRow.state == CallState.LOGGED.value)
        calls = calls.outerjoin(CanaryRow, CallRow.canary_id == CanaryRow.canary_id)
        tagged = or_(CallRow.tags != "", bears != "")  # most bear none: only the others are sorted
        add(2, calls.where(tagged).group_by(CallRow.tags, bears))
        return [TagCount(tag, *found) for tag, found in sorted(counts.items())]

    def recent_numbers(self) -> list[str]:
        """Row ids of numbers, the one first that rang last or whose canary was issued last; each once, and few.

        Only the newest calls and facts are looked at, so that it costs the same however many there are.
        """
        connection = self._session.connection
        newest = select(CallRow.number_id, CallRow.received_at).order_by(CallRow.received_at.desc())
        found = [(when, number) for number, when in connection.execute(newest.limit(_RECENT_CALLS)) if number]
        last = select(func.max(JournalRow.position)).scalar_subquery()
        issued = select(JournalRow.recorded_at, CanaryRow.number_id)
        issued = issued.join(CanaryRow, CanaryRow.canary_id == JournalRow.subject_id)
        issued = issued.where(JournalRow.position > last - _RECENT_FACTS, JournalRow.event == "canary_issued")
        found += [(when, number) for when, number in connection.execute(issued)]
        return list(dict.fromkeys(number for _, number in sorted(found, reverse=True)))

    def last_position(self) -> int:
        """The position of the newest fact, 0 where there is none: it tells one state of the registry from another."""
        return self._session.connection.execute(select(func.max(JournalRow.position))).scalar() or 0

    def _ids(self, column: Any, conditions: Sequence[ColumnElement[bool]], after: str, limit: int | None) -> list[str]:
        query = select(column).where(column > after, *conditions).order_by(column).limit(limit)
        return list(self._session.connection.execute(query).scalars())

    def _by_time(
        self,
        time: Any,
        key: Any,
        conditions: Sequence[ColumnElement[bool]],
        after: Place | None,
        limit: int | None,
        *,
        newest_first: bool,
    ) -> list[Place]:
        query = select(packed(time), key).where(*conditions)
        if after is not None:
            place, last = tuple_(packed(time), key), tuple_(literal(after[0]), literal(after[1]))
            query = query.where(place < last if newest_first else place > last)
        order = (time.desc(), key.desc()) if newest_first else (time, key)
        return [(row[0], row[1]) for row in self._session.connection.execute(query.order_by(*order).limit(limit))]
