"""Parcels that are followed for orders."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tracer.storage.tables.base import Base, BlindIndex, Sealed, Word


class TrackedParcelRow(Base):
    """The parcel of an order, what was told of it, and when it is asked for next (NULL: no more).

    `waybill_key` is the blind index of the number: a push names nothing else. `scans` is JSON, sealed: the carrier's
    words name people and places. Orders that came in one parcel have a row each.
    """

    __tablename__ = "tracked_parcels"
    order_id: Mapped[str] = mapped_column(String(128), ForeignKey("orders.order_id"), primary_key=True)
    service: Mapped[Word]
    carrier: Mapped[Word]
    waybill_no: Mapped[Sealed]
    waybill_key: Mapped[BlindIndex] = mapped_column(index=True)
    state: Mapped[Word]
    since: Mapped[datetime]
    next_look: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]
    subscribed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(SmallInteger)
    unchanged: Mapped[int] = mapped_column(SmallInteger)
    problem: Mapped[Word]
    scans: Mapped[Sealed]
    __table_args__ = (Index("ix_tracked_parcels_next_look", "next_look", "order_id"),)
