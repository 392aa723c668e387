"""Names proposed by the repertoire's weights, in arrays: not yet asked whether anybody bears them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.lexicon import PLACES, Lexicon, Place
from tracer.domain.codebook.repertoire import GENDERS

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Proposals(NamedTuple):
    """Proposed names: gender (place in GENDERS), word numbers and their class numbers, both of shape (3, n)."""

    genders: Ints
    words: Ints
    codes: Ints

    def keep(self, chosen: Ints) -> Proposals:
        """Only the columns at these places."""
        return Proposals(self.genders[chosen], self.words[:, chosen], self.codes[:, chosen])


class Proposer:
    """Draws names of one lexicon and of some genders (places in GENDERS)."""

    def __init__(self, lexicon: Lexicon, rng: np.random.Generator, genders: Sequence[int]) -> None:
        self.lexicon = lexicon
        self.genders = tuple(genders)
        self._rng = rng

    def natural(self, n: int) -> Proposals:
        """n names, each word drawn by its weight."""
        return self.with_surnames(self.place(self.genders[0], 0).draw(self._rng, n))

    def with_surnames(self, surnames: Ints) -> Proposals:
        """Natural names but for their surnames (words), which are given."""
        genders = np.array(self.genders)[self._rng.integers(len(self.genders), size=len(surnames))]
        words = np.stack([surnames, surnames, surnames])
        for gender in self.genders:
            mine = np.flatnonzero(genders == gender)
            for place in range(1, PLACES):
                words[place, mine] = self.place(gender, place).draw(self._rng, len(mine))
        return self.of(genders, words)

    def sounding(self, genders: Ints, surnames: Ints, first: Ints, second: Ints) -> Proposals:
        """Names with these surnames (words) and given sounds (classes), their words drawn by weight."""
        words = np.stack([surnames, first, second])
        for gender in self.genders:
            mine = np.flatnonzero(genders == gender)
            words[1, mine] = self.place(gender, 1).word_of(first[mine], self._rng)
            words[2, mine] = self.place(gender, 2).word_of(second[mine], self._rng)
        return self.of(genders, words)

    def all_different(self, n: int, places: Sequence[int], taken: Sequence[Bools], surnames: Floats) -> Proposals:
        """At most n names of which no two have a sound in common at `places`, nor one that is `taken` there.

        The weights of surnames are given. Drawing words one after the other by weight, without those
        whose sound is taken, is a race of exponential clocks, which gives the order of all of them at once.
        """
        drawn = self.natural(n)
        used = [mask.copy() for mask in taken]
        races = {
            (gender, place): self._race(part, part.weights if place else surnames, used[place])
            for gender in self.genders
            for place, part in ((place, self.place(gender, place)) for place in places)
        }
        ready = []
        for column, gender in enumerate(drawn.genders.tolist()):
            words = [next(races[gender, place], -1) for place in places]
            if -1 in words:
                break
            drawn.words[list(places), column] = words
            ready.append(column)
        return self.of(drawn.genders[ready], drawn.words[:, ready])

    def race_of_pairs(self, gender: int) -> Ints:
        """All pairs of given sounds (first * number of second ones + second), likelier ones mostly earlier."""
        sizes = self.lexicon.sizes
        weights = np.outer(*(self.place(gender, place).class_weights(sizes[place]) for place in (1, 2))).ravel()
        possible = np.flatnonzero(weights)
        clock = self._rng.standard_exponential(len(possible)) / weights[possible]
        return np.asarray(possible[np.argsort(clock)])

    def paired_anew(self, drawn: Proposals, among: Ints) -> Proposals:
        """The same words, put together in another way in the columns `among`; genders keep theirs."""
        words = drawn.words.copy()
        for gender in self.genders:
            mine = among[drawn.genders[among] == gender]
            for place in range(1, PLACES):
                words[place, mine] = words[place, self._rng.permutation(mine)]
        return self.of(drawn.genders, words)

    def of(self, genders: Ints, words: Ints) -> Proposals:
        """Proposals from word numbers."""
        return Proposals(genders, words, self.lexicon.codes(words))

    def place(self, gender: int, place: int) -> Place:
        """The words of a place for a gender."""
        return self.lexicon.places[GENDERS[gender]][place]

    def _race(self, place: Place, weights: Floats, used: Bools) -> Iterator[int]:
        order = np.argsort(self._rng.standard_exponential(len(weights)) / weights)
        for word, sound in zip(order.tolist(), place.classes[order].tolist(), strict=True):
            if not used[sound]:
                used[sound] = True
                yield word + place.start
