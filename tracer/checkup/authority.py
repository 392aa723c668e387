"""Trusted time: whether an authority is named, and gives a stamp that holds."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

from tracer.bootstrap import Application
from tracer.domain.errors import NoTimeStamp
from tracer.domain.finding import Finding, notice, well, wrong

CHECK = "authority"
_LEEWAY = timedelta(seconds=60)


def look(app: Application) -> Iterator[Finding]:
    """Asks for a stamp over a random digest, and throws it away."""
    if not app.settings.time_authorities:
        yield notice(
            CHECK,
            "No time-stamp authority is named: when something was registered rests on this machine's word.",
            "Name one under time_authorities; docs/ledger.md tells how.",
        )
        return
    try:
        stamp = app.time_authorities.stamp(sha256(secrets.token_bytes(32)).digest())
    except NoTimeStamp as error:
        yield wrong(CHECK, str(error), "Registrations wait for their stamp until one of them answers.")
        return
    yield well(CHECK, f"{stamp.authority} gave a stamp for {stamp.proven.time.isoformat()}.")
    if abs(app.clock() - stamp.proven.time) > _LEEWAY:
        yield wrong(
            CHECK,
            f"This machine's clock says {app.clock().isoformat()}, more than a minute from the authority's.",
            "Set the clock, and run a time daemon.",
        )
