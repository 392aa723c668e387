"""Channels, numbers, canaries, orders and who was shown them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from tracer.storage.tables.base import Base, BlindIndex, Id, Sealed, Serial, Word


class ImportRow(Base):
    """One bulk import; rows it brought carry its id, NULL means made here."""

    __tablename__ = "imports"
    import_id: Mapped[Serial]
    imported_at: Mapped[datetime]
    source: Mapped[Sealed]


class ChannelRow(Base):
    """A party that handles order data."""

    __tablename__ = "channels"
    channel_id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    name: Mapped[Sealed]
    parent_id: Mapped[str | None] = mapped_column(String(128), ForeignKey("channels.channel_id"))
    contact: Mapped[Sealed]
    legitimate_numbers: Mapped[Sealed]
    natural_person: Mapped[bool]
    tags: Mapped[str]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.import_id"))


class NumberRow(Base):
    """An owned base number. `number_key` is its blind index."""

    __tablename__ = "numbers"
    number_id: Mapped[Id] = mapped_column(primary_key=True)
    number: Mapped[Sealed]
    number_key: Mapped[BlindIndex] = mapped_column(unique=True)
    kind: Mapped[Word]
    extension_digits: Mapped[int | None] = mapped_column(SmallInteger)
    owned_from: Mapped[datetime | None]
    owned_until: Mapped[datetime | None]
    notes: Mapped[Sealed]
    test_line: Mapped[bool]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.import_id"))


class CanaryRow(Base):
    """A decoy recipient; what its name takes from others stands in `name_claims`.

    `issued_line_key` is set on what we issue ourselves, and unique: the database decides between
    processes. An imported registry may hold collisions, so its rows leave it NULL. It is cleared
    when the line is free again. `sounds_like_another`: an earlier canary had claimed the sound.
    """

    __tablename__ = "canaries"
    canary_id: Mapped[Id] = mapped_column(primary_key=True)
    recipient_name: Mapped[Sealed]
    number_id: Mapped[str] = mapped_column(String(128), ForeignKey("numbers.number_id"))
    extension: Mapped[Sealed]
    line_key: Mapped[BlindIndex] = mapped_column(index=True)
    issued_line_key: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    issued_at: Mapped[datetime]
    locale: Mapped[Word]
    gender: Mapped[Word]
    purpose: Mapped[Word]
    state: Mapped[Word] = mapped_column(index=True)
    state_since: Mapped[datetime]
    tags: Mapped[str]
    notes: Mapped[Sealed]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.import_id"))
    sounds_like_another: Mapped[bool] = mapped_column(server_default=false())
    erased_at: Mapped[datetime | None]
    __table_args__ = (
        # Every issue counts what the numbers carry: a million canaries in a tenth of a second, out of this index.
        Index("ix_canaries_number_id", "number_id", "locale", "state", "sounds_like_another", "extension"),
        Index("ix_canaries_issued_at", "issued_at", "canary_id"),  # the newest first, page by page
    )


class NameClaimRow(Base):
    """What names take from others, as keyed hashes of domain.codebook.spacing's tokens (ADR 0009).

    One column and nothing else: an entry needs 15 bytes, and its being there is all it says.
    """

    __tablename__ = "name_claims"
    claim: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )


class IssuedForRow(Base):
    """The channels a canary was handed to, in the order they were named."""

    __tablename__ = "issued_for"
    canary_id: Mapped[str] = mapped_column(String(128), ForeignKey("canaries.canary_id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(128), ForeignKey("channels.channel_id"), index=True)


class OrderRow(Base):
    """An order placed with a canary."""

    __tablename__ = "orders"
    order_id: Mapped[Id] = mapped_column(primary_key=True)
    canary_id: Mapped[str] = mapped_column(String(128), ForeignKey("canaries.canary_id"), index=True)
    placed_at: Mapped[datetime]
    order_no: Mapped[Sealed]
    item: Mapped[Sealed]
    price: Mapped[Word]
    currency: Mapped[Word]
    waybill_no: Mapped[Sealed]
    account: Mapped[Sealed]
    ended_at: Mapped[datetime | None]
    state: Mapped[Word]
    notes: Mapped[Sealed]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.import_id"), index=True)
    erased_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_orders_placed_at", "placed_at", "order_id"),)


class ExposureRow(Base):
    """Channel was shown fields of order at a time. `fields` NULL: the default of channel or kind."""

    __tablename__ = "exposures"
    exposure_id: Mapped[Serial]
    order_id: Mapped[str] = mapped_column(String(128), ForeignKey("orders.order_id"))
    channel_id: Mapped[str] = mapped_column(String(128), ForeignKey("channels.channel_id"))
    exposed_at: Mapped[datetime]
    fields: Mapped[int | None] = mapped_column(SmallInteger)
    alias: Mapped[Sealed]
    alias_expires_at: Mapped[datetime | None]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.import_id"))
    __table_args__ = (UniqueConstraint("order_id", "channel_id", "exposed_at"),)
