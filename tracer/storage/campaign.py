"""The registry as plain columns, for the attribution engine: no names, no numbers, times as integers."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.sql.elements import True_
from sqlalchemy.sql.expression import true

from tracer.storage.instant import OFFSET_BITS, at_or_before, packed
from tracer.storage.session import Query, Session
from tracer.storage.tables import CanaryRow, ExposureRow, IssuedForRow, OrderRow

DAY = 86_400_000_000.0


@overload
def days(stored: int) -> float: ...
@overload
def days(stored: NDArray[np.int64]) -> NDArray[np.float64]: ...
def days(stored: int | NDArray[np.int64]) -> float | NDArray[np.float64]:
    """Stored instants as days since 1970-01-01 UTC."""
    return (stored >> OFFSET_BITS) / DAY


class CanaryFacts(NamedTuple):
    """A canary without its name: its line by blind index, and when it lived. Times in days, None where open."""

    canary_id: str
    number_id: str
    line_key: bytes
    has_extension: bool
    issued: float
    retired: float | None
    control: bool
    tags: str

    def lives(self, day: float) -> bool:
        """Whether it was there on a day: issued by then, and not retired."""
        return self.issued <= day and (self.retired is None or day <= self.retired)


class ExposureColumns(NamedTuple):
    """Some exposures, a tuple a column; `stored` are instants as stored (see `days`), `fields` None is the default.

    `has_alias` whether there was an alias or an expiry of one; `expires` None where none is stated.
    """

    order_id: tuple[str, ...]
    channel_id: tuple[str, ...]
    stored: tuple[int, ...]
    fields: tuple[int | None, ...]
    has_alias: tuple[bool, ...]
    expires: tuple[int | None, ...]


def on_line(key: bytes) -> ColumnElement[bool]:
    """Canaries on a line as dialled."""
    return CanaryRow.line_key == key


def on_number(number_id: str) -> ColumnElement[bool]:
    """Canaries on a base number, with whatever extension."""
    return CanaryRow.number_id == number_id


def these(canary_ids: Sequence[str]) -> ColumnElement[bool]:
    """Canaries by their ids, few."""
    return CanaryRow.canary_id.in_(canary_ids)


class Campaign:
    """Everything that happened up to a time; with `among` only to the canaries that it holds for."""

    def __init__(self, session: Session, as_of: datetime, among: ColumnElement[bool] | None = None) -> None:
        self._session = session
        self._as_of = as_of
        self._among = true() if among is None else among

    def canaries(self) -> Iterator[CanaryFacts]:
        """Canaries issued by then."""
        query = (
            select(
                CanaryRow.canary_id,
                CanaryRow.number_id,
                CanaryRow.line_key,
                CanaryRow.extension.is_not(None),
                packed(CanaryRow.issued_at),
                CanaryRow.state,
                packed(CanaryRow.state_since),
                CanaryRow.import_id,
                CanaryRow.purpose,
                CanaryRow.tags,
            )
            .where(at_or_before(CanaryRow.issued_at, self._as_of), self._among)
            .order_by(CanaryRow.canary_id)
        )
        for canary_id, number_id, key, extension, issued, state, since, imported, purpose, tags in self._rows(query):
            # The day an imported canary was retired is not known: its line counts as listened to.
            retired = days(since) if state == "retired" and imported is None else None
            yield CanaryFacts(
                canary_id,
                sys.intern(number_id),
                key,
                bool(extension),
                days(issued),
                retired,
                purpose == "control",
                sys.intern(tags),
            )

    def issued_for(self) -> Iterator[tuple[str, str]]:
        """(canary id, channel id) of canaries issued by then."""
        query = (
            select(IssuedForRow.canary_id, IssuedForRow.channel_id)
            .join(CanaryRow, CanaryRow.canary_id == IssuedForRow.canary_id)
            .where(at_or_before(CanaryRow.issued_at, self._as_of), self._among)
            .order_by(IssuedForRow.canary_id, IssuedForRow.position)
        )
        yield from self._rows(query)

    def orders(self) -> Iterator[tuple[str, str, int]]:
        """(order id, canary id, instant as stored) of orders placed by then."""
        query = select(OrderRow.order_id, OrderRow.canary_id, packed(OrderRow.placed_at)).where(
            at_or_before(OrderRow.placed_at, self._as_of)
        )
        query = self._of_these(query)
        yield from self._rows(query.order_by(OrderRow.order_id))

    def exposures(self) -> Iterator[ExposureColumns]:
        """Exposures by then, in any order, by the thousands: there are millions."""
        query = select(
            ExposureRow.order_id,
            ExposureRow.channel_id,
            packed(ExposureRow.exposed_at),
            ExposureRow.fields,
            or_(ExposureRow.alias.is_not(None), ExposureRow.alias_expires_at.is_not(None)),
            packed(ExposureRow.alias_expires_at),
        ).where(at_or_before(ExposureRow.exposed_at, self._as_of))
        if not isinstance(self._among, True_):
            query = self._of_these(query.join(OrderRow, OrderRow.order_id == ExposureRow.order_id))
        for part in self._parts(query):
            yield ExposureColumns(*zip(*part, strict=True))

    def channels(self) -> set[str]:
        """The ids of channels that were shown anything by then."""
        query = select(ExposureRow.channel_id).where(at_or_before(ExposureRow.exposed_at, self._as_of)).distinct()
        query = self._of_these(query.join(OrderRow, OrderRow.order_id == ExposureRow.order_id))
        return {channel_id for (channel_id,) in self._rows(query)}

    def _of_these(self, query: Query) -> Query:
        if isinstance(self._among, True_):
            return query
        return query.join(CanaryRow, CanaryRow.canary_id == OrderRow.canary_id).where(self._among)

    def _rows(self, query: Query) -> Iterator[Any]:
        for part in self._parts(query):
            yield from part

    def _parts(self, query: Query) -> Iterator[Sequence[Any]]:
        yield from self._session.connection.execute(query.execution_options(yield_per=5_000)).partitions()
