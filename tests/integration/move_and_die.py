"""Begins a move and is killed at one of its steps: move_and_die.py HOME URL STEP."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tracer.bootstrap import build
from tracer.storage.move import move, source
from tracer.storage.move.sweep import Sweep

STEPS = {
    "among the batches": ("bring_up", 5, False),
    "before the copy is committed": ("commit_copy", 1, False),
    "before the source is closed": ("close_source", 1, False),
    "when the source is closed": ("close_source", 1, True),
    "when the target is open": ("open_target", 1, True),
}
"""Which function, at its how manyeth call, and whether it is carried out before the end."""


def _dying(act: Callable[..., Any], times: int, carried_out: bool) -> Callable[..., Any]:
    left = times

    def acted(*arguments: Any) -> Any:
        nonlocal left
        left -= 1
        result = None if left == 0 and not carried_out else act(*arguments)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return acted


def main(home: str, url: str, step: str) -> None:
    name, times, carried_out = STEPS[step]
    owner: Any = Sweep if name == "bring_up" else move
    source._MOST_ROWS = 7
    setattr(owner, name, _dying(getattr(owner, name), times, carried_out))
    build(Path(home)).move_into(url, lambda share: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
