"""Log-linear models over the signs of a text: of who calls, of the story, and of the nature.

P(label | text) is proportional to exp(sum of weight x sign). The weights were fitted on labelled made texts with an L2
prior (tools/fit_transcripts.py); they are read from words/role.json, story.json and nature.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from math import exp
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).with_name("words")


class _Model(NamedTuple):
    labels: tuple[str, ...]
    weights: Mapping[str, list[float]]


@lru_cache(maxsize=4)
def _model(name: str) -> _Model:
    stored = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return _Model(tuple(stored["labels"]), stored["weights"])


def roles_of(signs: Mapping[str, float]) -> dict[str, float]:
    """How probable each claimed role is, "" for none."""
    return _probable("role", signs)


def nature_of(signs: Mapping[str, float]) -> tuple[str, float]:
    """scam, legitimate or unsure, and its probability."""
    return _most_probable("nature", signs)


def story_of(signs: Mapping[str, float]) -> tuple[str, float]:
    """The script that is told, "" for none, and its probability."""
    return _most_probable("story", signs)


def _most_probable(name: str, signs: Mapping[str, float]) -> tuple[str, float]:
    return max(_probable(name, signs).items(), key=lambda pair: pair[1])


def _probable(name: str, signs: Mapping[str, float]) -> dict[str, float]:
    """The probability of each label of a model. A sign that the model does not know says nothing."""
    labels, weights = _model(name)
    scores = [0.0] * len(labels)
    for sign, value in sorted(signs.items()):  # in one order, so that every process gives the same to the last bit
        for place, weight in enumerate(weights.get(sign, ())):
            scores[place] += weight * value
    top = max(scores)
    odds = [exp(score - top) for score in scores]
    return {label: one / sum(odds) for label, one in zip(labels, odds, strict=True)}
