"""Fit the model that tells scam, legitimate and unsure apart: `python -m tools.fit_transcripts LABELLED.jsonl…`.

The texts are objects with `text`, `context` and `truth` (benchmarks/transcripts.py reads the same). Signs of the rules
bear an L2 penalty of 1, single words one of 2 and count from eight texts on: both were chosen by cross-validation. It
prints the accuracy of ten-fold cross-validation and writes tracer/domain/transcript/words/nature.json.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from benchmarks.transcripts import Labelled, read_labelled
from tracer.domain.transcript.reading import signs_of

OUT = Path(__file__).parent.parent / "tracer" / "domain" / "transcript" / "words" / "nature.json"
NATURES = ("legitimate", "scam", "unsure")
LEAST_TEXTS, PENALTY, PENALTY_OF_WORDS, FOLDS = 8, 1.0, 2.0, 10


def main(paths: list[str]) -> None:
    """Fit, say how well, and write the weights."""
    texts = [one for one in read_labelled(paths) if "nature" not in one.left_open]
    signs = [signs_of(one.text, one.orders) for one in texts]
    counted = Counter(name for present in signs for name in present)
    names = sorted(n for n, count in counted.items() if count >= (LEAST_TEXTS if n.startswith("word ") else 1))
    x = np.array([[present.get(name, 0.0) for name in names] for present in signs])
    y = np.array([NATURES.index(one.truth["nature"]) for one in texts])
    penalty = np.array([PENALTY_OF_WORDS if name.startswith("word ") else PENALTY for name in names])
    right = sum(_right(x, y, penalty, fold) for fold in _folds(texts))
    sys.stdout.write(f"{len(texts)} texts, {len(names)} signs; cross-validated {right / len(texts):.3f}\n")
    weights = _fit(x, y, penalty)
    kept = {
        n: [round(w, 3) for w in row]
        for n, row in zip(names, weights.tolist(), strict=True)
        if max(map(abs, row)) > 0.02
    }
    rows = ",\n".join(f"  {json.dumps(name, ensure_ascii=False)}: {row}" for name, row in kept.items())
    OUT.write_text(f'{{\n "natures": {json.dumps(NATURES)},\n "weights": {{\n{rows}\n }}\n}}\n', encoding="utf-8")


def _folds(texts: list[Labelled]) -> list[np.ndarray]:
    order = np.random.default_rng(0).permutation(len(texts))
    return [order[start::FOLDS] for start in range(FOLDS)]


def _right(x: np.ndarray, y: np.ndarray, penalty: np.ndarray, fold: np.ndarray) -> int:
    rest = np.setdiff1d(np.arange(len(y)), fold)
    return int((np.argmax(x[fold] @ _fit(x[rest], y[rest], penalty), axis=1) == y[fold]).sum())


def _fit(x: np.ndarray, y: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    """The weights, shape (signs, natures), that make the labels most probable under the penalty."""
    shape = (x.shape[1], len(NATURES))
    truth = np.eye(len(NATURES))[y]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(shape)
        scores = x @ weights
        scores -= scores.max(axis=1, keepdims=True)
        log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        gradient = x.T @ (np.exp(log_p) - truth) + penalty[:, None] * weights
        return float(-(log_p * truth).sum() + 0.5 * (penalty[:, None] * weights**2).sum()), gradient.ravel()

    return minimize(loss, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B").x.reshape(shape)


if __name__ == "__main__":
    main(sys.argv[1:])
