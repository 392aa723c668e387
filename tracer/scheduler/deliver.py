"""Send what waits in the outbox, several targets at once: one that hangs keeps nobody waiting but itself."""

from __future__ import annotations

import os
import secrets
import socket
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event

import structlog

from tracer.bootstrap import Application
from tracer.documents.notices.send import send_message
from tracer.domain.errors import StoreError, TracerError
from tracer.services.notices.claim_message import due_targets

AT_ONCE = 3
POLL_SECONDS = 1.0
log = structlog.get_logger("tracer.notify")


def deliver(app: Application, stop: Event | None = None) -> int:
    """Send until `stop` is set; without one until nothing is due any more. How many messages were taken.

    Any number of processes may do this at once, and any of them may be killed.
    """
    sent, busy, failed = 0, dict[str, Future[bool]](), set[str]()
    worker = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notify") as pool:
        while stop is None or not stop.is_set():
            for target_id in [one for one, future in busy.items() if future.done()]:
                taken = busy.pop(target_id).result()
                sent += taken
                if not taken and stop is None:
                    failed.add(target_id)
            for target_id in _due(app):
                if target_id not in failed and target_id not in busy and len(busy) < AT_ONCE:
                    busy[target_id] = pool.submit(_send, app, target_id, worker)
            if stop is not None:
                stop.wait(POLL_SECONDS if len(busy) < AT_ONCE else 0.1)
            elif busy:
                wait(busy.values(), return_when="FIRST_COMPLETED")
            else:
                break
    return sent + sum(future.result() for future in busy.values())


def _due(app: Application) -> list[str]:
    try:
        with app.reading() as work:
            return due_targets(work)
    except StoreError as error:
        log.warning("store_unavailable", error=type(error).__name__)
    except Exception as error:  # noqa: BLE001  # whatever it is, the next look tries again
        log.error("outbox_not_read", error=type(error).__name__)
    return []


def _send(app: Application, target_id: str, worker: str) -> bool:
    """Whether a message was taken. Logs name the target by id, and never say where it is."""
    try:
        outcome = send_message(app, target_id, worker)
    except TracerError as error:
        log.warning("notification_waits", target_id=target_id, error=type(error).__name__)
        return False
    except Exception as error:  # noqa: BLE001  # whatever it is, the others are served
        log.error("notification_broke", target_id=target_id, error=type(error).__name__)
        return False
    if outcome is None:
        return False
    log.info("notified" if outcome.is_sent else "not_notified", target_id=target_id)
    return outcome.is_sent
