"""Where the parts of one attribution that do not need each other are worked out: here, or wherever a port leads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar

C = TypeVar("C")
I = TypeVar("I")  # noqa: E741  # one item
R = TypeVar("R")
Progress = Callable[[float], None]


class Tasks(Protocol):
    """Works out a function for each of some items.

    apart  whether chains run as tasks of their own, each with a generator of its own. How many of them there are
           depends on the campaign alone, so that the report is the same wherever they run.
    parts  into how many parts to cut what can be cut anywhere without changing the answer
    """

    @property
    def apart(self) -> bool:
        """See above."""

    @property
    def parts(self) -> int:
        """See above; at least 1."""

    def map(
        self,
        function: Callable[[C, I], R],
        common: C,
        items: Sequence[I],
        progress: Progress = lambda share: None,
    ) -> list[R]:
        """function(common, item) for each item, in their order; `progress` is told the share done.

        `function` is a module's own, so that other processes find it; `common` is large and sent once.
        """

    def told(self) -> Mapping[str, object]:
        """For the report's diagnostics: where the tasks ran and what went wrong; empty where nothing was configured."""


class Here:
    """This process, with the chains side by side: what holds where nothing is configured."""

    apart = False
    parts = 1

    def map(
        self,
        function: Callable[[C, I], R],
        common: C,
        items: Sequence[I],
        progress: Progress = lambda share: None,
    ) -> list[R]:
        """One after the other."""
        found = []
        for done, item in enumerate(items, start=1):
            found.append(function(common, item))
            progress(done / len(items))
        return found

    def told(self) -> Mapping[str, object]:
        """Nothing."""
        return {}


HERE = Here()
OpenTasks = Callable[[], AbstractContextManager[Tasks]]
"""Makes ready what works out the tasks of one attribution, and lets go of it afterwards."""


@contextmanager
def here() -> Iterator[Tasks]:
    """This process."""
    yield HERE
