"""Which owned number the next canary goes on."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from tracer.domain.errors import CapacityExhausted, NotAllowed
from tracer.domain.line import OwnedNumber


@dataclass(slots=True)
class PoolNumber:
    """A number with what it carries now.

    `live` canaries in all, `rivals` of them for channels of the kinds that the next canary is for,
    `extensions` those in use or quarantined (None: not read yet), `names_left` how many more names a
    shared number takes.
    """

    number_id: str
    owned: OwnedNumber
    live: int = 0
    rivals: int = 0
    extensions: set[str] | None = None
    names_left: int = 0

    @property
    def has_room(self) -> bool:
        """Whether another canary fits: on a free extension, or by name on a shared number."""
        digits = self.owned.extension_digits
        return self.names_left > 0 if digits is None else len(self.extensions or ()) < 10**digits

    def take(self, extension: str | None) -> None:
        """Count one more canary."""
        self.live += 1
        self.rivals += 1
        if extension is None or self.extensions is None:
            self.names_left -= 1
        else:
            self.extensions.add(extension)


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

    `taken_extensions` reads those of a number that are in use or rest; asked only for numbers that come up.
    """

    def __init__(
        self, numbers: Sequence[PoolNumber], taken_extensions: Callable[[PoolNumber], set[str]], locale: str
    ) -> None:
        self._taken_extensions = taken_extensions
        self._locale = locale
        self._numbers = tuple(numbers)
        self._placed = 0
        self._waiting = [(_order(item), place, item) for place, item in enumerate(numbers)]
        heapq.heapify(self._waiting)

    def next(self, rng: np.random.Generator) -> tuple[PoolNumber, str | None]:
        """The number for the next canary, and its extension there; raises CapacityExhausted with what to do."""
        while self._waiting:
            _, place, item = heapq.heappop(self._waiting)
            if item.owned.extension_digits is not None and item.extensions is None:
                item.extensions = self._taken_extensions(item)
            if not item.has_room:
                continue
            extension = None if item.extensions is None else draw_extension(item, rng)
            item.take(extension)
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


def draw_extension(number: PoolNumber, rng: np.random.Generator) -> str:
    """A free extension of the number, at random, so that one extension tells nothing of another."""
    digits = number.owned.extension_digits
    if digits is None:
        raise NotAllowed(f"{number.owned.number} has no extensions")
    taken = number.extensions if number.extensions is not None else set()
    size = 10**digits
    while True:
        extension = f"{int(rng.integers(size)):0{digits}d}"
        if extension not in taken:
            return extension
        if len(taken) > 0.9 * size:
            free = sorted({f"{value:0{digits}d}" for value in range(size)} - taken)
            if not free:
                raise CapacityExhausted(f"every extension of {number.owned.number} is in use or quarantined")
            return free[int(rng.integers(len(free)))]
