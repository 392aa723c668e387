"""What an audit of the registry reads and nobody else does: every leaf, node, log and blind index as it lies there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import literal, select

from tracer.domain.errors import WrongKey
from tracer.storage.journal import ReadLeaf, read_leaf
from tracer.storage.ledger import private_key
from tracer.storage.numbers import base_numbers
from tracer.storage.sealed_columns import INDEXED, sealed_by_row
from tracer.storage.session import Session
from tracer.storage.tables import JournalRow, LeafRow, LogRow, PendingLeafRow, TreeNodeRow


class AuditedLeaf(NamedTuple):
    """A leaf as it was sealed, and what its fact gives now."""

    place: int | None
    """Its index, None for one that waits for it."""
    entry_id: str
    sealed: bytes
    read: ReadLeaf
    event: str
    subject_id: str


class Audit:
    """Takes nothing for granted; compares nothing itself (services.ledger.audit_ledger does)."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection

    def leaves(self) -> Iterator[AuditedLeaf]:
        """Every leaf with what its fact gives now: those that have a place in order, then those that wait."""
        for index, table, order in (
            (LeafRow.leaf_index, LeafRow, LeafRow.leaf_index),
            (literal(None), PendingLeafRow, PendingLeafRow.position),
        ):
            sealed = [index.label("leaf_index"), table.leaf_hash, table.entry_id.label("sealed_entry")]
            query = select(*sealed, *JournalRow.__table__.columns)
            query = query.outerjoin(JournalRow, JournalRow.entry_id == table.entry_id)
            for row in self._session.stream(query.order_by(order)):
                gone = row["position"] is None
                read = ReadLeaf(None, "it is gone from the journal") if gone else read_leaf(self._session, row)
                about = row["event"] or "", row["subject_id"] or ""
                yield AuditedLeaf(row["leaf_index"], row["sealed_entry"], bytes(row["leaf_hash"]), read, *about)

    def unsealed(self) -> list[tuple[int, str, str]]:
        """(position, event, subject) of facts that have no leaf at all, at most ten: none should be there."""
        sealed = select(LeafRow.entry_id).where(LeafRow.entry_id == JournalRow.entry_id).exists()
        waiting = select(PendingLeafRow.entry_id).where(PendingLeafRow.entry_id == JournalRow.entry_id).exists()
        query = select(JournalRow.position, JournalRow.event, JournalRow.subject_id).where(~sealed, ~waiting)
        rows = self._connection.execute(query.order_by(JournalRow.position).limit(10))
        return [(row.position, row.event, row.subject_id) for row in rows]

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """(level, index, hash) of every stored subtree."""
        query = select(*TreeNodeRow.__table__.columns).order_by(TreeNodeRow.level, TreeNodeRow.node_index)
        for row in self._session.stream(query):
            yield row["level"], row["node_index"], bytes(row["node_hash"])

    def foreign_logs(self) -> list[str]:
        """The names of logs whose private key does not open, or is not that of the public key beside it."""
        found = []
        for row in self._session.stream(select(*LogRow.__table__.columns).order_by(LogRow.epoch)):
            try:
                public = (
                    Ed25519PrivateKey.from_private_bytes(private_key(self._session, row))
                    .public_key()
                    .public_bytes_raw()
                )
            except (WrongKey, ValueError, TypeError):
                public = b""
            if public != bytes(row["public_key"]):
                found.append(row["origin"])
        return found

    def stray_indexes(self) -> Iterator[str]:
        """The blind indexes, each named with its row, that are not those of the value beside them.

        Calls and canaries meet by them.
        """
        numbers = base_numbers(self._session)
        for indexed in INDEXED:
            table, rows = indexed.stored, sealed_by_row(self._session.cipher, indexed.table)
            (key,) = table.primary_key.columns
            query = select(key, *(table.c[name] for name in (*indexed.columns, *indexed.of)))
            for row in self._session.stream(query):
                kept = {name: row[name] for name in indexed.columns if row[name] is not None}
                if not kept:
                    continue
                right = self._session.cipher.blind_index(indexed.purpose, indexed.value(rows.open(row), numbers))
                for name, found in kept.items():
                    if bytes(found) != right:
                        yield f"{table.name}.{name} of {row[key.name]}"
