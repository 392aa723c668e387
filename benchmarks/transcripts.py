"""How well transcripts are read: `python -m benchmarks.transcripts LABELLED.jsonl…`.

One JSON object a line: `text`, `context` (null, or orders with their true values), `truth` (nature, heard_name,
known_fields, unknown_fields, claimed_role, script, asked_for) and `style`, where `open:KEY` says that a key is not
to be scored. Prints recall and precision of the known and unknown fields, field by field, and the share right of the
rest.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tracer.domain.transcript.finding import KnownOrder
from tracer.domain.transcript.reading import Reading, read_transcript


@dataclass(frozen=True)
class Labelled:
    """A text with the orders it is about, what is true of it, and the keys that are left open."""

    text: str
    orders: list[KnownOrder]
    truth: dict[str, Any]
    left_open: frozenset[str]


def read_labelled(paths: Iterable[str]) -> Iterator[Labelled]:
    """The labelled texts of JSONL files."""
    for path in paths:
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            left_open = frozenset(tag[5:] for tag in row.get("style", ()) if tag.startswith("open:"))
            orders = [_order(one) for one in (row.get("context") or {}).get("orders", ())]
            yield Labelled(row["text"], orders, row["truth"], left_open)


def _order(stated: dict[str, Any]) -> KnownOrder:
    texts = {key: str(stated.get(key) or "") for key in ("phone", "address", "item", "price", "order_no", "waybill_no")}
    placed = stated.get("placed_at")
    return KnownOrder(
        name=stated.get("recipient_name") or "", placed_at=datetime.fromisoformat(placed) if placed else None, **texts
    )


class Score:
    """Counts of right, missed and wrong findings."""

    def __init__(self) -> None:
        self.right: dict[str, Counter[str]] = {"known_fields": Counter(), "unknown_fields": Counter()}
        self.missed: dict[str, Counter[str]] = {"known_fields": Counter(), "unknown_fields": Counter()}
        self.wrong: dict[str, Counter[str]] = {"known_fields": Counter(), "unknown_fields": Counter()}
        self.same: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()

    def add(self, labelled: Labelled, reading: Reading) -> None:
        for key in self.right:
            if key not in labelled.left_open:
                true, found = set(labelled.truth[key]), set(getattr(reading, key))
                self.right[key].update(true & found)
                self.missed[key].update(true - found)
                self.wrong[key].update(found - true)
        for key in ("nature", "script", "claimed_role", "heard_name", "asked_for"):
            if key not in labelled.left_open:
                true, found = labelled.truth[key] or "", getattr(reading, key)
                same = set(true) == set(found) if key == "asked_for" else true == found
                self.same[key] += same
                self.asked[key] += 1

    def lines(self) -> Iterator[str]:
        for key, right in self.right.items():
            missed, wrong = self.missed[key], self.wrong[key]
            yield f"{key}: recall {_share(right, missed)}, precision {_share(right, wrong)}"
            for token in sorted({*right, *missed, *wrong}):
                yield f"  {token:<12} {right[token]:4} right {missed[token]:4} missed {wrong[token]:4} wrong"
        for key, count in self.asked.items():
            yield f"{key}: {self.same[key] / count:.3f} of {count}"


def _share(right: Counter[str], other: Counter[str]) -> str:
    whole = right.total() + other.total()
    return f"{right.total() / whole:.3f}" if whole else "-"


def main(paths: list[str]) -> None:
    score = Score()
    for labelled in read_labelled(paths):
        score.add(labelled, read_transcript(labelled.text, labelled.orders))
    print("\n".join(score.lines()))


if __name__ == "__main__":
    main(sys.argv[1:])
