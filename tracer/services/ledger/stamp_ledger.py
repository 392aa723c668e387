"""Keep a trusted time over the newest checkpoint. Whoever asks the authority does so outside a transaction."""

from __future__ import annotations

from datetime import datetime

from tracer.storage.ledger import SignedCheckpoint, StoredToken
from tracer.storage.unit_of_work import UnitOfWork


def unstamped(work: UnitOfWork) -> SignedCheckpoint | None:
    """The newest checkpoint, if no authority stamped it yet."""
    newest = work.ledger.latest_checkpoint()
    return newest if newest and not work.ledger.tokens(newest.epoch, newest.size) else None


def keep_stamp(work: UnitOfWork, signed: SignedCheckpoint, authority: str, token: bytes, time: datetime) -> StoredToken:
    """Keep an authority's raw token over a checkpoint's note."""
    kept = StoredToken(signed.epoch, signed.size, authority, token, time)
    work.ledger.add_token(kept)
    return kept
