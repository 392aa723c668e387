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
    if not found:
        return _nothing_in_common(heard, han)
    return tuple(one for one in max(found, key=lambda one: one[0])[1] if one.said != one.heard)


def _nothing_in_common(heard: str, name: str) -> tuple[Difference, ...]:
    """The whole name, where what was heard is no form of it; nothing where no name was heard."""
    is_name = any(c.isalpha() for c in heard)
    return (Difference(1, name, " ".join(heard.split())[:20], 1.0, alike=False),) if is_name else ()


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
    said = [word for word in (parts.first, *parts.middle, parts.last) if word]
    if spoken is None or not said:
        return ()
    found = []
    pairs = sorted(
        (
            (sound_similarity(word, said[i]), -len(said[i]), i, n)
            for n, word in enumerate(spoken.words)
            for i in range(len(said))
        ),
        reverse=True,
    )
    used: set[int] = set()  # words heard, each for one part, and each part once
    taken: set[int] = set()
    for alike, _, place, number in pairs:
        word = spoken.words[number]
        if number in used or place in taken:
            continue
        used.add(number)
        taken.add(place)
        if word not in (said[place], said[place][:1]):
            keys = word_keys(word)[0] == word_keys(said[place])[0]
            found.append(Difference(place + 1, said[place], word, round(1 - alike, 3), keys))
    return tuple(sorted(found, key=lambda one: one.place))
