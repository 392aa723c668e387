"""Which names and sounds are borne, as far as an allocator knows: in memory, and asking the registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.lexicon import Lexicon
from tracer.domain.codebook.line_names import LineNames
from tracer.domain.codebook.proposals import Proposals, Proposer
from tracer.domain.codebook.repertoire import GENDERS

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


_FRONT, _LONG_FRONT = 96, 2_048  # pairs of sounds that are looked at before all of them


class IssuedName(NamedTuple):
    """A name as given out."""

    name: str
    gender: str
    first: bool = False
    """Whether it is among the first names of its shared number, which differ in every place."""


Free = Callable[[Sequence[IssuedName]], Sequence[bool]]
"""Which of the names the registry still has free, by characters and by sound."""


class BorneNames:
    """Names given out: no characters twice, no sound key twice for a gender. A bit for every sound key there is."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._names: set[str] = set()
        self._sounds: Bools = np.zeros((len(GENDERS), *lexicon.sizes), dtype=np.bool_)
        self._given_up = np.zeros(lexicon.sizes[0], dtype=np.int64)  # how often each surname's sound was
        self._orders: dict[tuple[int, int], Ints] = {}
        self._empty: set[tuple[int, int]] = set()
        self.spent: set[int] = set()
        """Surnames of which no sound is left, whatever the number."""

    def free(self, proposed: Proposals) -> Bools:
        """Which of the proposals nobody sounds like, and are fit to be a name."""
        free = ~self._sounds[proposed.genders, *proposed.codes]
        unborne = np.flatnonzero(free)
        free[unborne] = ~self._lexicon.blocked(proposed.words[:, unborne])
        return np.asarray(free)

    def take(self, proposed: Proposals, most: int, ask: Free | None) -> tuple[Ints, list[IssuedName]]:
        """Of proposals with different sounds that are free, at most so many columns that nobody bears, now taken."""
        proposed = proposed.keep(np.arange(min(most, len(proposed.genders))))
        self.give_up(proposed)  # what the registry has is as good as taken, too
        columns: list[int] = []
        issued: list[IssuedName] = []
        names, genders = self._lexicon.written(proposed.words), proposed.genders.tolist()
        for column, (name, gender) in enumerate(zip(names, genders, strict=True)):
            if name not in self._names:
                self._names.add(name)
                columns.append(column)
                issued.append(IssuedName(name, GENDERS[gender]))
        if ask is not None and columns:
            answers = [i for i, is_free in enumerate(ask(issued)) if is_free]
            columns, issued = [columns[i] for i in answers], [issued[i] for i in answers]
        return np.array(columns, dtype=np.int64), issued

    def give_up(self, proposed: Proposals) -> None:
        """Propose these sounds to nobody any more."""
        self._sounds[proposed.genders, *proposed.codes] = True
        self._given_up += np.bincount(proposed.codes[0], minlength=len(self._given_up))

    def scarcity(self) -> Floats:
        """For each surname, 1 while plenty of its sounds are left, falling to 0 as the last half of them goes."""
        room = 1 - self._given_up / (len(GENDERS) * self._lexicon.pairs_of_given)
        return np.asarray(np.clip(2 * room, 0.0, 1.0)[self._lexicon.classes[0]])

    def left(self, proposer: Proposer, gender: int, surnames: Ints, line: LineNames, enough: Ints) -> tuple[Ints, Ints]:
        """For each surname, the pairs of given sounds that nobody bears and that fit on the line, `enough` or all.

        Gives the places of the surnames, and pairs (first * number of second ones + second) in the order
        of a race by weight, which is run once for each gender and sound of a surname.
        """
        sounds = self._lexicon.classes[0][surnames]
        fronts = np.full((len(surnames), _FRONT), -1, dtype=np.int64)
        for front, sound in zip(fronts, sounds.tolist(), strict=True):
            order = self._orders.get((gender, sound))
            if order is None:
                self._orders[gender, sound] = order = proposer.race_of_pairs(gender)
            front[: len(order)] = order[:_FRONT]
        fit = (fronts >= 0) & self._open(gender, sounds[:, None], fronts, line)
        rank = np.cumsum(fit, axis=1)
        short = rank[:, -1] < enough
        rows, columns = np.nonzero(fit & (rank <= enough[:, None]) & ~short[:, None])
        found = [(rows, fronts[rows, columns])]
        for i in np.flatnonzero(short).tolist():
            pairs = self._all_left(proposer, gender, int(surnames[i]), line, int(enough[i]))
            found.append((np.full(len(pairs), i), pairs))
        return np.concatenate([row for row, _ in found]), np.concatenate([pairs for _, pairs in found])

    def _all_left(self, proposer: Proposer, gender: int, surname: int, line: LineNames, enough: int) -> Ints:
        """As `left` for one surname; what is taken will never be free again, and is forgotten."""
        sound = int(self._lexicon.classes[0][surname])
        order = self._orders[gender, sound]
        taken = self._sounds[gender, sound].ravel()
        front = order[:_LONG_FRONT]
        front = front[~taken[front]]
        self._orders[gender, sound] = np.concatenate([front, order[_LONG_FRONT:]])
        found: Ints = front[self._open(gender, np.int64(sound), front, line)]
        if len(found) >= enough:
            return found[:enough]
        self._orders[gender, sound] = order = order[~taken[order]]
        if not len(order):
            self._empty.add((gender, surname))
            if all((other, surname) in self._empty for other in proposer.genders):
                self.spent.add(surname)
        return np.asarray(order[self._open(gender, np.int64(sound), order, line)])[:enough]

    def _open(self, gender: int, sounds: Ints | np.int64, pairs: Ints, line: LineNames) -> Bools:
        """Which pairs of given sounds behind these sounds of surnames nobody bears, and fit on the line."""
        codes = (np.asarray(sounds), *np.divmod(pairs, self._lexicon.sizes[2]))
        return np.asarray(line.fits(*codes) & ~self._sounds[gender, *codes])


def different_sounds(proposed: Proposals, lexicon: Lexicon) -> Ints:
    """The first column of each (gender, sound key), ascending."""
    numbers = np.ravel_multi_index((proposed.genders, *proposed.codes), (len(GENDERS), *lexicon.sizes))
    return np.asarray(np.sort(np.unique(numbers, return_index=True)[1]))
