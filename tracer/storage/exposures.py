"""Exposures in the database: what channels were shown of orders, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from tracer.domain.fields import Fields
from tracer.domain.order import Exposure
from tracer.storage.instant import OFFSET_BITS, microseconds, packed
from tracer.storage.sealed_columns import sealed_by_row
from tracer.storage.session import Session, by_keys, chunks
from tracer.storage.tables import ExposureRow, OrderRow

_COLUMNS = tuple(ExposureRow.__table__.columns)
_LEGS = (ExposureRow.order_id, ExposureRow.channel_id, packed(ExposureRow.exposed_at))
_LEGS_BY_ORDER = by_keys(_LEGS, ExposureRow.order_id).order_by(ExposureRow.exposure_id)
ExposureKey = tuple[str, str, int]


class Exposures:
    """What channels were shown of orders."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cipher = sealed_by_row(session.cipher, ExposureRow)

    def add(self, exposures: Sequence[Exposure], import_id: int | None = None) -> None:
        """Insert exposures of orders and channels that exist."""
        rows = [
            self._cipher.seal(
                {
                    "order_id": exposure.order_id,
                    "channel_id": exposure.channel_id,
                    "exposed_at": exposure.exposed_at,
                    "fields": None if exposure.fields is None else int(exposure.fields),
                    "alias": exposure.alias,
                    "alias_expires_at": exposure.alias_expires_at,
                    "import_id": import_id,
                }
            )
            for exposure in exposures
        ]
        self._session.insert(ExposureRow, rows)

    def of_orders(self, order_ids: Sequence[str]) -> dict[ExposureKey, tuple[Exposure, int | None]]:
        """The exposures of the orders by `exposure_key`, each with the import that brought it, as they were added."""
        found: dict[ExposureKey, tuple[Exposure, int | None]] = {}
        for part in chunks(order_ids):
            query = select(*_COLUMNS).where(ExposureRow.order_id.in_(part)).order_by(ExposureRow.exposure_id)
            for row in self._session.stream(query):
                exposure = self._exposure(row)
                found[exposure_key(exposure)] = (exposure, row["import_id"])
        return found

    def channels_of(self, order_ids: Sequence[str]) -> dict[str, list[str]]:
        """Of each order the channels it was shown to, oldest first, then as they were added, each once.

        Nothing is opened: of a long list of orders this is asked.
        """
        found: dict[str, dict[str, None]] = {order_id: {} for order_id in order_ids}
        for part in chunks(order_ids):
            legs = self._session.connection.execute(_LEGS_BY_ORDER, {"keys": part}).all()
            for order_id, channel_id, _ in sorted(legs, key=lambda leg: leg[2] >> OFFSET_BITS):
                found[order_id].setdefault(channel_id)
        return {order_id: list(channels) for order_id, channels in found.items()}

    def route(self, order_id: str) -> list[Exposure]:
        """The exposures of one order, oldest first; those of one time as they were added."""
        found = [exposure for exposure, _ in self.of_orders([order_id]).values()]
        return sorted(found, key=lambda exposure: exposure.exposed_at)

    def all(self) -> Iterator[Exposure]:
        """Every exposure, by order, time and channel, in flat memory."""
        query = select(*_COLUMNS).order_by(ExposureRow.order_id, ExposureRow.exposed_at, ExposureRow.channel_id)
        return (self._exposure(row) for row in self._session.stream(query))

    def of_import(self, import_id: int, *, new_orders: bool) -> Iterator[Exposure]:
        """The exposures that an import brought, by order and time: of its own orders, or of older ones."""
        own = OrderRow.import_id == import_id
        older = OrderRow.import_id.is_distinct_from(import_id)
        query = (
            select(*_COLUMNS)
            .join(OrderRow, OrderRow.order_id == ExposureRow.order_id)
            .where(ExposureRow.import_id == import_id, own if new_orders else older)
            .order_by(OrderRow.order_id, ExposureRow.exposed_at)
        )
        return (self._exposure(row) for row in self._session.stream(query))

    def _exposure(self, row: Mapping[str, Any]) -> Exposure:
        return Exposure(
            order_id=row["order_id"],
            channel_id=row["channel_id"],
            exposed_at=row["exposed_at"],
            fields=None if row["fields"] is None else Fields(row["fields"]),
            alias=self._cipher.open(row)["alias"] if row["alias"] else "",
            alias_expires_at=row["alias_expires_at"],
        )


def exposure_key(exposure: Exposure) -> ExposureKey:
    """What identifies an exposure: order, channel and instant."""
    return exposure.order_id, exposure.channel_id, microseconds(exposure.exposed_at)
