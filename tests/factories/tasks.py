"""Ports for tasks, written by hand: one that works everything out here as if it had travelled."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Posted:
    """Everything goes there and back as bytes, which are kept."""

    parts: int = 2
    apart: bool = True
    sent: list[bytes] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)

    def map(
        self,
        function: Callable[[Any, Any], Any],
        common: Any,
        items: Sequence[Any],
        progress: Callable[[float], None] = lambda share: None,
    ) -> list[Any]:
        found = []
        shared = pickle.dumps((function, common))
        self.sent += [shared, *map(pickle.dumps, items)]
        self.functions.append(function.__name__)
        for done, item in enumerate(items, start=1):
            known, unpacked = pickle.loads(shared)  # noqa: S301  # our own
            found.append(pickle.loads(pickle.dumps(known(unpacked, pickle.loads(pickle.dumps(item))))))  # noqa: S301
            progress(done / len(items))
        return found

    def told(self) -> Mapping[str, object]:
        return {"where": "posted"}

    @contextmanager
    def opened(self) -> Iterator[Posted]:
        yield self
