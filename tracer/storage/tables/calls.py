"""Received contacts, their files, and what was made of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tracer.storage.tables.base import Base, FieldBits, Id, Sealed, Serial, Word


class CallRow(Base):
    """A received contact as logged; earlier versions of it are in the journal.

    `caller_group` is drawn by chance where a number was erased: calls that bear the same one came from one caller.
    """

    __tablename__ = "calls"
    call_id: Mapped[Id] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[Word]
    number_id: Mapped[str | None] = mapped_column(String(128), ForeignKey("numbers.number_id"))
    dialled: Mapped[Sealed]
    line_key: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    caller_number: Mapped[Sealed]
    heard_name: Mapped[Sealed]
    claimed_role: Mapped[Word]
    known_fields: Mapped[FieldBits]
    unknown_fields: Mapped[FieldBits]
    script: Mapped[Word]
    transcript: Mapped[Sealed]
    canary_id: Mapped[str | None] = mapped_column(String(128), ForeignKey("canaries.canary_id"), index=True)
    heard_item: Mapped[Sealed]
    heard_price: Mapped[Word]
    heard_order_no: Mapped[Sealed]
    heard_waybill_no: Mapped[Sealed]
    nature: Mapped[Word]
    answered: Mapped[bool]
    caller_reached: Mapped[Word]
    notes: Mapped[Sealed]
    tags: Mapped[str]
    state: Mapped[Word]
    merged_into: Mapped[str | None] = mapped_column(String(128), ForeignKey("calls.call_id"), index=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.import_id"))
    erased_at: Mapped[datetime | None]
    caller_group: Mapped[str | None] = mapped_column(String(64))


class AttachmentRow(Base):
    """A file that belongs to a call, known by its SHA-256; without parts the content stays where the user keeps it."""

    __tablename__ = "attachments"
    attachment_id: Mapped[Id] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(String(128), ForeignKey("calls.call_id"), index=True)
    sha256: Mapped[Word]
    size: Mapped[int] = mapped_column(BigInteger)
    file_name: Mapped[Sealed]
    added_at: Mapped[datetime]


class AttachmentPartRow(Base):
    """A piece of what an attachment holds, sealed."""

    __tablename__ = "attachment_parts"
    attachment_id: Mapped[str] = mapped_column(String(128), ForeignKey("attachments.attachment_id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class AttributionStateRow(Base):
    """What the latest full attribution run left (storage.attribution_states): at most one row."""

    __tablename__ = "attribution_states"
    state_id: Mapped[Serial]
    format: Mapped[int] = mapped_column(SmallInteger)
    made_at: Mapped[datetime]
    as_of: Mapped[datetime]
    settings: Mapped[Word]
    position: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class RetentionRow(Base):
    """What is known of the clock that retention goes by. One row, made at the first look.

    `trusted_at` is the newest time that was believed; `doubted_at` when the clock first stood far ahead of it.
    """

    __tablename__ = "retention"
    single: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    trusted_at: Mapped[datetime]
    doubted_at: Mapped[datetime | None]
    looked_at: Mapped[datetime]
