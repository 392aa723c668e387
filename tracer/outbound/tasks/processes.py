"""Tasks in processes of this machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext
from threading import Thread

from tracer.outbound.tasks.elsewhere import LOOK_SECONDS, Answers, Elsewhere, Lost, said
from tracer.outbound.tasks.working import work


class Processes(Elsewhere):
    """So many processes, begun at the first task. Each has one task at a time, and what is shared is sent it once."""

    where = "processes of this machine"

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self._helpers: list[_Helper] = []

    def _at_once(self) -> int:
        return self._number

    def _each(self, token: str, shared: bytes, items: Sequence[bytes]) -> Answers:
        try:
            yield from self._answers(token, shared, items)
        except (EOFError, OSError) as error:
            raise Lost("a process that works tasks out ended early: perhaps the machine ran out of memory") from error

    def _answers(self, token: str, shared: bytes, items: Sequence[bytes]) -> Answers:
        if not self._helpers:
            context = get_context("spawn")  # a server has threads, which do not survive a fork
            for _ in range(self._number):
                self._helpers.append(_Helper(context))
        left = list(enumerate(items))[::-1]
        idle = list(self._helpers)
        at_work: dict[Connection, tuple[_Helper, int]] = {}
        while left or at_work:
            while left and idle:
                place, item = left.pop()
                helper = idle.pop(0)
                self._bytes_out += helper.ask(token, shared, item)
                at_work[helper.line] = helper, place
            ready = wait(list(at_work), LOOK_SECONDS)
            if not ready:
                yield None
            for line in [one for one in at_work if one in ready]:
                helper, place = at_work.pop(line)
                yield place, helper.answer()
                idle.append(helper)

    def close(self) -> None:
        """End the processes at once, whatever they are at."""
        for helper in self._helpers:
            helper.end()
        self._helpers = []


class _Helper:
    """One process, and the line to it."""

    def __init__(self, context: SpawnContext) -> None:
        self.line, its_end = context.Pipe()
        self._process = context.Process(target=_help, args=(its_end,), name="attribution", daemon=True)
        self._knows = ""
        try:
            self._process.start()
        finally:
            its_end.close()  # so that the line breaks when the process ends

    def ask(self, token: str, shared: bytes, item: bytes) -> int:
        """Have it work an item out; how many bytes that took. It must have answered everything else."""
        sent = b"" if self._knows == token else shared
        self._knows = token
        for part in (token.encode(), sent, item):
            self.line.send_bytes(part)
        return len(sent) + len(item)

    def answer(self) -> bytes:
        """What came of it, waited for; raises Lost where it failed, EOFError or OSError where the process ended."""
        fault, content = self.line.recv_bytes().decode(), self.line.recv_bytes()
        if fault:
            raise Lost(f"a task failed in a process of this machine: {fault}")
        return content

    def end(self) -> None:
        """Kill it: nothing that it holds is wanted any more."""
        self.line.close()
        self._process.kill()
        self._process.join()
        self._process.close()


def _help(line: Connection) -> None:
    """In the other process: answer until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked hears of it too, and ends this process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a server's processes may have ignored it
    Thread(target=_end_with_asker, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            token, shared, item = line.recv_bytes().decode(), line.recv_bytes(), line.recv_bytes()
            fault, content = "", b""
            try:
                content = work(token, shared, item)
            except Exception as error:  # noqa: BLE001  # it is tried again where it was asked for
                fault = said(error)
            line.send_bytes(fault.encode())
            line.send_bytes(content)


def _end_with_asker() -> None:
    """Whoever is killed takes its helpers along: nobody else would end them."""
    asker = parent_process()
    if asker is not None:
        asker.join()
    os._exit(0)
