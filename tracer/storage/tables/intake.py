"""What came in by itself, message by message."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tracer.storage.tables.base import Base, BlindIndex, Id, Sealed, Word


class DeliveryRow(Base):
    """A message of a source about a contact, and the call that it became.

    `contact_key` is the blind index of source and contact, `event_key` of source, contact and message: what came
    once is known for ever, also when what it said is erased. `fault`: words of domain.delivery.Fault, in order.
    """

    __tablename__ = "deliveries"
    delivery_id: Mapped[Id] = mapped_column(primary_key=True)
    source: Mapped[Word]
    contact_key: Mapped[BlindIndex]
    event_key: Mapped[BlindIndex]
    stage: Mapped[int] = mapped_column(Integer)
    received_at: Mapped[datetime]
    call_id: Mapped[str | None] = mapped_column(String(128), ForeignKey("calls.call_id"), index=True)
    state: Mapped[Word]
    fault: Mapped[Word]
    reason: Mapped[Sealed]
    place: Mapped[Sealed]
    content: Mapped[Sealed]
    __table_args__ = (
        UniqueConstraint("contact_key", "event_key"),
        # Few of many have one: what waits is listed and counted out of this.
        Index("ix_deliveries_fault", "fault", sqlite_where=text("fault <> ''"), postgresql_where=text("fault <> ''")),
    )
