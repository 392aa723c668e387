"""The codebook as a Faker provider: `fake.add_provider(Provider)`, then `fake.canary_name()`."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from faker.providers import BaseProvider

from tracer.domain.codebook.allocate import Allocator, IssuedName
from tracer.domain.codebook.capacity import LINE_CAPACITY
from tracer.domain.codebook.line_names import LineNames
from tracer.domain.codebook.repertoire import GENDERS

_AT_ONCE = 256


class Provider(BaseProvider):
    """Names that can be told apart by ear, each given out once by this provider, in the locale of its Faker.

    Seeded by Faker's own generator before the first name. With `line` (any label, such as a telephone
    number) names also keep the distance of a shared number from the others of that label.
    """

    def __init__(self, generator: Any) -> None:
        super().__init__(generator)
        self._allocators: dict[str, Allocator] = {}
        self._lines: dict[str, LineNames] = {}
        self._ready: dict[tuple[str, str | None], list[IssuedName]] = defaultdict(list)

    def canary_name(self, line: str | None = None) -> str:
        """A name of either gender; raises CapacityExhausted, InvalidValue where the locale has no codebook."""
        return self._next("", line)

    def canary_name_female(self, line: str | None = None) -> str:
        """A woman's name; raises as canary_name does."""
        return self._next("female", line)

    def canary_name_male(self, line: str | None = None) -> str:
        """A man's name; raises as canary_name does."""
        return self._next("male", line)

    def _next(self, gender: str, line: str | None) -> str:
        ready = self._ready[gender, line]
        if not ready:
            allocator = self._allocator(gender)
            there = None if line is None else self._lines.setdefault(line, allocator.line())
            room = _AT_ONCE if there is None else LINE_CAPACITY[self._locale] - there.size
            ready += reversed(allocator.issue(max(1, min(_AT_ONCE, room)), there))
        return ready.pop().name

    def _allocator(self, gender: str) -> Allocator:
        """One allocator a gender; together they give no name twice."""
        if gender not in self._allocators:
            rng = np.random.default_rng(self.generator.random.getrandbits(64))
            genders = (gender,) if gender else GENDERS
            others = next(iter(self._allocators.values()), None)
            self._allocators[gender] = Allocator(self._locale, rng, genders, beside=others)
        return self._allocators[gender]

    @property
    def _locale(self) -> str:
        """The locale of the generator's person provider, which Faker's names are in."""
        locales = {
            str(provider.__lang__)
            for provider in self.generator.get_providers()
            if provider.__class__.__module__.startswith("faker.providers.person")
        }
        return locales.pop() if len(locales) == 1 else "en_US"
