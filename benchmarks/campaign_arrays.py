"""A campaign of make_bundle as the arrays that the engine reads, without an import: to measure the engine alone."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.make_bundle import START, write
from tracer.domain.attribution.evidence import Calls, Canaries, Evidence, Exposures, Lines, Matches
from tracer.domain.attribution.model import AttributionModel
from tracer.domain.fields import parse_fields

CALLS_PER_ORDER = 0.85
AS_OF = START + timedelta(days=200)


def campaign(orders: int, model: AttributionModel, calls_per_order: float = CALLS_PER_ORDER) -> Evidence:
    """Every canary on a line of its own, one order each; calls up to AS_OF."""
    with tempfile.TemporaryDirectory(prefix="tracer-campaign-") as folder:
        write(Path(folder), orders, calls=round(calls_per_order * orders))
        return _read(Path(folder), model)


def _read(folder: Path, model: AttributionModel) -> Evidence:
    channels = list(_rows(folder, "channels"))
    place = {row["channel_id"]: i for i, row in enumerate(channels)}
    profiles = [model.channels.kind(row["kind"]) for row in channels]
    seen = np.array([int(profile.fields) for profile in profiles])
    issued = np.array([_day(row["issued_at"]) for row in _rows(folder, "canaries")])
    shown = [
        (int(row["order_id"][1:]), place[row["channel_id"]], _day(row["exposed_at"]))
        for row in _rows(folder, "exposures")
    ]
    end, number = _day(AS_OF.isoformat()), len(issued)
    canary, channel, day = (np.array(column) for column in zip(*shown, strict=True))
    rang = [
        (_day(row["received_at"]), int(row["canary_id"][1:]), int(parse_fields(row["known_fields"])))
        for row in _rows(folder, "calls")
    ]
    when, whom, known = (np.array(column) for column in zip(*sorted(one for one in rang if one[0] <= end), strict=True))
    nothing, calls = np.zeros(len(when), dtype=np.int64), np.arange(len(when))
    return Evidence(
        as_of=end,
        channel_ids=list(place),
        profiles=profiles,
        canaries=Canaries(
            [f"K{n:07d}" for n in range(number)],
            np.arange(number),
            issued,
            np.full(number, end),
            np.zeros(number, bool),
        ),
        exposures=Exposures(canary, canary, channel, day, seen[channel], np.full(len(day), np.nan)),
        lines=Lines(issued, np.full(number, end), np.ones(number, dtype=np.int64)),
        calls=Calls(
            [f"S{n:07d}" for n in range(len(when))],
            when,
            whom,
            known,
            nothing,
            np.ones(len(when), bool),
            np.ones(len(when)),
            nothing,
            nothing - 1,
        ),
        matches=Matches(calls, whom, np.zeros(len(when))),
    )


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() / 86_400.0
