"""Prove that restored rows are what a backup says: whole, opened by the key, and the ledger that was signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, select, table

from tracer.domain.backup import BackupHead
from tracer.domain.errors import BackupRejected, EvidenceRejected, WrongKey
from tracer.domain.ledger.checkpoint import read_checkpoint, verified_checkpoint
from tracer.domain.ledger.merkle import GrowingTree
from tracer.storage.ledger import Ledger
from tracer.storage.sealed_columns import SEALED
from tracer.storage.session import Session
from tracer.storage.tables import InstanceRow, LeafRow

_SAMPLES = 20


class Examined(NamedTuple):
    """How many sealed values were opened, and how large the ledger is, without and with the facts that wait."""

    opened: int
    ledger_size: int
    waiting: int


def require_whole(connection: Connection, counts: Mapping[str, int]) -> None:
    """Raise BackupRejected unless the database has just these rows, and finds no fault with itself."""
    for name, count in counts.items():
        found = connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        if found != count:
            raise BackupRejected(f"{name}: {count:,} rows came out of the backup and {found:,} are there")
    if connection.dialect.name == "sqlite":
        said = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check")]
        if said != ["ok"]:
            raise BackupRejected(f"the restored database finds a fault with itself: {said[0]}")


def examine(session: Session, head: BackupHead) -> Examined:
    """Look at the rows in the schema of this program; raises BackupRejected or WrongKey for what does not hold."""
    instance_id = session.connection.execute(select(InstanceRow.instance_id)).scalar()
    if instance_id != head.instance_id:
        raise BackupRejected("the rows of the backup belong to another registry than its first line says")
    opened = _open_samples(session)
    ledger = Ledger(session)
    size = ledger.size()
    tree = GrowingTree()
    query = select(LeafRow.leaf_index, LeafRow.leaf_hash).order_by(LeafRow.leaf_index)
    for row in session.stream(query, 10_000):
        if row["leaf_index"] != tree.size:
            raise BackupRejected(f"the ledger in the backup lacks the leaf {tree.size}")
        tree.append(bytes(row["leaf_hash"]))
    _require_signed(session, head, tree)
    if size and ledger.root(size) != tree.root():
        raise BackupRejected("the stored hashes of the ledger in the backup do not belong to its leaves")
    return Examined(opened, size, ledger.pending())


def _require_signed(session: Session, head: BackupHead, tree: GrowingTree) -> None:
    """The tree is the one that the checkpoint of the head says, signed by the log's own key."""
    if not head.checkpoint:
        if tree.size:
            raise BackupRejected("the ledger in the backup has facts with places, and no checkpoint signs them")
        return
    try:
        signer = read_checkpoint(head.checkpoint)[0].origin
        key = next((log.key for log in Ledger(session).logs() if log.key.name == signer), None)
        if key is None:
            raise BackupRejected(f"the backup's checkpoint is one of the log {signer}, which the backup does not hold")
        signed = verified_checkpoint(head.checkpoint, key)
    except EvidenceRejected as error:
        raise BackupRejected(f"the checkpoint of the backup does not hold: {error}") from error
    if (signed.size, signed.root) != (tree.size, tree.root()):
        raise BackupRejected(
            f"the ledger in the backup is not the one that was signed: {tree.size:,} facts, {signed.size:,} signed"
        )


def _open_samples(session: Session) -> int:
    """Open sealed values of every table, the first and any that the database gives; how many there were."""
    opened = 0
    for sealed in SEALED:
        columns = [sealed.stored.columns[name] for name in (*sealed.of, *sealed.columns)]
        for row in session.stream(select(*columns).limit(_SAMPLES)):
            row_id = sealed.row_id(row)
            for column in sealed.columns:
                if row[column] is not None:
                    try:
                        session.cipher.open_bytes(sealed.stored.name, column, row_id, row[column])
                    except WrongKey as error:
                        raise BackupRejected(f"a value of the backup does not open: {error}") from error
                    opened += 1
    return opened
