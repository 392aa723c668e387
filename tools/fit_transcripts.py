"""Fit the models that tell role, story and nature of a text: `python -m tools.fit_transcripts LABELLED.jsonl…`.

The texts are objects with `text`, `context` and `truth` (benchmarks/transcripts.py reads the same). The texts of one
writer stand in files of one name but for a number (`zd-1.jsonl`, `zd-2.jsonl`): cross-validation leaves out one writer
at a time, as writers differ more than their texts do. Single words count from eight texts on; that and the L2 penalties
were chosen by cross-validation. How probable a role is is a sign of story and nature; a text that is fitted to gets it
from a model that has not seen the text's writer. What the rules say of the story is a sign of the story, not of the
nature: there it would be trusted too much, for the rules were written beside these texts. Prints the accuracies and
writes words/role.json, story.json and nature.json.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array

from benchmarks.transcripts import Labelled, read_labelled
from tracer.domain.call import SCRIPTS
from tracer.domain.transcript.reading import signs_of
from tracer.domain.transcript.signs import STORY

OUT = Path(__file__).parent.parent / "tracer" / "domain" / "transcript" / "words"
ROLES = ("", "merchant", "platform", "courier", "station", "warehouse", "bank", "payment", "police", "other")
LABELS = {"claimed_role": ROLES, "script": ("", *SCRIPTS), "nature": ("legitimate", "scam", "unsure")}
FILES = {"claimed_role": "role.json", "script": "story.json", "nature": "nature.json"}
WORDS = ("word ", "head ", "lword ", "sword ")
LEAST_TEXTS, KEPT = 8, 0.03
PENALTIES = {"claimed_role": (4.0, 4.0), "script": (1.0, 2.0), "nature": (1.0, 2.0)}
"""The L2 penalties of the rules' signs and of single words."""


def main(paths: list[str]) -> None:
    """Fit the three, say how well, and write the weights."""
    texts: list[Labelled] = []
    writers: list[str] = []
    for path in paths:
        read = list(read_labelled([path]))
        texts += read
        writers += [re.sub(r"-?\d*$", "", Path(path).stem)] * len(read)
    signs = [signs_of(one.text, one.orders) for one in texts]
    odds = fit_one("claimed_role", texts, np.array(writers), [one.claim for one in signs])
    roles = [dict(zip(ROLES, row, strict=True)) for row in odds.tolist()]
    both = [one.with_roles(role) for one, role in zip(signs, roles, strict=True)]
    for key in ("script", "nature"):
        fit_one(key, texts, np.array(writers), both)


def fit_one(key: str, texts: list[Labelled], writers: np.ndarray, signs: list[dict[str, float]]) -> np.ndarray:
    """Fit the model of one key of the truth. The probabilities of each text by a model blind to its writer."""
    counted = Counter(name for present in signs for name in present)
    names = sorted(
        name
        for name, count in counted.items()
        if count >= (LEAST_TEXTS if name.startswith(WORDS) else 1) and not (key == "nature" and name.startswith(STORY))
    )
    labels = LABELS[key]
    x = csr_array(np.array([[present.get(name, 0.0) for name in names] for present in signs]))
    y = np.array([labels.index(one.truth[key] or "") for one in texts])
    scored = np.array([key not in one.left_open for one in texts])
    of_signs, of_words = PENALTIES[key]
    penalty = np.array([of_words if name.startswith(WORDS) else of_signs for name in names])
    odds = np.zeros((len(y), len(labels)))
    for writer in np.unique(writers):
        rest, his = scored & (writers != writer), writers == writer
        odds[his] = _odds(x[his] @ _fit(x[rest], y[rest], len(labels), penalty))
    right = (odds.argmax(axis=1) == y)[scored]
    sys.stdout.write(f"{key}: {len(right)} texts, {len(names)} signs; one writer left out {right.mean():.3f}\n")
    weights = _fit(x[scored], y[scored], len(labels), penalty).tolist()
    kept = {
        name: [round(w, 2) for w in row] for name, row in zip(names, weights, strict=True) if max(map(abs, row)) > KEPT
    }
    rows = ",\n".join(f"  {json.dumps(name, ensure_ascii=False)}: {row}" for name, row in kept.items())
    text = f'{{\n "labels": {json.dumps(labels)},\n "weights": {{\n{rows}\n }}\n}}\n'
    (OUT / FILES[key]).write_text(text, encoding="utf-8")
    return odds


def _odds(scores: np.ndarray) -> np.ndarray:
    """Probabilities of the labels, shape (texts, labels)."""
    odds: np.ndarray = np.exp(scores - scores.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def _fit(x: csr_array, y: np.ndarray, labels: int, penalty: np.ndarray) -> np.ndarray:
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
