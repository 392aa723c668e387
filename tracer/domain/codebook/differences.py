"""Where a heard name differs from one of ours, syllable by syllable: for a person who decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.domain.codebook.confusion import confusion, syllable_distance
from tracer.domain.codebook.forms import alignments, best_reading
from tracer.domain.codebook.hearing import Unit, chinese_readings
from tracer.domain.codebook.latin.sounds import name_parts, sound_similarity, word_keys
from tracer.domain.codebook.latin.spoken import latin_reading
from tracer.domain.codebook.phonetics import han_only, surname_length, syllable_of
from tracer.domain.codebook.syllables import SYLLABLES, merged_class


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of a name that was heard otherwise: `place` from 1, as said and as heard (pinyin or a word).

    `distance` is how far apart the two sound, from 0 (alike) to 1; `alike` that a telephone does not
    tell them apart.
    """

    place: int
    said: str
    heard: str
    distance: float
    alike: bool


def differences(heard: str, name: str) -> tuple[Difference, ...]:
    """The parts of a name that were heard otherwise, in the form of speech that fits best.

    What was left out is no difference.
    """
    han = han_only(name)
    if not han:
        return _latin(heard, name)
    family = surname_length(han)
    said = [syllable_of(c, surname=i < family == 1) for i, c in enumerate(han)]
    found: list[tuple[float, tuple[Difference, ...]]] = []
    for spoken in chinese_readings(heard):
        for share, places in alignments(spoken, family, len(han) - family):
            heard_as = [(place, *_fitting(spoken.units[unit], said[place])) for unit, place in places]
            p = share * float(np.prod([fit for _, _, fit in heard_as]))
            found.append((p, tuple(_differs(place, said[place], syllable) for place, syllable, _ in heard_as)))
    best = max(found, key=lambda one: one[0], default=(0.0, ()))[1]
    return tuple(one for one in best if one.said != one.heard)


def _fitting(unit: Unit, said: int) -> tuple[int, float]:
    """The reading of a unit that fits a said syllable best, -1 where it has none, and how well."""
    if said < 0 or not unit.readings:
        return -1, 1 / len(SYLLABLES)
    row = confusion()[:, said]
    best = max(unit.readings, key=lambda reading: row[reading])
    return best, float(best_reading(unit, row[:, None])[0])


def _differs(place: int, said: int, heard: int) -> Difference:
    as_said, as_heard = (SYLLABLES[i] if i >= 0 else "?" for i in (said, heard))
    if said < 0 or heard < 0:
        return Difference(place + 1, as_said, as_heard, 1.0, alike=False)
    alike = merged_class(as_said) == merged_class(as_heard)
    return Difference(place + 1, as_said, as_heard, round(syllable_distance(said, heard), 3), alike)


def _latin(heard: str, name: str) -> tuple[Difference, ...]:
    spoken, parts = latin_reading(heard), name_parts(name)
    if spoken is None:
        return ()
    said = [word for word in (parts.first, *parts.middle, parts.last) if word]
    found = []
    for word in spoken.words:
        place = max(range(len(said)), key=lambda i: sound_similarity(word, said[i]), default=None)
        if place is not None and word not in (said[place], said[place][:1]):
            alike = word_keys(word)[0] == word_keys(said[place])[0]
            apart = round(1 - sound_similarity(word, said[place]), 3)
            found.append(Difference(place + 1, said[place], word, apart, alike))
    return tuple(found)
