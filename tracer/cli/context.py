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
