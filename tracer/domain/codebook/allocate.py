"""Names that can be told apart by ear: unique everywhere, and spaced on a shared number."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from tracer.domain.codebook.phonetics import sound_key
from tracer.domain.codebook.repertoire import GENDERS, propose, require_locale
from tracer.domain.errors import CapacityExhausted, InvalidValue

Key = tuple[tuple[str, ...], str]
"""What must be unique over the registry: (sound key, gender)."""

_BATCH = 512
_PATIENCE = 10_000  # proposals refused in a row before the repertoire counts as exhausted


class IssuedName(NamedTuple):
    """A name as given out."""

    name: str
    gender: str


class LineSpacing:
    """The names on one shared number, and whether another keeps its distance from them.

    Two names share a pair when two of their syllables sound alike at the same places; names
    without a shared pair differ in at least two of three syllables. English first and last names
    make one pair, so there the two differ in at least one.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._pairs: set[tuple[int, int, str, str]] = set()
        self.size = 0
        for name in names:
            self.add(sound_key(name))

    def fits(self, key: tuple[str, ...]) -> bool:
        """Whether no name on the number shares a pair of sounds with this key."""
        return self._pairs.isdisjoint(_pairs(key))

    def add(self, key: tuple[str, ...]) -> None:
        """Put a name's key on the number, fitting or not (an import may bring what does not fit)."""
        self._pairs.update(_pairs(key))
        self.size += 1


def _pairs(key: tuple[str, ...]) -> list[tuple[int, int, str, str]]:
    # A name of one syllable still occupies something: the pair of its sound with nothing.
    padded = key if len(key) > 1 else (*key, "")
    return [(i, j, a, b) for (i, a), (j, b) in combinations(enumerate(padded), 2)]


class Allocator:
    """Issues names of one locale. Same inputs and generator state: same names.

    `taken_names` and `taken_keys` are the registry's; what this allocator issues is kept besides.
    """

    def __init__(
        self,
        locale: str,
        rng: np.random.Generator,
        taken_names: Container[str] = frozenset(),
        taken_keys: Container[Key] = frozenset(),
        genders: Sequence[str] = GENDERS,
    ) -> None:
        if not genders:
            raise InvalidValue("gender", genders, "a gender out of: " + " ".join(GENDERS))
        self._locale = require_locale(locale)
        self._rng = rng
        self._names, self._keys = taken_names, taken_keys
        self._own_names: set[str] = set()
        self._own_keys: set[Key] = set()
        self._genders = tuple(genders)
        self._waiting: list[IssuedName] = []

    def issue(self, n: int, on_line: LineSpacing | None = None) -> list[IssuedName]:
        """n new names; with `on_line` also spaced from the names there, which they join.

        Raises CapacityExhausted when too many proposals in a row did not fit; names found until
        then stay taken, on the line and in this allocator.
        """
        issued: list[IssuedName] = []
        refused = 0
        while len(issued) < n:
            proposal = self._next()
            if self._take(proposal, on_line):
                issued.append(proposal)
                refused = 0
                continue
            refused += 1
            if refused >= _PATIENCE:
                raise CapacityExhausted(_no_more(len(issued), n, self._locale, on_line))
        return issued

    def _take(self, proposal: IssuedName, on_line: LineSpacing | None) -> bool:
        name, gender = proposal
        if name in self._own_names or name in self._names:
            return False
        key = sound_key(name)
        if (key, gender) in self._own_keys or (key, gender) in self._keys:
            return False
        if on_line is not None:
            if not on_line.fits(key):
                return False
            on_line.add(key)
        self._own_names.add(name)
        self._own_keys.add((key, gender))
        return True

    def _next(self) -> IssuedName:
        while not self._waiting:
            pools = [
                [IssuedName(name, gender) for name in propose(self._locale, gender, self._rng, _BATCH)]
                for gender in self._genders
            ]
            batch = [proposal for pool in pools for proposal in pool]
            self._waiting = [batch[i] for i in self._rng.permutation(len(batch)).tolist()]
        return self._waiting.pop()


def _no_more(found: int, wanted: int, locale: str, on_line: LineSpacing | None) -> str:
    if on_line is None:
        return (
            f"only {found:,} of {wanted:,} new {locale} names could be found that differ in sound from all "
            "issued ones. Issue the rest in another locale"
        )
    return (
        f"only {found:,} of {wanted:,} {locale} names could still be told apart by ear on this number, which "
        f"carries {on_line.size:,}. Add another number (tracer number add NUMBER) and issue the rest there"
    )


def allocate(
    n: int,
    locale: str,
    rng: np.random.Generator,
    *,
    taken_names: Container[str] = frozenset(),
    taken_keys: Container[Key] = frozenset(),
    names_on_line: Iterable[str] | None = None,
    genders: Sequence[str] = GENDERS,
) -> list[IssuedName]:
    """n names for one line; `names_on_line` None where every name gets a line of its own.

    Raises CapacityExhausted (what to add is in the message) and InvalidValue (locale, gender).
    """
    spacing = None if names_on_line is None else LineSpacing(names_on_line)
    return Allocator(locale, rng, taken_names, taken_keys, genders).issue(n, spacing)
