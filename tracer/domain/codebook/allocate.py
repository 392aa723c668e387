"""Names that can be told apart by ear: unique over the registry, and spaced on a shared number.

Names are drawn by the repertoire's weights and refused where they break a promise of spacing.py.
On a shared number the surnames are dealt by quota, so that the register of a number keeps natural
shares although its first names must all differ, and a given name is drawn again until it fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.borne_names import BorneNames, Free, different_sounds
from tracer.domain.codebook.borne_names import IssuedName as IssuedName
from tracer.domain.codebook.capacity import FIRST_NAMES, LINE_CAPACITY
from tracer.domain.codebook.lexicon import Lexicon
from tracer.domain.codebook.line_names import LineNames, clashing_within, first_of_each
from tracer.domain.codebook.proposals import Proposals, Proposer
from tracer.domain.codebook.repertoire import GENDERS, require_gender
from tracer.domain.codebook.spacing import ALWAYS_SAID
from tracer.domain.errors import CapacityExhausted, InvalidValue

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_ROUNDS = 2  # draws of given names for a surname before its possibilities are looked through
_AT_ONCE = 2_048  # proposals a round, when few names are wanted: several for each
_RACES, _SHUFFLES = 6, 6  # words drawn for first names, and how often those words are put together anew
_SPARE = 10  # more names are put together than are wanted, as some will be borne
_WORTH, _VAIN = 2_000, 50_000  # one name in so many drawn is worth it; so many in vain, and nothing is left
_HARDLY = 1e-12  # the weight of a surname of which nothing may be left
_MOST = 200_000  # names drawn in one round


@lru_cache(maxsize=3)
def lexicon(locale: str) -> Lexicon:
    """The lexicon of a locale, made once; raises InvalidValue for a locale that has none."""
    return Lexicon(locale)


class Allocator:
    """Issues names of one locale. Same inputs, generator state and repertoire version: same names.

    What it issued is remembered; `free` asks the registry about all others, and an allocator `beside`
    it (of the same locale) shares what both issue.
    """

    def __init__(
        self,
        locale: str,
        rng: np.random.Generator,
        genders: Sequence[str] = GENDERS,
        free: Free | None = None,
        beside: Allocator | None = None,
    ) -> None:
        if not genders:
            raise InvalidValue("gender", "", "a gender out of: " + " ".join(GENDERS))
        self._lexicon = lexicon(locale)
        self._rng = rng
        self._propose = Proposer(self._lexicon, rng, [GENDERS.index(require_gender(gender)) for gender in genders])
        self._borne: BorneNames = BorneNames(self._lexicon) if beside is None else beside._borne
        self._free = free

    def line(self, names: Sequence[str] = ()) -> LineNames:
        """A shared number with the names it carries, ready for `issue`."""
        return LineNames(self._lexicon, names)

    def issue(self, n: int, on_line: LineNames | None = None) -> list[IssuedName]:
        """n new names; with `on_line` also spaced from the names there, which they join.

        Raises CapacityExhausted with what to add, before the first name where the number's declared
        capacity is too small; names found before the registry was exhausted stay taken.
        """
        if on_line is None:
            return self._anywhere(n)
        room = LINE_CAPACITY[self._lexicon.locale] - on_line.size
        if n > room:
            raise CapacityExhausted(_full_number(n, max(0, room), self._lexicon.locale, on_line.size))
        issued = self._first_names(min(n, max(0, FIRST_NAMES - on_line.size)), on_line)
        return issued + self._by_quota(n - len(issued), on_line)

    def _anywhere(self, n: int) -> list[IssuedName]:
        issued: list[IssuedName] = []
        vain = 0  # names drawn since the last round that was worth it
        while len(issued) < n:
            wanted = n - len(issued)
            drawn = self._propose.natural(min(_MOST, wanted + wanted // 8 + 8 + vain))
            proposed = drawn.keep(np.flatnonzero(self._borne.free(drawn)))
            proposed = proposed.keep(different_sounds(proposed, self._lexicon))
            # After vain rounds more are asked about than are wanted; what is over is free for others still.
            found = self._borne.take(proposed, wanted + vain, self._free)[1][:wanted]
            issued += found
            vain = 0 if len(found) * _WORTH > len(drawn.genders) else vain + len(drawn.genders)
            if vain >= _VAIN and len(issued) < n:
                raise CapacityExhausted(_used_up(len(issued), n, self._lexicon.locale))
        return issued

    def _join(
        self, proposed: Proposals, most: int, line: LineNames, slots: Ints | None = None
    ) -> tuple[Ints, list[IssuedName]]:
        """Of the proposals, at most so many columns that fit on the number, now on it; one for each slot."""
        fit = np.flatnonzero(line.fits(*proposed.codes))
        fit = fit[self._borne.free(proposed.keep(fit))]
        fit = fit[~clashing_within(proposed.codes[:, fit], self._lexicon.sizes)]
        if slots is not None:
            fit = fit[first_of_each(slots[fit])]
        columns, issued = self._borne.take(proposed.keep(fit), most, self._free)
        chosen = fit[columns]
        line.add(proposed.codes[:, chosen], proposed.words[0, chosen])
        return chosen, issued

    def _first_names(self, n: int, line: LineNames) -> list[IssuedName]:
        """Up to n names that differ in every place from all on the number, until a place runs out of sounds."""
        issued: list[IssuedName] = []
        surnames = np.maximum(self._surname_weights(), _HARDLY)  # what is spent comes last, and is tried
        places = ALWAYS_SAID[self._lexicon.latin]
        for _ in range(_RACES):
            wanted = n - len(issued)
            if not wanted:
                break
            proposed = self._propose.all_different(wanted + _SPARE, places, line.taken, surnames)
            if not len(proposed.genders):  # a place has no sound left
                break
            for _ in range(_SHUFFLES):  # words of names that somebody bears are put together anew
                borne = np.flatnonzero(~self._borne.free(proposed))
                if len(proposed.genders) - len(borne) >= wanted:
                    break
                proposed = self._propose.paired_anew(proposed, borne)
            found = self._join(proposed, wanted, line)[1]
            issued += [name._replace(first=True) for name in found]
        return issued

    def _by_quota(self, n: int, line: LineNames) -> list[IssuedName]:
        """n names whose surnames bring the number's register nearest to natural shares."""
        issued: list[IssuedName] = []
        weights = self._surname_weights()
        while len(issued) < n:
            if not weights.any():
                raise CapacityExhausted(_full_number(n, len(issued), self._lexicon.locale, line.size))
            waiting = self._deal(n - len(issued), weights, line)
            for _ in range(_ROUNDS):
                if not len(waiting):
                    break
                slots = np.repeat(np.arange(len(waiting)), max(1, _AT_ONCE // len(waiting)))
                proposed = self._propose.with_surnames(waiting[slots])
                chosen, found = self._join(proposed, len(waiting), line, slots)
                issued += found
                waiting = np.delete(waiting, slots[chosen])
            waiting, found = self._look_through(waiting, line)
            issued += found
            weights[waiting] = 0.0  # nothing is left of these surnames on this number
        return [issued[i] for i in self._rng.permutation(len(issued)).tolist()]

    def _surname_weights(self) -> Floats:
        """The repertoire's, less where few sounds are left."""
        weights = self._propose.place(self._propose.genders[0], 0).weights * self._borne.scarcity()
        weights[list(self._borne.spent)] = 0.0
        return weights

    def _deal(self, n: int, weights: Floats, line: LineNames) -> Ints:
        """n surnames, shuffled, drawn by how far each is below its share of the number's register."""
        missing = np.maximum(weights / weights.sum() * (line.size + n) - line.surnames, 0.0) * (weights > 0)
        missing = missing if missing.any() else weights
        bounds = np.cumsum(missing / missing.sum())
        dealt = np.searchsorted(bounds, (np.arange(n) + self._rng.random()) / n, side="right")
        return self._rng.permutation(np.minimum(dealt, np.flatnonzero(missing)[-1]))

    def _look_through(self, waiting: Ints, line: LineNames) -> tuple[Ints, list[IssuedName]]:
        """Names with the waiting surnames, as long as there are given sounds that nobody bears and that fit.

        Gives also the surnames of which nothing is left.
        """
        issued: list[IssuedName] = []
        while len(waiting):
            slots, proposed = self._left_for(waiting, line)
            if not len(slots):
                break
            # What nobody should be called is as good as taken: every turn of the loop leaves less to look at.
            self._borne.give_up(proposed.keep(np.flatnonzero(self._lexicon.blocked(proposed.words))))
            chosen, found = self._join(proposed, len(waiting), line, slots)
            issued += found
            waiting = np.delete(waiting, slots[chosen])
        return waiting, issued

    def _left_for(self, waiting: Ints, line: LineNames) -> tuple[Ints, Proposals]:
        """What is left for the waiting surnames on this number, shuffled: the slot each is for, and proposals."""
        surnames, group, sizes = np.unique(waiting, return_inverse=True, return_counts=True)
        by_group, starts = np.argsort(group, kind="stable"), np.cumsum(sizes) - sizes
        found = [
            (gender, *self._borne.left(self._propose, gender, surnames, line, 3 * sizes + 1))
            for gender in self._propose.genders
        ]
        genders = np.repeat([gender for gender, _, _ in found], [len(pairs) for _, _, pairs in found])
        groups, pairs = (np.concatenate([part[i] for part in found]) for i in (1, 2))
        order = self._rng.permutation(len(pairs))
        groups, pairs = groups[order], pairs[order]
        slots = by_group[starts[groups] + self._rng.permutation(len(pairs)) % sizes[groups]]
        first, second = np.divmod(pairs, self._lexicon.sizes[2])
        return slots, self._propose.sounding(genders[order], surnames[groups], first, second)


def _full_number(wanted: int, room: int, locale: str, size: int) -> str:
    return (
        f"only {room:,} of {wanted:,} {locale} names could still be told apart by ear on this number, which "
        f"carries {size:,}. Add another number (tracer number add NUMBER) and issue the rest there"
    )


def _used_up(found: int, wanted: int, locale: str) -> str:
    return (
        f"only {found:,} of {wanted:,} new {locale} names could be found that differ in sound from all "
        "issued ones. Issue the rest in another locale"
    )


def allocate(
    n: int,
    locale: str,
    rng: np.random.Generator,
    *,
    names_on_line: Sequence[str] | None = None,
    genders: Sequence[str] = GENDERS,
) -> list[IssuedName]:
    """n names for one line; `names_on_line` None where every name gets a line of its own.

    Raises CapacityExhausted (what to add is in the message) and InvalidValue (locale, gender).
    """
    allocator = Allocator(locale, rng, genders)
    return allocator.issue(n, None if names_on_line is None else allocator.line(names_on_line))
