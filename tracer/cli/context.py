"""The application object, built when a command first needs it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracer.bootstrap import Application


@cache
def application() -> Application:
    """The one application of this process. Wiring imports the database layer, so `--help` does without it."""
    from tracer.bootstrap import build

    return build()


def seal_behind() -> None:
    """After a command: seal what it registered, and have it time-stamped where an authority is configured.

    What goes wrong here is told and changes nothing of what the command did: a worker or the next command tries again.
    """
    from tracer.cli.output import warn
    from tracer.domain.errors import TracerError

    if not application.cache_info().currsize or not application().is_open or not application().registry.has_written:
        return
    app = application()
    try:
        with app.reading() as work:
            waiting = work.ledger.pending()
        if waiting:
            app.seal_ledger()
            app.stamp_ledger()
    except TracerError as error:
        warn(f"tracer: the ledger: {error}")
    except KeyboardInterrupt:
        warn("tracer: what was done is kept; the ledger is sealed by the next command")
