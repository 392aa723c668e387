"""How likely a typed name is, given each name it could have been.

People type what they hear with whatever characters come up, so everything is counted in
sounds: P(syllables heard | name), summed over the forms a name is spoken in. The right characters
count for more only so far as the contact may have brought characters (typed.py). A share `GARBLED`
of utterances has nothing to do with the name said, which bounds every ratio against
`ordinary.log_ordinary` from below.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.hearing import Spoken
from tracer.domain.codebook.latin.names import LatinNames
from tracer.domain.codebook.latin.spoken import LatinSpoken, latin_reading
from tracer.domain.codebook.ordinary import chinese, log_ordinary
from tracer.domain.codebook.phonetics import han_only, surname_length
from tracer.domain.codebook.shape import Shape

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GARBLED = 0.003
"""Share of utterances of a name that sound like anybody's name."""

SCORE_ALL = 30_000
"""Up to so many names all are scored; of more, those that share two sounds with what was heard."""

_SAMPLED = 2_000  # of the other names so many are scored, to know what they sum to; more where little was heard
_LATIN = -1
_CACHED_VALUES = 2_000_000


class Best(NamedTuple):
    """The names that fit best, best first: places, log P(heard | name); and the log of P summed over all names."""

    places: Ints
    log_likelihoods: Floats
    log_sum: float


class _Heard(NamedTuple):
    """A typed text understood: readings as a Chinese name, else as a Latin one."""

    spoken: tuple[Spoken, ...]
    words: LatinSpoken | None
    log_ordinary: float


class NameIndex:
    """The names that somebody may mean, prepared for scoring what was typed. Grows, never shrinks."""

    def __init__(self, names: Sequence[str] = (), genders: Sequence[str] | None = None) -> None:
        self.size = 0
        self._shapes: dict[tuple[int, int], Shape] = {}
        self._latin = LatinNames(())
        self._kind = np.empty(0, dtype=np.int16)  # of each place, its shape's number or _LATIN
        self._row = np.empty(0, dtype=np.int64)  # and its row there
        self._cache: OrderedDict[str, Floats] = OrderedDict()
        self.extend(names, genders)

    def extend(self, names: Sequence[str], genders: Sequence[str] | None = None) -> None:
        """Add names at the end of the list; `genders` are female, male or "" where it is not known."""
        genders = [""] * len(names) if genders is None else genders
        members: dict[tuple[int, int], list[tuple[int, str, str]]] = defaultdict(list)
        latin: dict[int, tuple[str, str]] = {}
        for place, name, gender in zip(range(self.size, self.size + len(names)), names, genders, strict=True):
            han = han_only(name)
            if han:
                family = surname_length(han)
                members[family, len(han) - family].append((place, han, gender))
            else:
                latin[place] = (name, gender)
        self._kind = np.append(self._kind, np.full(len(names), _LATIN, dtype=np.int16))
        self._row = np.append(self._row, np.zeros(len(names), dtype=np.int64))
        for kind, rows in members.items():
            shape = self._shapes.setdefault(kind, Shape(*kind, number=len(self._shapes)))
            places = [place for place, _, _ in rows]
            self._kind[places] = shape.number
            self._row[places] = np.arange(shape.size, shape.size + len(rows))
            shape.extend(*zip(*rows, strict=True))
        self._row[list(latin)] = np.arange(self._latin.size, self._latin.size + len(latin))
        if latin:
            self._latin.add(
                ((place, name) for place, (name, _) in latin.items()), {p: gender for p, (_, gender) in latin.items()}
            )
        self.size += len(names)
        self._cache.clear()

    def log_ordinary(self, heard: str) -> float:
        """log P(heard | an ordinary name), with letters read as this index reads them."""
        return log_ordinary(heard, self._locale)

    @property
    def _locale(self) -> str:
        return "zh_CN" if self._shapes else "en_US"

    def log_likelihood(self, heard: str) -> Floats:
        """log P(heard | name) over the names, read-only, shape (n,); zeros when no name was heard."""
        known = self._cache.get(heard)
        if known is None:
            while self._cache and (len(self._cache) + 1) * self.size > _CACHED_VALUES:
                self._cache.popitem(last=False)
            known = self._score(self._understand(heard))
            known.setflags(write=False)
            self._cache[heard] = known
        return known

    def best(self, heard: str, keep: int) -> Best:
        """The `keep` names that fit best; of a large index, among those that share two sounds with it."""
        if self.size > SCORE_ALL:
            found = self._understand(heard)
            places = self._alike(found)
            if len(places):
                scores = self._score(found, places)
                in_full = any(len(spoken.units) > 2 for spoken in found.spoken)
                rest = np.arange(0, self.size, max(1, self.size // (_SAMPLED if in_full else 8 * _SAMPLED)))
                rest = rest[places[np.minimum(np.searchsorted(places, rest), len(places) - 1)] != rest]
                weight = np.log((self.size - len(places)) / max(1, len(rest)))
                return _best(places, scores, keep, self._score(found, rest) + weight)
        return _best(np.arange(self.size), self.log_likelihood(heard), keep, np.empty(0))

    def _understand(self, heard: str) -> _Heard:
        spoken = chinese(heard, pinyin=bool(self._shapes))
        return _Heard(spoken, None if spoken else latin_reading(heard), self.log_ordinary(heard))

    def _score(self, found: _Heard, places: Ints | None = None) -> Floats:
        """log P(heard | name) over the places, ascending (None: all)."""
        if not found.spoken and found.words is None:
            return np.zeros(self.size if places is None else len(places))
        # Ratios against an ordinary name: no product of small numbers can underflow.
        p = np.full(self.size if places is None else len(places), GARBLED)
        for shape in self._shapes.values():
            mine, rows = shape.places, None
            if places is not None and shape.size < self.size:
                mine = np.flatnonzero(self._kind[places] == shape.number)
                rows = self._row[places[mine]]
            elif places is not None:
                mine, rows = np.arange(len(places)), places
            if (ratio := _ratio(shape, found, rows)) is not None:
                p[mine] += ratio
        if found.words is not None and self._latin.size:
            ratio = np.exp(self._latin.log_likelihood(found.words) - found.log_ordinary)
            if places is None:
                p[self._latin.places] += ratio
            else:
                mine = np.flatnonzero(self._kind[places] == _LATIN)
                p[mine] += ratio[self._row[places[mine]]]
        return np.asarray(np.log(p) + found.log_ordinary)

    def _alike(self, found: _Heard) -> Ints:
        """The places of names that share two sounds with what was heard, ascending; of Latin ones all."""
        places: list[Ints] = [self._latin.places] if found.words is not None else []
        for shape in self._shapes.values():
            places += [shape.places[shape.alike(spoken)] for spoken in found.spoken]
        return np.unique(np.concatenate(places)) if places else np.empty(0, dtype=np.int64)


def _ratio(shape: Shape, found: _Heard, rows: Ints | None) -> Floats | None:
    """P(heard clearly | name) over P(heard | an ordinary name), over the rows of a shape."""
    total: Floats | None = None
    for spoken in found.spoken:
        p = shape.likelihood(spoken, rows)
        if p is not None:
            total = p if total is None else total + p
    if total is None:
        return None
    return np.asarray(total * ((1 - GARBLED) / len(found.spoken) / np.exp(found.log_ordinary)))


def _best(places: Ints, scores: Floats, keep: int, rest: Floats) -> Best:
    top = _largest(scores, keep)
    everything = np.append(scores, rest)
    return Best(places[top], scores[top], float(np.logaddexp.reduce(everything)) if everything.size else -np.inf)


def _largest(values: Floats, keep: int) -> Ints:
    """Places of the largest values, largest first; ties keep their order, so the same call gives the same list."""
    if len(values) > 4 * keep:
        bound = np.partition(values, -keep)[-keep]
        chosen = np.flatnonzero(values >= bound)
    else:
        chosen = np.arange(len(values))
    return np.asarray(chosen[np.argsort(-values[chosen], kind="stable")][:keep])
