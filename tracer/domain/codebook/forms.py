"""The forms in which a name is spoken, and which heard unit then stands for which syllable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.hearing import Form, Spoken, Unit
from tracer.domain.codebook.syllables import SYLLABLES

Floats = NDArray[np.float64]

FULL, GIVEN_ONLY, ONE_DROPPED, ONE_GIVEN, SURNAME_ONLY = 0.72, 0.04, 0.02, 0.01, 0.01
TITLED_SURNAME, TITLED_FULL, TITLED_GIVEN, NICKNAMED, MASKED = 0.15, 0.025, 0.002, 0.008, 0.015
"""Shares of the forms in which a name is spoken; assumed alike for our names and ordinary ones."""

RARER_READING = 0.13
"""How likely a typed character is meant in a reading other than its commonest."""

_NO_READING = 1 / len(SYLLABLES)

Alignment = tuple[float, tuple[tuple[int, int], ...]]
"""The share of a form, and (unit heard, place in the name) of what is said in it."""


def alignments(spoken: Spoken, family: int, given: int) -> list[Alignment]:
    """The forms that an utterance may have of a name of family + given syllables."""
    length, heard = family + given, len(spoken.units)
    whole = tuple((i, i) for i in range(heard))
    tail = tuple((i, length - heard + i) for i in range(heard))
    if spoken.form is Form.MASKED:
        leading = heard - spoken.trailing
        places = tuple((i, i if i < leading else length - heard + i) for i in range(heard))
        return [(MASKED, places)] if heard < length else []
    if spoken.form is Form.NICKNAME:
        return [(NICKNAMED, whole)] if heard == family else []
    if spoken.form is Form.TITLED:
        shares = ((length, TITLED_FULL, whole), (family, TITLED_SURNAME, whole), (given, TITLED_GIVEN, tail))
        return [(share, places) for syllables, share, places in shares if heard == syllables]
    found: list[Alignment] = []
    if heard == length:
        found.append((FULL, whole))
    if heard == family:
        found.append((SURNAME_ONLY, whole))
    if heard == given:
        found.append((GIVEN_ONLY, tail))
    if heard == 1 and given > 1:
        found += [(ONE_GIVEN / given, ((0, family + i),)) for i in range(given)]
    if heard == length - 1 and heard > 1:
        found += [
            (ONE_DROPPED / (length - 1), tuple((i, i + (i >= gone)) for i in range(heard))) for gone in range(1, length)
        ]
    return found


def best_reading(unit: Unit, table: Floats) -> Floats:
    """The row of a table over heard syllables (410, …) that fits a unit best in one of its readings."""
    if not unit.readings:
        return np.full(table.shape[1:], _NO_READING)
    best = table[unit.readings[0]]
    for reading in unit.readings[1:]:
        best = np.maximum(best, table[reading] * RARER_READING)
    return np.asarray(best)
