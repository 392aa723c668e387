"""Orders in the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from tracer.domain.errors import UnknownId
from tracer.domain.order import Order
from tracer.storage.sealed_columns import sealed_by_row
from tracer.storage.session import Query, Session, by_keys, chunks
from tracer.storage.tables import OrderRow

_COLUMNS = tuple(OrderRow.__table__.columns)
_BY_ID = by_keys(_COLUMNS, OrderRow.order_id)


class Orders:
    """Canary orders."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cipher = sealed_by_row(session.cipher, OrderRow)

    def add(self, orders: Sequence[Order], import_id: int | None = None) -> None:
        """Insert orders whose ids are free and whose canaries exist."""
        rows = [
            self._cipher.seal(
                {
                    "order_id": order.order_id,
                    "canary_id": order.canary_id,
                    "placed_at": order.placed_at,
                    "order_no": order.order_no,
                    "item": order.item,
                    "price": order.price,
                    "currency": order.currency,
                    "waybill_no": order.waybill_no,
                    "account": order.account,
                    "ended_at": order.ended_at,
                    "state": order.state,
                    "notes": order.notes,
                    "import_id": import_id,
                }
            )
            for order in orders
        ]
        self._session.insert(OrderRow, rows)

    def get(self, order_id: str) -> Order:
        """One order; raises UnknownId."""
        found = self.find([order_id])
        if order_id not in found:
            raise UnknownId("order", order_id, "`tracer order list` shows them")
        return found[order_id]

    def find(self, order_ids: Sequence[str]) -> dict[str, Order]:
        """Those of the ids that exist."""
        found: dict[str, Order] = {}
        for part in chunks(order_ids):
            found |= {order.order_id: order for order in self._read(_BY_ID, keys=part)}
        return found

    def placed(self, order_ids: Sequence[str]) -> dict[str, tuple[datetime, int | None]]:
        """Of those ids that exist: when each order was placed, and the import that brought it."""
        found: dict[str, tuple[datetime, int | None]] = {}
        for part in chunks(order_ids):
            query = select(OrderRow.order_id, OrderRow.placed_at, OrderRow.import_id)
            rows = self._session.connection.execute(query.where(OrderRow.order_id.in_(part)))
            found.update((row[0], (row[1], row[2])) for row in rows)
        return found

    def all(self) -> Iterator[Order]:
        """Every order, by id, in flat memory."""
        return self._read(select(*_COLUMNS).order_by(OrderRow.order_id))

    def of_import(self, import_id: int) -> Iterator[Order]:
        """The orders that an import brought, by id."""
        query = select(*_COLUMNS).where(OrderRow.import_id == import_id)
        return self._read(query.order_by(OrderRow.order_id))

    def of_canaries(self, canary_ids: Sequence[str]) -> Iterator[Order]:
        """The orders placed with any of the canaries."""
        for part in chunks(canary_ids):
            yield from self._read(select(*_COLUMNS).where(OrderRow.canary_id.in_(part)))

    def _read(self, query: Query, *, keys: Sequence[str] | None = None) -> Iterator[Order]:
        for row in self._session.stream(query, keys=keys):
            values = self._cipher.open(row)
            del values["import_id"]
            yield Order(**values)
