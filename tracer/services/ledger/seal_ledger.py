"""Give the facts that wait their places in the ledger, and sign what it is then."""

from __future__ import annotations

from collections.abc import Callable

from tracer.domain.errors import LedgerForked
from tracer.domain.ledger.checkpoint import Checkpoint, read_checkpoint
from tracer.storage.ledger import SignedCheckpoint
from tracer.storage.ledger_head import LedgerHead
from tracer.storage.unit_of_work import UnitOfWork


def seal_ledger(work: UnitOfWork, head: LedgerHead | None) -> SignedCheckpoint | None:
    """The newest checkpoint: a new one where facts came; None for a ledger without any.

    `head` knows outside the database what was signed; None: it is not asked. Raises LedgerForked where the leaves do
    not continue that or what the database itself says was signed: nothing is signed then.
    """
    kept = kept_checkpoint(work, head) if head is not None else None
    ledger = work.ledger
    ledger.take_turns()
    log, newest, before = ledger.log(), ledger.latest_checkpoint(), ledger.size()
    if newest and newest.epoch != log.epoch:
        newest = None
    for known in (kept, read_checkpoint(newest.note)[0] if newest else None):
        refuse_fork(known, before, ledger.root)
    tree = ledger.sequence()
    if newest and newest.size == tree.size:
        return newest
    if not tree.size:
        return None
    note = ledger.sign(Checkpoint(log.key.name, tree.size, tree.root()))
    signed = SignedCheckpoint(log.epoch, tree.size, note, work.now)
    ledger.add_checkpoint(signed)
    return signed


def kept_checkpoint(work: UnitOfWork, head: LedgerHead) -> Checkpoint | None:
    """The newest checkpoint of the registry's log that is known outside the database; raises LedgerForked."""
    *before, log = work.ledger.logs()
    return head.checkpoint(log.key, {one.key.name for one in before})


def refuse_fork(known: Checkpoint | None, size: int, root: Callable[[int], bytes]) -> None:
    """Raise LedgerForked unless a tree of that size, with these roots, continues a checkpoint that was signed."""
    if known is None:
        return
    if known.size > size:
        raise LedgerForked(
            f"the ledger in the database ends at {size:,} facts, and {known.size:,} were signed before: the database "
            "was set back to an older state. Facts are still taken, but nothing is signed. Put the newer database "
            "back, or bring a backup in with `tracer restore`, which begins a new log that says so"
        )
    if root(known.size) != known.root:
        raise LedgerForked(
            f"the first {known.size:,} facts of the ledger are not those that were signed: the database was changed. "
            "Nothing is signed. Run `tracer ledger verify` to find the first one that differs"
        )
