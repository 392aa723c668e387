"""Pieces of a campaign: some of its canaries with all that concerns them, or all but one call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import TypeVar

import numpy as np

from tracer.domain.attribution.evidence import Bools, Canaries, Evidence, Exposures, Ints, Lines, Matches

T = TypeVar("T")


def piece_of(evidence: Evidence, canaries: Iterable[int]) -> Evidence:
    """Only these canaries, the channels that were shown them, their lines and the calls there."""
    among = np.isin(np.arange(len(evidence.canaries.ids)), list(canaries))
    shown = among[evidence.exposures.canary]
    channel = np.isin(np.arange(len(evidence.channel_ids)), evidence.exposures.channel[shown])
    line = np.isin(np.arange(len(evidence.lines.start)), evidence.canaries.line[among])
    calls = line[evidence.calls.line]
    matched = among[evidence.matches.canary] & calls[evidence.matches.call]
    canary_at, channel_at, line_at, call_at = (np.cumsum(kept) - 1 for kept in (among, channel, line, calls))
    chosen = _rows(evidence.canaries, among)
    exposures = _rows(evidence.exposures, shown)
    pairs = _rows(evidence.matches, matched)
    return replace(
        evidence,
        channel_ids=_kept(evidence.channel_ids, channel),
        profiles=_kept(evidence.profiles, channel),
        canaries=Canaries(**{**chosen, "line": line_at[chosen["line"]]}),
        exposures=Exposures(
            **{**exposures, "canary": canary_at[exposures["canary"]], "channel": channel_at[exposures["channel"]]}
        ),
        lines=Lines(**_rows(evidence.lines, line)),
        calls=type(evidence.calls)(**(moved := _rows(evidence.calls, calls)) | {"line": line_at[moved["line"]]}),
        matches=Matches(call_at[pairs["call"]], canary_at[pairs["canary"]], pairs["log_ratio"]),
    )


def without_call(evidence: Evidence, call: int) -> Evidence:
    """The campaign before a call was logged."""
    kept = np.arange(len(evidence.calls.ids)) != call
    pairs = _rows(evidence.matches, kept[evidence.matches.call])
    call_at: Ints = np.cumsum(kept) - 1
    return replace(
        evidence,
        calls=type(evidence.calls)(**_rows(evidence.calls, kept)),
        matches=Matches(call_at[pairs["call"]], pairs["canary"], pairs["log_ratio"]),
    )


def _rows(table: object, kept: Bools) -> dict[str, object]:
    """The columns of a table of arrays, with only the rows kept."""
    return {
        one.name: _kept(values, kept) if isinstance(values := getattr(table, one.name), list | tuple) else values[kept]
        for one in fields(table)
    }


def _kept(values: Iterable[T], kept: Bools) -> list[T]:
    return [value for value, keep in zip(values, kept.tolist(), strict=True) if keep]
