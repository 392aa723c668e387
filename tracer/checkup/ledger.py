"""The ledger: whether it is signed, and goes on from what was signed before."""

from __future__ import annotations

from collections.abc import Iterator

from tracer.bootstrap import Application
from tracer.domain.finding import Finding, notice, well, wrong
from tracer.services.ledger.read_ledger import ledger_state

CHECK = "ledger"


def look(app: Application) -> Iterator[Finding]:
    """What is quickly seen; `tracer ledger verify` looks at everything."""
    head = app.ledger_head.now()
    with app.reading() as work:
        state = ledger_state(work, head)
    if state["alarm"]:
        yield wrong(CHECK, state["alarm"], "See docs/backups.md. Keep both states until it is clear what happened.")
        return
    if state["waiting"]:
        yield notice(
            CHECK,
            f"{state['waiting']:,} facts wait to be sealed.",
            "`tracer serve` and `tracer work` seal every few seconds, and `tracer ledger checkpoint` does it now.",
        )
    yield well(CHECK, f"{state['size']:,} facts are sealed. `tracer ledger verify` looks at each of them.")
