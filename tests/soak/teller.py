"""A process that sends what waits in the outbox, without the usual pauses; made to be killed.

    python -m tests.soak.teller HOME

The database and what may be reached come from the environment. It ends when its input does.
"""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tracer.bootstrap import build
from tracer.domain.errors import StoreUnavailable
from tracer.scheduler import deliver
from tracer.services.notices import claim_message


def main(home: str) -> None:
    deliver.POLL_SECONDS = 0.02
    claim_message.GAP = timedelta()
    claim_message.LEASE = timedelta(seconds=1.5)
    claim_message.FIRST_WAIT = claim_message.LONGEST_WAIT = timedelta(milliseconds=50)
    app = build(Path(home), clock=lambda: datetime.now(UTC))
    while True:
        try:
            _ = app.registry
            break
        except StoreUnavailable:
            time.sleep(0.02)
    stop = threading.Event()
    thread = threading.Thread(target=deliver.deliver, args=(app, stop), daemon=True)
    thread.start()
    sys.stdin.read()
    stop.set()
    thread.join(60)
    app.close()


if __name__ == "__main__":
    main(sys.argv[1])
