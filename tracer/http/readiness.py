"""Whether this process should be sent requests: it is not about to end, and its database answers in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tracer.domain.errors import StoreUnavailable

PATIENCE = 3.0
"""Seconds in which the database has to answer. A network that is cut says nothing for longer than balancers wait."""


class Readiness:
    """Looks at the database in a thread of its own: those of the requests may all be waiting for it."""

    def __init__(self, look: Callable[[], None], patience: float = PATIENCE) -> None:
        self._look = look
        self._patience = patience
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ready")
        self._looking: asyncio.Future[None] | None = None
        self.is_leaving = False
        """Whether the process was told to end; set from a signal's handler."""

    async def check(self) -> None:
        """Raises StoreError where the database cannot be used, or says nothing in time.

        Whoever asks while somebody looks already shares what comes of it.
        """
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().run_in_executor(self._thread, self._look)
            self._looking.add_done_callback(_heard)  # perhaps by nobody else
        looking = self._looking
        await asyncio.wait({looking}, timeout=self._patience)
        if not looking.done():
            raise StoreUnavailable(
                f"the database has not answered for {self._patience:g} s. Look at it, and at the way"
            )
        looking.result()

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _heard(looking: asyncio.Future[None]) -> None:
    if not looking.cancelled():
        looking.exception()
