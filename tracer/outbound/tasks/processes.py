"""Tasks in processes of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from tracer.outbound.tasks.elsewhere import Elsewhere, Lost
from tracer.outbound.tasks.working import work


class Processes(Elsewhere):
    """So many processes, begun at the first task. Each is a pool of its own, so that what is shared is sent it once."""

    where = "processes of this machine"

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self._pools: list[ProcessPoolExecutor] = []
        self._has = [""] * number

    def _at_once(self) -> int:
        return self._number

    def _each(self, token: str, shared: bytes, items: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
        try:
            place_of = {self._begin(place % self._number, token, shared, one): place for place, one in enumerate(items)}
            for done in as_completed(place_of):
                yield place_of[done], done.result()
        except (BrokenProcessPool, OSError) as error:
            raise Lost("a process that works tasks out ended early: perhaps the machine ran out of memory") from error

    def _begin(self, number: int, token: str, shared: bytes, item: bytes) -> Future[bytes]:
        if not self._pools:
            context = get_context("spawn")  # a server has threads, which do not survive a fork
            self._pools = [ProcessPoolExecutor(1, context) for _ in range(self._number)]
        known, self._has[number] = self._has[number] == token, token
        sent = b"" if known else shared
        self._bytes_out += len(sent) + len(item)
        return self._pools[number].submit(work, token, sent, item)

    def close(self) -> None:
        """End the processes."""
        for pool in self._pools:
            pool.shutdown(wait=True, cancel_futures=True)
        self._pools = []
