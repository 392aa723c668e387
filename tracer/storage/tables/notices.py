"""Who is told of things and where, what waits to be told, and which channels were implicated last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracer.storage.tables.base import Base, Id, Sealed, Serial, Word


class NotifyTargetRow(Base):
    """Where a person is told of things. `url` holds secrets; a process that sends holds it until `lease_until`.

    `events` are words with blanks between. `off` NULL: it is on.
    """

    __tablename__ = "notify_targets"
    target_id: Mapped[Id] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(String(128), ForeignKey("users.user_id"), index=True)
    service: Mapped[Word]
    host: Mapped[Sealed]
    url: Mapped[Sealed]
    name: Mapped[Sealed]
    language: Mapped[Word]
    events: Mapped[str] = mapped_column(String(255))
    rhythm: Mapped[Word]
    hour: Mapped[int] = mapped_column(SmallInteger)
    weekday: Mapped[int] = mapped_column(SmallInteger)
    zone: Mapped[Word]
    quiet_begin: Mapped[int | None] = mapped_column(SmallInteger)
    quiet_end: Mapped[int | None] = mapped_column(SmallInteger)
    reveal: Mapped[bool]
    created_at: Mapped[datetime]
    off: Mapped[str | None] = mapped_column(String(64))
    failures: Mapped[int]
    failing_since_at: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    digest_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[Sealed]
    worker: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]


class OutboxRow(Base):
    """One thing to tell one target: ids and plain facts; its text is made when it is sent.

    `event_key` tells the same event from another one, so that it is told once. Rows of one `message_id` are sent
    together, and again under the same id where it is not known whether they arrived.
    """

    __tablename__ = "outbox"
    position: Mapped[Serial]
    target_id: Mapped[str] = mapped_column(String(128), ForeignKey("notify_targets.target_id"))
    event: Mapped[Word]
    event_key: Mapped[str] = mapped_column(String(255))
    subject_id: Mapped[Id]
    detail: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime]
    state: Mapped[Word]
    message_id: Mapped[str | None] = mapped_column(String(64))
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("target_id", "event_key"),
        Index("ix_outbox_state_target_id", "state", "target_id"),
    )


class ImplicatedChannelRow(Base):
    """A channel that the newest full attribution implicated."""

    __tablename__ = "implicated_channels"
    channel_id: Mapped[Id] = mapped_column(primary_key=True)
    noted_at: Mapped[datetime]
