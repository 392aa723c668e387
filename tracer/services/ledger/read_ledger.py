"""What the ledger is now, a page of its checkpoints, and the proof that a fact lies in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tracer.domain.errors import LedgerForked, NotAllowed, StoreUnavailable, UnknownId
from tracer.domain.ledger.checkpoint import Proof
from tracer.domain.ledger.merkle import leaf_hash
from tracer.services.ledger.seal_ledger import kept_checkpoint, refuse_fork
from tracer.services.registry.browse import Page
from tracer.storage.ledger import SignedCheckpoint, StoredToken
from tracer.storage.ledger_head import LedgerHead
from tracer.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ProvedEntry:
    """A fact's leaf hash and its proof under a signed checkpoint, with the checkpoint's time tokens."""

    entry_id: str
    leaf_hash: bytes
    proof: Proof
    tokens: tuple[StoredToken, ...]


def ledger_state(work: UnitOfWork, head: LedgerHead) -> dict[str, Any]:
    """The ledger as JSON: how much is sealed, with which key, the newest checkpoint and its time tokens.

    `alarm` is empty, or says why nothing is signed any more.
    """
    ledger = work.ledger
    log, newest, size = ledger.log(), ledger.latest_checkpoint(), ledger.size()
    stamped = ledger.latest_stamped()
    return {
        "size": size,
        "waiting": ledger.pending(),
        "origin": log.key.name,
        "key": log.key.text(),
        "fingerprint": log.key.fingerprint,
        "checkpoint": checkpoint_record(work, newest) if newest else None,
        "stamped": checkpoint_record(work, stamped) if stamped else None,
        "alarm": ledger_alarm(work, head),
    }


def ledger_alarm(work: UnitOfWork, head: LedgerHead) -> str:
    """Why nothing is signed any more; empty where all is well. Cheap enough for every look at the home page.

    `head` is as it was before `work` began to look (`LedgerHead.now`).
    """
    try:
        refuse_fork(kept_checkpoint(work, head), work.ledger.size(), work.ledger.root)
    except (LedgerForked, StoreUnavailable) as error:
        return str(error)
    return ""


def fact_head(work: UnitOfWork, entry_id: str) -> dict[str, str]:
    """When and by whom a fact was recorded, of what kind and about what. Raises UnknownId."""
    entry = work.journal.entry(entry_id)
    if entry is None:
        raise UnknownId("fact", entry_id, "GET /journal lists them with their entry_id")
    return {
        "entry_id": entry_id,
        "recorded_at": entry.recorded_at.isoformat(),
        "actor": entry.actor,
        "event": entry.event,
        "subject_id": entry.subject_id,
    }


def checkpoint_record(work: UnitOfWork, signed: SignedCheckpoint) -> dict[str, Any]:
    """A checkpoint as JSON. Its `made_at` is by our own clock and proves nothing; time tokens do."""
    tokens = work.ledger.tokens(signed.epoch, signed.size)
    return {
        "size": signed.size,
        "note": signed.note,
        "made_at": signed.made_at.isoformat(),
        "time_tokens": [{"authority": one.authority, "time": one.stamped_at.isoformat()} for one in tokens],
    }


def browse_checkpoints(work: UnitOfWork, epoch: int, size: int, limit: int) -> Page:
    """Checkpoints in the order they were signed, after one of them."""
    found = work.ledger.checkpoints_after(epoch, size, limit + 1)
    records = [checkpoint_record(work, one) for one in found[:limit]]
    ids = [f"{one.epoch}/{one.size}" for one in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    return Page(records, ids, [last.epoch, last.size] if last else None)


def prove_entry(work: UnitOfWork, entry_id: str) -> ProvedEntry:
    """That a fact is sealed: under the first checkpoint with a time token over it, else under the newest one.

    Raises UnknownId for a fact that is not there, NotAllowed for one that is not sealed yet.
    """
    entry = work.journal.entry(entry_id)
    if entry is None or entry.record is None:
        raise UnknownId("fact", entry_id, "GET /journal lists them with their entry_id")
    place = work.ledger.places([entry_id]).get(entry_id)
    stamped = work.ledger.first_stamped(place) if place is not None else None
    signed, tokens = stamped or (work.ledger.latest_checkpoint(), [])
    if place is None or signed is None or place >= signed.size:
        raise NotAllowed("this fact waits for its place in the ledger: it is sealed within seconds. Ask again")
    proof = Proof(place, tuple(work.ledger.inclusion(place, signed.size)), signed.note)
    return ProvedEntry(entry_id, leaf_hash(entry.record.content()), proof, tuple(tokens))
