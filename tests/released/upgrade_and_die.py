"""An upgrade that is killed before its Nth statement that writes: python upgrade_and_die.py N."""

from __future__ import annotations

import os
import signal
import sys

from sqlalchemy import Engine, event

from tracer.__main__ import main

left = int(sys.argv[1])
READING = ("SELECT", "PRAGMA", "BEGIN", "WITH", "SHOW")


def count(_connection, _cursor, statement, _parameters, _context, _many) -> None:
    """SIGKILL when it is time."""
    global left
    if not statement.lstrip().upper().startswith(READING):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


event.listen(Engine, "before_cursor_execute", count)
sys.argv = ["tracer", "migrate"]
main()
