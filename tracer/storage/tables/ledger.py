"""The journal and the ledger over it: what was sealed in which order, and who signed and stamped it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Integer, LargeBinary, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracer.storage.tables.base import Base, Id, Sealed, Serial, Word

_Count = BigInteger().with_variant(Integer, "sqlite")


class JournalRow(Base):
    """Every fact, in the order it was written. Append-only: triggers refuse UPDATE and DELETE."""

    __tablename__ = "journal"
    position: Mapped[Serial]
    entry_id: Mapped[Id]
    recorded_at: Mapped[datetime]
    actor: Mapped[Id]
    event: Mapped[Word]
    subject_id: Mapped[Id]
    payload: Mapped[Sealed]
    __table_args__ = (
        Index("ix_journal_subject_id", "subject_id"),
        Index("ix_journal_entry_id", "entry_id", unique=True),
    )


class PendingLeafRow(Base):
    """A fact that was committed and has no place in the ledger yet."""

    __tablename__ = "pending_leaves"
    position: Mapped[Serial]
    entry_id: Mapped[Id] = mapped_column(unique=True)
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class LeafRow(Base):
    """A leaf of the ledger. Append-only: triggers refuse UPDATE and DELETE."""

    __tablename__ = "leaves"
    leaf_index: Mapped[int] = mapped_column(_Count, primary_key=True, autoincrement=False)
    entry_id: Mapped[Id] = mapped_column(unique=True)
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class TreeNodeRow(Base):
    """The hash of a complete subtree of 2**level leaves, level 8, 16 …"""

    __tablename__ = "tree_nodes"
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    node_index: Mapped[int] = mapped_column(_Count, primary_key=True, autoincrement=False)
    node_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class LogRow(Base):
    """A log that this registry keeps or kept, by its epoch: a restored backup begins a new one on the same leaves.

    `continues` is the last signed checkpoint that is known of the log before, empty for the first.
    """

    __tablename__ = "ledger_logs"
    epoch: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    origin: Mapped[Id]
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    private_key: Mapped[Sealed]
    begun_at: Mapped[datetime]
    begun_size: Mapped[int] = mapped_column(_Count)
    continues: Mapped[str] = mapped_column(Text)


class CheckpointRow(Base):
    """A signed checkpoint, as it was given out. Append-only."""

    __tablename__ = "checkpoints"
    epoch: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(_Count, primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    __table_args__ = (ForeignKeyConstraint(["epoch"], ["ledger_logs.epoch"]),)


class TimeTokenRow(Base):
    """An authority's raw RFC 3161 reply over the SHA-256 of a checkpoint's note. Append-only."""

    __tablename__ = "time_tokens"
    token_id: Mapped[Serial]
    epoch: Mapped[int] = mapped_column(SmallInteger)
    size: Mapped[int] = mapped_column(_Count)
    authority: Mapped[str] = mapped_column(Text)
    token: Mapped[bytes] = mapped_column(LargeBinary)
    stamped_at: Mapped[datetime]
    __table_args__ = (ForeignKeyConstraint(["epoch", "size"], ["checkpoints.epoch", "checkpoints.size"]),)


class ErasedEntryRow(Base):
    """A journal entry whose personal fields may be taken away, and since when. Append-only."""

    __tablename__ = "erased_entries"
    entry_id: Mapped[Id] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]


APPEND_ONLY = frozenset(
    {table.__tablename__ for table in (JournalRow, LeafRow, TreeNodeRow, CheckpointRow, TimeTokenRow, ErasedEntryRow)}
)
"""Tables whose rows triggers keep from being deleted, and from being changed otherwise than erasure does."""
