"""Which owned number the next canary goes on."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np

from tracer.domain.errors import CapacityExhausted, NotAllowed
from tracer.domain.line import OwnedNumber


@dataclass(slots=True)
class PoolNumber:
    """A number with what it carries now.

    `live` canaries in all, `rivals` of them for channels of the kinds that the next canary is for,
    `names_left` how many more names a shared number takes.
    """

    number_id: str
    owned: OwnedNumber
    live: int = 0
    rivals: int = 0
    names_left: int = 0

    def take(self) -> None:
        """Count one more canary."""
        self.live += 1
        self.rivals += 1
        self.names_left -= self.owned.extension_digits is None


class FreeExtensions:
    """Deals the extensions of one number that are free, at random, so that one tells nothing of another.

    `taken` says which of some extensions are in use or still rest.
    """

    def __init__(self, digits: int, taken: Callable[[Sequence[str]], Collection[str]]) -> None:
        self._digits = digits
        self._taken = taken
        self._asked: set[int] = set()
        self._ready: list[str] = []
        self._ask = 8

    def draw(self, rng: np.random.Generator) -> str | None:
        """One that is free and was not dealt before; None when there is none left."""
        while not self._ready:
            values = self._not_asked(rng)
            if not values:
                return None
            self._asked.update(values)
            self._ask *= 2
            extensions = [f"{value:0{self._digits}d}" for value in values]
            taken = set(self._taken(extensions))
            self._ready = [extension for extension in extensions if extension not in taken]
        return self._ready.pop()

    def _not_asked(self, rng: np.random.Generator) -> list[int]:
        """Up to `_ask` different values that were not asked about."""
        size = 10**self._digits
        if len(self._asked) + self._ask > size // 2:
            left = np.setdiff1d(np.arange(size), np.fromiter(self._asked, np.int64, len(self._asked)))
            return [int(value) for value in rng.permutation(left)[: self._ask]]
        values: dict[int, None] = {}
        while len(values) < self._ask:
            drawn = rng.integers(size, size=self._ask).tolist()
            values |= dict.fromkeys(value for value in drawn if value not in self._asked)
        return list(values)[: self._ask]


def usable(pool: Sequence[PoolNumber], now: datetime, wanted: str | None = None) -> list[PoolNumber]:
    """The numbers that may take a new canary now.

    Owned now; the wanted one where one is named; test lines only where nothing else is in the pool,
    since they never ring. Raises NotAllowed with what to do.
    """
    if not pool:
        raise NotAllowed("there is no number in the pool. Add one you own: tracer number add NUMBER [--extensions 4]")
    if wanted is not None:
        pool = [item for item in pool if item.owned.number == wanted]
        if not pool:
            raise NotAllowed(f"{wanted} is not in the pool. `tracer number list` shows it; `tracer number add` adds")
    owned = [
        item
        for item in pool
        if (item.owned.owned_from is None or item.owned.owned_from <= now)
        and (item.owned.owned_until is None or now < item.owned.owned_until)
    ]
    if not owned:
        raise NotAllowed("no number of the pool is owned at this time. Add one: tracer number add NUMBER")
    return [item for item in owned if not item.owned.test_line] or owned


class Rota:
    """Deals the numbers of a pool: free extensions before shared numbers, rivals apart, the load even.

    `taken` says which of some extensions of a number are in use or still rest.
    """

    def __init__(
        self,
        numbers: Sequence[PoolNumber],
        taken: Callable[[PoolNumber, Sequence[str]], Collection[str]],
        locale: str,
    ) -> None:
        self._extensions = {
            item.number_id: FreeExtensions(item.owned.extension_digits, partial(taken, item))
            for item in numbers
            if item.owned.extension_digits is not None
        }
        self._locale = locale
        self._numbers = tuple(numbers)
        self._placed = 0
        self._waiting = [(_order(item), place, item) for place, item in enumerate(numbers)]
        heapq.heapify(self._waiting)

    def next(self, rng: np.random.Generator) -> tuple[PoolNumber, str | None]:
        """The number for the next canary, and its extension there; raises CapacityExhausted with what to do."""
        while self._waiting:
            _, place, item = heapq.heappop(self._waiting)
            extension = None
            if item.number_id in self._extensions:
                extension = self._extensions[item.number_id].draw(rng)
                if extension is None:
                    continue
            elif item.names_left <= 0:
                continue
            item.take()
            self._placed += 1
            heapq.heappush(self._waiting, (_order(item), place, item))
            return item, extension
        raise CapacityExhausted(self._nothing_left())

    def _nothing_left(self) -> str:
        room = f"only {self._placed:,} of the canaries asked for find room: " if self._placed else ""
        less = f"Ask for --count {self._placed}, or add" if self._placed else "Add"
        why = []
        if any(item.owned.extension_digits is not None for item in self._numbers):
            why.append(f"every {'other ' if self._placed else ''}extension is in use or quarantined")
        if any(item.owned.extension_digits is None for item in self._numbers):
            why.append(f"no shared number takes more {self._locale} names (`tracer codebook capacity` shows them)")
        return f"{room}{', and '.join(why)}. {less} a number: tracer number add NUMBER"


def _order(item: PoolNumber) -> tuple[bool, int, int, str]:
    return (item.owned.extension_digits is None, item.rivals, item.live, item.owned.number)
