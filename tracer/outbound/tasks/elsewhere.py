"""Tasks that run in other processes; what is lost there is worked out here, and the report says so."""

from __future__ import annotations

import logging
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from typing import Any, TypeVar

from tracer.domain.attribution.tasks import Progress
from tracer.outbound.tasks.working import pack, unpack

C = TypeVar("C")
I = TypeVar("I")  # noqa: E741  # one item
R = TypeVar("R")
log = logging.getLogger("tracer.tasks")
LOOK_SECONDS = 1.0
"""How long to wait for a task before whoever asked is told that it goes on, and may say that it need not."""


class Lost(Exception):
    """The tasks that are not done yet will not be done elsewhere; the text says why and what to do."""


Answers = Generator[tuple[int, bytes] | None, None, None]


def said(error: BaseException) -> str:
    """An error's kind and the beginning of its text, on one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__


class Elsewhere(ABC):
    """The port `Tasks`, for one attribution. Once something is lost, all that follows is worked out here.

    A report is the same wherever its tasks ran, so to be late is better than to be refused.
    """

    apart = True
    where = ""

    def __init__(self) -> None:
        self._shared: tuple[object, object, str, bytes] = (None, None, "", b"")
        self._why_here = ""
        self._there = self._here = self._bytes_out = self._bytes_back = 0

    @property
    def parts(self) -> int:
        """How many tasks run at once there; 1 where nothing is worked out there any more."""
        at_once = 1 if self._why_here else self._at_once()
        return 1 if self._why_here else at_once

    @abstractmethod
    def _at_once(self) -> int:
        """How many tasks run at once there."""

    @abstractmethod
    def _each(self, token: str, shared: bytes, items: Sequence[bytes]) -> Answers:
        """The places of the items and what came of them, as they are done; None now and then. Raises Lost."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the other processes."""

    def map(
        self,
        function: Callable[[C, I], R],
        common: C,
        items: Sequence[I],
        progress: Progress = lambda share: None,
    ) -> list[R]:
        """As the port says. An error there is tried here; what fails here too is raised."""
        found: dict[int, Any] = {}
        if not self._why_here:
            try:
                with closing(self._each(*self._share(function, common), [pack(item) for item in items])) as answers:
                    for one in answers:
                        if one is not None:
                            found[one[0]] = unpack(one[1])
                            self._bytes_back += len(one[1])
                        progress(len(found) / len(items))
            except Lost as error:
                self._why_here = str(error)
                self.close()  # nobody waits for what is still worked out there
                log.warning("attribution goes on in this process: %s", error)
        self._there += len(found)
        self._here += len(items) - len(found)
        for place, item in enumerate(items):
            if place not in found:
                found[place] = function(common, item)
                progress(len(found) / len(items))
        return [found[place] for place in range(len(items))]

    def told(self) -> Mapping[str, object]:
        """Where the tasks ran, how many here, and why; how much travelled, in megabytes."""
        told = {
            "where": self.where,
            "at_once": self._at_once(),
            "tasks_there": self._there,
            "tasks_here": self._here,
            "megabytes_sent": round(self._bytes_out / 1e6, 3),
            "megabytes_received": round(self._bytes_back / 1e6, 3),
        }
        return {**told, "why_here": self._why_here} if self._why_here else told

    def _share(self, function: object, common: object) -> tuple[str, bytes]:
        """What all items need, packed, with a token; packed once for several maps one after the other."""
        if self._shared[0] is not function or self._shared[1] is not common:
            self._shared = (function, common, secrets.token_hex(8), pack((function, common)))
        return self._shared[2], self._shared[3]
