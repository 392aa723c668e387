"""How many names there can still be, number by number and locale by locale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracer.domain.codebook.capacity import FIRST_NAMES, LINE_CAPACITY, REGISTRY_CAPACITY, same_script
from tracer.storage.canaries import OnNumber
from tracer.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class NumberCapacity:
    """What one number carries of one locale and how much more it takes.

    `extension_digits` None: shared, where names are what runs out, and names of one script keep their
    distance from each other; else extensions run out, whatever the locale. `first_left`: how many
    more names there will differ in every place. `sounding_alike`: imported ones that break the promise.
    """

    number: str
    extension_digits: int | None
    locale: str
    used: int
    capacity: int
    left: int
    first_left: int
    sounding_alike: int


@dataclass(frozen=True, slots=True)
class RegistryCapacity:
    """Names of a locale in the whole registry, of which each has characters and a sound of its own."""

    locale: str
    used: int
    capacity: int
    left: int


def codebook_capacity(work: UnitOfWork, locales: Sequence[str]) -> tuple[list[NumberCapacity], list[RegistryCapacity]]:
    """Capacity and use for each number of the pool and each locale, and for the registry."""
    counts = work.canaries.count_on_numbers()
    numbers = [
        _of_number(stored.owned.number, stored.owned.extension_digits, locale, counts.get(stored.number_id, {}))
        for stored in work.numbers.all()
        for locale in locales
    ]
    registry = []
    for locale in locales:
        used = sum(
            on.shared + on.on_extensions for of in counts.values() for bears, on in of.items() if bears == locale
        )
        registry.append(
            RegistryCapacity(locale, used, REGISTRY_CAPACITY[locale], max(0, REGISTRY_CAPACITY[locale] - used))
        )
    return numbers, registry


def names_on_shared(work: UnitOfWork, locale: str) -> dict[str, int]:
    """How many names of the locale's script each number (by row id) bears without an extension."""
    return {number_id: _sharing(counts, locale) for number_id, counts in work.canaries.count_on_numbers().items()}


def _sharing(counts: Mapping[str, OnNumber], locale: str) -> int:
    return sum(on.shared for bears, on in counts.items() if same_script(bears, locale))


def _of_number(number: str, digits: int | None, locale: str, counts: Mapping[str, OnNumber]) -> NumberCapacity:
    mine = counts.get(locale, OnNumber(0, 0, 0))
    if digits is None:
        sharing = _sharing(counts, locale)
        capacity, taken, first_left = LINE_CAPACITY[locale], sharing, max(0, FIRST_NAMES - sharing)
        used = mine.shared
    else:
        capacity, taken, first_left = 10**digits, sum(on.on_extensions for on in counts.values()), 0
        used = mine.on_extensions
    return NumberCapacity(number, digits, locale, used, capacity, max(0, capacity - taken), first_left, mine.alike)
