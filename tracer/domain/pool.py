"""Which owned number the next canary goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from tracer.domain.errors import CapacityExhausted, NotAllowed
from tracer.domain.line import OwnedNumber


@dataclass(slots=True)
class PoolNumber:
    """A number with what it carries now.

    `live` canaries in all, `rivals` of them for channels of the kinds that the next canary is for,
    `extensions` those in use or quarantined, `drawn` of them for the canaries being issued.
    """

    number_id: str
    owned: OwnedNumber
    live: int = 0
    rivals: int = 0
    extensions: set[str] | None = None
    drawn: int = 0

    @property
    def free_extensions(self) -> int:
        """How many more canaries fit on extensions; 0 on a shared number."""
        digits = self.owned.extension_digits
        return 0 if digits is None else 10**digits - len(self.extensions or ())


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


def choose(numbers: Sequence[PoolNumber]) -> PoolNumber:
    """The number for the next canary: one with free extensions before a shared one, rivals apart, load even.

    Raises CapacityExhausted where every number has its extensions used up and none is shared, with how
    many canaries found room.
    """
    open_ = [item for item in numbers if item.owned.extension_digits is None or item.free_extensions > 0]
    if not open_:
        placed = sum(item.drawn for item in numbers)
        room = f"only {placed} of the canaries asked for find a free extension: " if placed else ""
        less = f"Ask for --count {placed}, or add" if placed else "Add"
        raise CapacityExhausted(
            f"{room}every {'other ' if placed else ''}extension is in use or quarantined. "
            f"{less} a number: tracer number add NUMBER"
        )
    return min(
        open_,
        key=lambda item: (item.owned.extension_digits is None, item.rivals, item.live, item.owned.number),
    )


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
            number.drawn += 1
            return extension
        if len(taken) > 0.9 * size:
            free = sorted({f"{value:0{digits}d}" for value in range(size)} - taken)
            if not free:
                raise CapacityExhausted(f"every extension of {number.owned.number} is in use or quarantined")
            number.drawn += 1
            return free[int(rng.integers(len(free)))]
