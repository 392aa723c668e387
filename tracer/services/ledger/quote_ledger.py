"""What a report says of the ledger: how much was sealed under which key, and the time that an authority vouches for."""

from __future__ import annotations

import base64
from typing import Any

from tracer.domain.ledger.checkpoint import read_checkpoint
from tracer.storage.unit_of_work import UnitOfWork


def quote_ledger(work: UnitOfWork) -> dict[str, Any]:
    """The newest checkpoint and the newest one with a time token, as JSON: the time is the token's, not our clock's."""
    log, newest, stamped = work.ledger.log(), work.ledger.latest_checkpoint(), work.ledger.latest_stamped()
    quote: dict[str, Any] = {
        "origin": log.key.name,
        "fingerprint": log.key.fingerprint,
        "size": newest.size if newest else 0,
        "root": base64.b64encode(read_checkpoint(newest.note)[0].root).decode() if newest else "",
        "stamped": None,
    }
    if stamped is not None:
        token = work.ledger.tokens(stamped.epoch, stamped.size)[0]
        quote["stamped"] = {
            "size": stamped.size,
            "time": token.stamped_at.isoformat(),
            "authority": token.authority,
        }
    return quote
