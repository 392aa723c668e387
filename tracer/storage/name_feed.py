"""What changed about the names, for an index of them that lives long in a process.

The journal is the feed: every change of a canary is a fact there, and positions only grow. On
PostgreSQL, though, they are given out when a row is written and seen when it is committed: a slow
import may hold earlier positions than what others committed meanwhile. A mark therefore remembers,
besides the last position seen, the gaps before it, and they are looked into again. A gap that was
rolled back stays one, which costs a look; writers do nothing for it. On SQLite writers take turns,
and there are no gaps.

That a canary has an order now is no change where an import tells it: issued and used are both live.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, literal, or_, select, union_all

from tracer.domain.canary import CanaryState
from tracer.storage.canary_rows import CanaryRows
from tracer.storage.instant import packed, unpack
from tracer.storage.session import Query, Session, chunks
from tracer.storage.tables import CanaryRow, JournalRow

_AT_ONCE = 5_000
_LOAD = (
    CanaryRow.canary_id,
    CanaryRow.recipient_name,
    CanaryRow.gender,
    CanaryRow.number_id,
    CanaryRow.extension,
    CanaryRow.state,
    packed(CanaryRow.issued_at),
)


class Mark(NamedTuple):
    """How far a reader has come: the last position seen, and gaps (first, last) before it."""

    position: int = 0
    gaps: tuple[tuple[int, int], ...] = ()


START = Mark()


class IndexEntry(NamedTuple):
    """What an index knows a canary by; `number` is E.164, `extension` None on a shared line."""

    canary_id: str
    name: str
    gender: str
    number: str
    extension: str | None
    state: CanaryState
    issued_at: datetime


class NameFeed:
    """Reads names in bulk, and after that what changed."""

    def __init__(self, session: Session, rows: CanaryRows) -> None:
        self._session = session
        self._rows = rows

    def entries(self, after: Mark) -> tuple[Iterator[IndexEntry], Mark]:
        """Canaries that are new or changed since the mark, and the next mark; all of them after START.

        The mark is taken first, so that a change between the two reads comes twice rather than never.
        """
        mark = self._next(after)
        if after == START:
            return self._read(select(*_LOAD)), mark
        return self._changed(after), mark

    def _next(self, after: Mark) -> Mark:
        position = self._session.connection.execute(select(func.max(JournalRow.position))).scalar() or 0
        if self._session.connection.dialect.name != "postgresql":
            return Mark(position)
        gaps = after.gaps
        if gaps and self._session.connection.execute(select(exists().where(or_(*_within(gaps))))).scalar():
            gaps = tuple(gap for first, last in gaps for gap in self._gaps(first, last))
        return Mark(position, (*gaps, *self._gaps(after.position + 1, position)))

    def _gaps(self, first: int, last: int) -> list[tuple[int, int]]:
        """The runs of positions from first to last that cannot be seen."""
        if last < first:
            return []
        there = select(JournalRow.position.label("seen")).where(JournalRow.position.between(first, last))
        seen = union_all(there, select(literal(last + 1))).subquery().c.seen
        runs = select(seen, func.lag(seen, 1, first - 1).over(order_by=seen).label("before")).subquery().c
        query = select(runs.before + 1, runs.seen - 1).where(runs.seen > runs.before + 1).order_by(runs.seen)
        return [(start, end) for start, end in self._session.connection.execute(query)]

    def _changed(self, after: Mark) -> Iterator[IndexEntry]:
        unseen = or_(JournalRow.position > after.position, *_within(after.gaps))
        query = select(JournalRow.subject_id).where(unseen, JournalRow.event.like("canary|_%", escape="|"))
        # Doubles are dropped here: asked for distinct ones, SQLite walks the index of all subjects.
        changed = dict.fromkeys(self._session.connection.execute(query).scalars())
        for part in chunks(list(changed)):
            yield from self._read(select(*_LOAD).where(CanaryRow.canary_id.in_(part)))

    def _read(self, query: Query) -> Iterator[IndexEntry]:
        result = self._session.connection.execute(query.execution_options(yield_per=_AT_ONCE))
        for part in result.partitions():
            yield from self._opened(part)

    def _opened(self, rows: Sequence[Any]) -> Iterator[IndexEntry]:
        open_field, base_number = self._session.cipher.open, self._rows.base_number
        for canary_id, name, gender, number_id, extension, state, issued_at in rows:
            yield IndexEntry(
                canary_id,
                open_field("canaries", "recipient_name", canary_id, name),
                gender,
                base_number(number_id),
                None if extension is None else open_field("canaries", "extension", canary_id, extension),
                _STATES[state],
                _moment(issued_at),
            )


def _within(gaps: Sequence[tuple[int, int]]) -> list[ColumnElement[bool]]:
    return [JournalRow.position.between(first, last) for first, last in gaps]


_STATES = {state.value: state for state in CanaryState}
_moment = lru_cache(maxsize=4096)(unpack)
"""A batch is issued at one time."""
