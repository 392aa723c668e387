"""Whether this process should be sent requests: it is not about to end, and its database answers in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from tracer.domain.errors import StoreUnavailable

PATIENCE = 3.0
"""Seconds in which the database has to answer. A network that is cut says nothing for longer than balancers wait."""


class Readiness:
    """Looks at the database in a thread of its own: those of the requests may all be waiting for it.

    Never in two, however long the database says nothing; and the end of the process waits for none.
    """

    def __init__(self, look: Callable[[], None], patience: float = PATIENCE) -> None:
        self._look = look
        self._patience = patience
        self._looking: asyncio.Future[None] | None = None
        self.is_leaving = False
        """Whether the process was told to end; set from a signal's handler."""

    async def check(self) -> None:
        """Raises StoreError where the database cannot be used, or says nothing in time.

        Whoever asks while somebody looks already shares what comes of it.
        """
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_future()
            self._looking.add_done_callback(_heard)  # perhaps by nobody else
            Thread(target=self._tell, args=(self._looking,), name="ready", daemon=True).start()
        looking = self._looking
        await asyncio.wait({looking}, timeout=self._patience)
        if not looking.done():
            raise StoreUnavailable(
                f"the database has not answered for {self._patience:g} s. Look at it, and at the way"
            )
        looking.result()

    def _tell(self, looking: asyncio.Future[None]) -> None:
        fault: Exception | None = None
        try:
            self._look()
        except Exception as error:  # noqa: BLE001  # whoever asks is told
            fault = error
        with suppress(RuntimeError):  # the loop is closed: the process ends, and nobody asks any more
            looking.get_loop().call_soon_threadsafe(_settle, looking, fault)


def _settle(looking: asyncio.Future[None], fault: Exception | None) -> None:
    if fault is None:
        looking.set_result(None)
    else:
        looking.set_exception(fault)


def _heard(looking: asyncio.Future[None]) -> None:
    if not looking.cancelled():
        looking.exception()
