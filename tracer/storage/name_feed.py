"""What changed about the names, for an index of them that lives long in a process.

The journal is the feed: every change of a canary is a fact there, and positions only grow. On
PostgreSQL, though, they are given out when a row is written and seen when it is committed: a slow
import may hold earlier positions than what others committed meanwhile. A mark therefore remembers,
besides the last position seen, the gaps before it, and they are looked into again. A gap that was
rolled back stays one, which costs a look into the index; writers do nothing for it. On SQLite writers take turns,
and there are no gaps.

That a canary has an order now is no change where an import tells it: issued and used are both live.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, TableValuedAlias, exists, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY

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


Gap = tuple[int, int]


class Mark(NamedTuple):
    """How far a reader has come: the last position seen, and gaps (first, last) before it."""

    position: int = 0
    gaps: tuple[Gap, ...] = ()


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
        filled = self._filled(after.gaps)
        mark = self._next(after, filled)
        if after == START:
            return self._read(select(*_LOAD)), mark
        return self._changed(after, filled), mark

    def _next(self, after: Mark, filled: set[Gap]) -> Mark:
        position = self._session.connection.execute(select(func.max(JournalRow.position))).scalar() or 0
        if self._session.connection.dialect.name != "postgresql":
            return Mark(position)
        gaps: list[Gap] = []
        for gap in after.gaps:
            gaps += self._gaps(*gap) if gap in filled else [gap]
        return Mark(position, (*gaps, *self._gaps(after.position + 1, position)))

    def _filled(self, gaps: Sequence[Gap]) -> set[Gap]:
        """The gaps in which something can be seen by now."""
        if not gaps:
            return set()
        gap = _table(gaps)
        query = select(gap.c.start, gap.c.stop).where(exists().where(_within(gap)))
        return {(start, stop) for start, stop in self._session.connection.execute(query)}

    def _gaps(self, first: int, last: int) -> list[Gap]:
        """The runs of positions from first to last that cannot be seen."""
        if last < first:
            return []
        there = select(JournalRow.position.label("seen")).where(JournalRow.position.between(first, last))
        seen = union_all(there, select(literal(last + 1))).subquery().c.seen
        runs = select(seen, func.lag(seen, 1, first - 1).over(order_by=seen).label("before")).subquery().c
        query = select(runs.before + 1, runs.seen - 1).where(runs.seen > runs.before + 1).order_by(runs.seen)
        return [(start, end) for start, end in self._session.connection.execute(query)]

    def _changed(self, after: Mark, filled: Collection[Gap]) -> Iterator[IndexEntry]:
        is_canary = JournalRow.event.like("canary|_%", escape="|")
        queries = [select(JournalRow.subject_id).where(JournalRow.position > after.position, is_canary)]
        if filled:
            gap = _table(filled)
            queries.append(select(JournalRow.subject_id).join(gap, _within(gap)).where(is_canary))
        # Doubles are dropped here: asked for distinct ones, SQLite walks the index of all subjects.
        found = chain.from_iterable(self._session.connection.execute(query).scalars() for query in queries)
        changed = dict.fromkeys(found)
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


def _table(gaps: Collection[Gap]) -> TableValuedAlias:
    """Gaps as a table to join with: so each is one look into the index, however many there are. PostgreSQL only."""
    ends = (literal([gap[place] for gap in gaps], ARRAY(BigInteger)) for place in (0, 1))
    return func.unnest(*ends).table_valued("start", "stop").render_derived()


def _within(gap: TableValuedAlias) -> ColumnElement[bool]:
    return JournalRow.position.between(gap.c.start, gap.c.stop)


_STATES = {state.value: state for state in CanaryState}
_moment = lru_cache(maxsize=4096)(unpack)
"""A batch is issued at one time."""
