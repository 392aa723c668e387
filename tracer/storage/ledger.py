"""The ledger's logs, leaves, checkpoints and time tokens, seen from one unit of work."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, func, literal, select, tuple_

from tracer.domain.evidence.manifest import MANIFEST_HEAD
from tracer.domain.ledger.checkpoint import Checkpoint
from tracer.domain.ledger.merkle import (
    WIDTH,
    GrowingTree,
    consistency_proof,
    inclusion_proof,
    root_hash,
)
from tracer.domain.ledger.note import NoteKey, sign_note
from tracer.storage.advisory_locks import Lock, hold
from tracer.storage.session import Session, chunks
from tracer.storage.stored_tree import StoredTree
from tracer.storage.tables import (
    CheckpointRow,
    ErasedEntryRow,
    InstanceRow,
    LeafRow,
    LogRow,
    PendingLeafRow,
    TimeTokenRow,
    TreeNodeRow,
)

_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Log:
    """A log that this registry keeps or kept. `continues` is the last checkpoint known of the one before."""

    epoch: int
    key: NoteKey
    begun_at: datetime
    begun_size: int
    continues: str


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint as it was signed; `made_at` is by our own clock, which proves nothing."""

    epoch: int
    size: int
    note: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class StoredToken:
    """An authority's raw reply over a checkpoint's note, and the time in it."""

    epoch: int
    size: int
    authority: str
    token: bytes
    stamped_at: datetime


class Ledger:
    """Repository of the ledger."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection

    def take_turns(self) -> None:
        """Wait until nobody else gives places or signs, to the end of the transaction. SQLite's writers do anyway."""
        hold(self._connection, Lock.PLACES)

    def begin_log(self, now: datetime, continues: str = "") -> Log:
        """Begin the registry's log, or the next one on the leaves that are there, with the key of the last.

        The next one's name is drawn: whoever restores the same backup a second time, elsewhere, begins another log.
        """
        last = self._latest_log()
        epoch = last["epoch"] + 1 if last else 1
        if last:
            private, public = private_key(self._session, last), last["public_key"]
        else:
            made = Ed25519PrivateKey.generate()
            private, public = made.private_bytes_raw(), made.public_key().public_bytes_raw()
        instance_id = self._connection.execute(select(InstanceRow.instance_id)).scalar_one()
        origin = f"tracer/{instance_id}" if epoch == 1 else f"tracer/{instance_id}/{epoch}-{secrets.token_hex(4)}"
        row = {
            "epoch": epoch,
            "origin": origin,
            "public_key": public,
            "private_key": self._session.cipher.seal_bytes("ledger_logs", "private_key", str(epoch), private),
            "begun_at": now,
            "begun_size": self.size(),
            "continues": continues,
        }
        self._session.insert(LogRow, [row])
        return _log(row)

    def log(self) -> Log:
        """The log that is kept now; raises LookupError where none was begun."""
        row = self._latest_log()
        if row is None:
            raise LookupError("no log was begun")
        return _log(row)

    def logs(self) -> list[Log]:
        """All logs, the first one first."""
        query = select(*LogRow.__table__.columns).order_by(LogRow.epoch)
        return [_log(row) for row in self._session.stream(query)]

    def sign(self, checkpoint: Checkpoint) -> str:
        """The checkpoint, signed with the log's key."""
        row = self._latest_log()
        if row is None or row["origin"] != checkpoint.origin:
            raise LookupError(f"no log {checkpoint.origin} is kept here")
        return checkpoint.sign(private_key(self._session, row))

    def sign_manifest(self, text: str) -> str:
        """The text of an evidence pack's manifest as a note signed with the log's key.

        Raises LookupError where no log was begun, ValueError for another text: with it no checkpoint can be signed.
        """
        row = self._latest_log()
        if row is None:
            raise LookupError("no log was begun")
        if not text.startswith(MANIFEST_HEAD):
            raise ValueError("expected the text of a manifest")
        return sign_note(text, row["origin"], private_key(self._session, row))

    def size(self) -> int:
        """How many leaves have a place."""
        last = self._connection.execute(select(func.max(LeafRow.leaf_index))).scalar()
        return 0 if last is None else int(last) + 1

    def pending(self) -> int:
        """How many leaves wait for a place."""
        return int(self._connection.execute(select(func.count()).select_from(PendingLeafRow)).scalar_one())

    def sequence(self) -> GrowingTree:
        """Give every waiting leaf its place, in the order of their commits; the tree that results."""
        nodes: list[dict[str, Any]] = []

        def completed(level: int, index: int, hashed: bytes) -> None:
            nodes.append({"level": level, "node_index": index, "node_hash": hashed})

        tree = self._grown(completed)
        query = select(*PendingLeafRow.__table__.columns).order_by(PendingLeafRow.position).limit(_AT_ONCE)
        while rows := self._connection.execute(query).all():
            leaves = []
            for place, row in enumerate(rows, start=tree.size):
                leaves.append({"leaf_index": place, "entry_id": row.entry_id, "leaf_hash": row.leaf_hash})
                tree.append(row.leaf_hash)
            self._session.insert(LeafRow, leaves)
            for positions in chunks([row.position for row in rows]):
                self._connection.execute(delete(PendingLeafRow).where(PendingLeafRow.position.in_(positions)))
        self._session.insert(TreeNodeRow, nodes)
        return tree

    def root(self, size: int) -> bytes:
        """The root over the first leaves."""
        return root_hash(StoredTree(self._session), size)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The audit path of a leaf under the tree of that size."""
        return inclusion_proof(StoredTree(self._session), index, size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """That the tree of the one size continues that of the other."""
        return consistency_proof(StoredTree(self._session), old, new)

    def places(self, entry_ids: Sequence[str]) -> dict[str, int]:
        """The index of each of these entries' leaves, of those that have one."""
        found: dict[str, int] = {}
        for part in chunks(entry_ids):
            query = select(LeafRow.entry_id, LeafRow.leaf_index).where(LeafRow.entry_id.in_(part))
            found |= {row.entry_id: row.leaf_index for row in self._connection.execute(query)}
        return found

    def add_checkpoint(self, checkpoint: SignedCheckpoint) -> None:
        """Keep a checkpoint that was signed."""
        names = ("epoch", "size", "note", "made_at")
        self._session.insert(CheckpointRow, [{name: getattr(checkpoint, name) for name in names}])

    def latest_checkpoint(self) -> SignedCheckpoint | None:
        """The newest one of the log that is kept now."""
        query = select(*CheckpointRow.__table__.columns)
        query = query.order_by(CheckpointRow.epoch.desc(), CheckpointRow.size.desc()).limit(1)
        row = self._connection.execute(query).mappings().first()
        return SignedCheckpoint(**row) if row else None

    def checkpoints(self) -> Iterator[SignedCheckpoint]:
        """All of them, in the order they were signed."""
        query = select(*CheckpointRow.__table__.columns).order_by(CheckpointRow.epoch, CheckpointRow.size)
        for row in self._session.stream(query):
            yield SignedCheckpoint(**row)

    def checkpoints_after(self, epoch: int, size: int, limit: int) -> list[SignedCheckpoint]:
        """Those that were signed after one, at most so many."""
        after = tuple_(CheckpointRow.epoch, CheckpointRow.size) > tuple_(literal(epoch), literal(size))
        query = select(*CheckpointRow.__table__.columns).where(after)
        query = query.order_by(CheckpointRow.epoch, CheckpointRow.size).limit(limit)
        return [SignedCheckpoint(**row) for row in self._session.stream(query)]

    def first_stamped(self, index: int) -> tuple[SignedCheckpoint, list[StoredToken]] | None:
        """The first checkpoint over a leaf that has a time token, with its tokens: the earliest provable time."""
        query = select(TimeTokenRow.epoch, TimeTokenRow.size).where(TimeTokenRow.size > index)
        row = self._connection.execute(query.order_by(TimeTokenRow.epoch, TimeTokenRow.size).limit(1)).first()
        return self._with_tokens(row.epoch, row.size) if row else None

    def latest_stamped(self) -> SignedCheckpoint | None:
        """The newest checkpoint that has a time token."""
        query = select(TimeTokenRow.epoch, TimeTokenRow.size).order_by(TimeTokenRow.token_id.desc()).limit(1)
        row = self._connection.execute(query).first()
        return self._with_tokens(row.epoch, row.size)[0] if row else None

    def tokens(self, epoch: int, size: int) -> list[StoredToken]:
        """The tokens over one checkpoint."""
        query = select(*TimeTokenRow.__table__.columns).order_by(TimeTokenRow.token_id)
        query = query.where(TimeTokenRow.epoch == epoch, TimeTokenRow.size == size)
        return [_token(row) for row in self._session.stream(query)]

    def add_token(self, token: StoredToken) -> None:
        """Keep an authority's reply."""
        names = ("epoch", "size", "authority", "token", "stamped_at")
        self._session.insert(TimeTokenRow, [{name: getattr(token, name) for name in names}])

    def erased(self, entry_ids: Sequence[str]) -> dict[str, datetime]:
        """When parts of these entries were erased, of those that were."""
        found: dict[str, datetime] = {}
        for part in chunks(entry_ids):
            query = select(*ErasedEntryRow.__table__.columns).where(ErasedEntryRow.entry_id.in_(part))
            found |= {row.entry_id: row.erased_at for row in self._connection.execute(query)}
        return found

    def _with_tokens(self, epoch: int, size: int) -> tuple[SignedCheckpoint, list[StoredToken]]:
        query = select(*CheckpointRow.__table__.columns)
        query = query.where(CheckpointRow.epoch == epoch, CheckpointRow.size == size)
        return SignedCheckpoint(**self._connection.execute(query).mappings().one()), self.tokens(epoch, size)

    def _grown(self, completed: Callable[[int, int, bytes], None]) -> GrowingTree:
        size, stored = self.size(), StoredTree(self._session)
        return GrowingTree(completed, size, lambda level: stored.block(level, (size >> level) // WIDTH))

    def _latest_log(self) -> Mapping[str, Any] | None:
        query = select(*LogRow.__table__.columns).order_by(LogRow.epoch.desc()).limit(1)
        return next(self._session.stream(query), None)


def private_key(session: Session, row: Mapping[str, Any]) -> bytes:
    """The private key of a log's row, opened; raises WrongKey."""
    return session.cipher.open_bytes("ledger_logs", "private_key", str(row["epoch"]), row["private_key"])


def _log(row: Mapping[str, Any]) -> Log:
    key = NoteKey(row["origin"], bytes(row["public_key"]))
    return Log(row["epoch"], key, row["begun_at"], row["begun_size"], row["continues"])


def _token(row: Mapping[str, Any]) -> StoredToken:
    return StoredToken(row["epoch"], row["size"], row["authority"], bytes(row["token"]), row["stamped_at"])
