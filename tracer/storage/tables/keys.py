"""Whose registry it is, its master keys, and what their rotation prepares."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from tracer.storage.tables.base import Base, BlindIndex, Id, Sealed


class InstanceRow(Base):
    """Who this registry is and how to tell its key. One row: the database refuses a second founder.

    `sound_version` says by which version of the phonetics its name claims were made; 0: not at all yet.
    `moved_at` is set when everything was moved into another database: from then on this one is read only.
    `key_version` is that of the master key whose sub-keys make blind indexes and name claims, and
    `key_check` tells this key; which versions seal and open says `key_versions`.
    """

    __tablename__ = "instance"
    instance_id: Mapped[Id] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    key_check: Mapped[BlindIndex]
    single: Mapped[int] = mapped_column(SmallInteger, unique=True, default=1)
    sound_version: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    moved_at: Mapped[datetime | None]
    key_version: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    __table_args__ = (CheckConstraint("single = 1", name="single"),)


class KeyVersionRow(Base):
    """A version of the master key and how to tell it. In force until it is retired; the newest one seals.

    Two are in force while a rotation is under way (ADR 0018). `index_key`: of a retired version the
    sub-key of its blind indexes, sealed, for those of `requests`, which cannot be made anew.
    """

    __tablename__ = "key_versions"
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    key_check: Mapped[BlindIndex]
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    index_key: Mapped[Sealed]


class NextIndexRow(Base):
    """What a blind index will be once the next version of the key makes them; empty but during a rotation."""

    __tablename__ = "next_indexes"
    old_key: Mapped[BlindIndex] = mapped_column(primary_key=True)
    new_key: Mapped[BlindIndex]


class NextClaimRow(Base):
    """The name claims of the next version of the key, to be; empty but during a rotation."""

    __tablename__ = "next_claims"
    claim: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )


class NextNameRow(Base):
    """A canary whose name's claims are in `next_claims`; empty but during a rotation."""

    __tablename__ = "next_names"
    canary_id: Mapped[Id] = mapped_column(primary_key=True)
