"""The own numbers that may have rung: those that carry live canaries, the likeliest first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tracer.domain.line import OwnedNumber
from tracer.storage.unit_of_work import UnitOfWork

LEAST_TAIL = 4


@dataclass(frozen=True, slots=True)
class NumberInUse:
    """A number that carries live canaries, and the tail (digits) that tells it from the others."""

    number_id: str
    owned: OwnedNumber
    tail: str


def numbers_in_use(work: UnitOfWork) -> list[NumberInUse]:
    """Those that rang or had a canary issued last come first, the others by number."""
    live = work.canaries.live_per_number()
    pool = {stored.number_id: stored.owned for stored in work.numbers.all() if live.get(stored.number_id)}
    order = dict.fromkeys([*(one for one in work.listings.recent_numbers() if one in pool), *pool])
    tails = _tails([owned.number for owned in pool.values()])
    return [NumberInUse(one, pool[one], tails[pool[one].number]) for one in order]


def _tails(numbers: list[str]) -> dict[str, str]:
    """Of each number the shortest end, of four digits at least, that no other one has."""
    found: dict[str, str] = {}
    left, length = numbers, LEAST_TAIL
    while left:
        ends = Counter(number[-length:] for number in numbers)
        found |= {one: one[-length:] for one in left if ends[one[-length:]] == 1 or length >= len(one)}
        left, length = [one for one in left if one not in found], length + 1
    return found
