"""Fit the models that tell nature and story of a text: `python -m tools.fit_transcripts LABELLED.jsonl…`.

The texts are objects with `text`, `context` and `truth` (benchmarks/transcripts.py reads the same). Signs of the rules
bear an L2 penalty of 1, single words one of 2 and count from eight texts on: all chosen by cross-validation. What the
rules say of the story is a sign of the story, not of the nature: there it would be trusted too much, for the rules were
written beside these texts. Prints the accuracy of ten-fold cross-validation and writes words/nature.json, story.json.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from benchmarks.transcripts import Labelled, read_labelled
from tracer.domain.call import SCRIPTS
from tracer.domain.transcript.reading import signs_of
from tracer.domain.transcript.signs import STORY

OUT = Path(__file__).parent.parent / "tracer" / "domain" / "transcript" / "words"
LABELS = {"nature": ("legitimate", "scam", "unsure"), "script": ("", *SCRIPTS)}
FILES = {"nature": "nature.json", "script": "story.json"}
LEAST_TEXTS, PENALTY, PENALTY_OF_WORDS, FOLDS, KEPT = 8, 1.0, 2.0, 10, 0.03


def main(paths: list[str]) -> None:
    """Fit both, say how well, and write the weights."""
    texts = list(read_labelled(paths))
    signs = [signs_of(one.text, one.orders) for one in texts]
    for key in LABELS:
        chosen = [place for place, one in enumerate(texts) if key not in one.left_open]
        fit_one(key, [texts[place] for place in chosen], [signs[place] for place in chosen])


def fit_one(key: str, texts: list[Labelled], signs: list[dict[str, float]]) -> None:
    """Fit the model of one key of the truth."""
    counted = Counter(name for present in signs for name in present)
    names = sorted(
        name
        for name, count in counted.items()
        if count >= (LEAST_TEXTS if name.startswith("word ") else 1)
        and not (key == "nature" and name.startswith(STORY))
    )
    labels = LABELS[key]
    x = np.array([[present.get(name, 0.0) for name in names] for present in signs])
    y = np.array([labels.index(one.truth[key] or "") for one in texts])
    penalty = np.array([PENALTY_OF_WORDS if name.startswith("word ") else PENALTY for name in names])
    order = np.random.default_rng(0).permutation(len(y))
    right = sum(_right(x, y, len(labels), penalty, order[start::FOLDS]) for start in range(FOLDS))
    sys.stdout.write(f"{key}: {len(y)} texts, {len(names)} signs; cross-validated {right / len(y):.3f}\n")
    weights = _fit(x, y, len(labels), penalty).tolist()
    kept = {
        name: [round(w, 2) for w in row] for name, row in zip(names, weights, strict=True) if max(map(abs, row)) > KEPT
    }
    rows = ",\n".join(f"  {json.dumps(name, ensure_ascii=False)}: {row}" for name, row in kept.items())
    text = f'{{\n "labels": {json.dumps(labels)},\n "weights": {{\n{rows}\n }}\n}}\n'
    (OUT / FILES[key]).write_text(text, encoding="utf-8")


def _right(x: np.ndarray, y: np.ndarray, labels: int, penalty: np.ndarray, fold: np.ndarray) -> int:
    rest = np.setdiff1d(np.arange(len(y)), fold)
    return int((np.argmax(x[fold] @ _fit(x[rest], y[rest], labels, penalty), axis=1) == y[fold]).sum())


def _fit(x: np.ndarray, y: np.ndarray, labels: int, penalty: np.ndarray) -> np.ndarray:
    """The weights, shape (signs, labels), that make the labels most probable under the penalty."""
    shape = (x.shape[1], labels)
    truth = np.eye(labels)[y]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(shape)
        scores = x @ weights
        scores -= scores.max(axis=1, keepdims=True)
        log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        gradient = x.T @ (np.exp(log_p) - truth) + penalty[:, None] * weights
        return float(-(log_p * truth).sum() + 0.5 * (penalty[:, None] * weights**2).sum()), gradient.ravel()

    return minimize(loss, np.zeros(shape[0] * labels), jac=True, method="L-BFGS-B").x.reshape(shape)


if __name__ == "__main__":
    main(sys.argv[1:])
