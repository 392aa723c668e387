"""Whether a contact was a fraud, legitimate, or neither: a log-linear model over the signs of its text.

P(nature | text) is proportional to exp(sum of weight x sign). The weights were fitted on labelled made texts with an
L2 prior (tools/fit_transcripts.py says how, and with which figures); they are read from words/nature.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from math import exp
from pathlib import Path
from typing import NamedTuple

_WEIGHTS = Path(__file__).with_name("words") / "nature.json"


class _Model(NamedTuple):
    natures: tuple[str, ...]
    weights: Mapping[str, list[float]]


@lru_cache(maxsize=1)
def _model() -> _Model:
    stored = json.loads(_WEIGHTS.read_text(encoding="utf-8"))
    return _Model(tuple(stored["natures"]), stored["weights"])


def nature_of(signs: Mapping[str, float]) -> tuple[str, float]:
    """scam, legitimate or unsure, and its probability. A sign that the model does not know says nothing."""
    natures, weights = _model()
    scores = [0.0] * len(natures)
    for sign, value in signs.items():
        for place, weight in enumerate(weights.get(sign, ())):
            scores[place] += weight * value
    top = max(scores)
    odds = [exp(score - top) for score in scores]
    best = scores.index(top)
    return natures[best], odds[best] / sum(odds)
