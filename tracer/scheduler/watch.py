"""The worker's look into the watched folder, every few seconds."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import structlog

from tracer.bootstrap import Application
from tracer.domain.errors import StoreError
from tracer.intake.watch_folder import WatchedFolder

LOOK_SECONDS = 2.0
log = structlog.get_logger("tracer.watch")


def watch(app: Application, stop: Event) -> None:
    """Take in what comes into the folder of the settings, until `stop` is set; nothing where there is none.

    Whatever goes wrong is logged, and the next look tries again.
    """
    if not app.settings.watch_folder:
        return
    folder = WatchedFolder(app, Path(app.settings.watch_folder).expanduser())
    while not stop.is_set():
        try:
            folder.look()
        except StoreError as error:
            log.warning("store_unavailable", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001  # a folder that is gone for a while, a fault in a source's reader
            log.error("watched_folder_failed", error=type(error).__name__)
        stop.wait(LOOK_SECONDS)
