"""What measuring gives: repeats with their middle and spread, and how a time grows with the size of its task."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spread:
    """One figure measured several times, in the order of the rounds."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.values)

    def per_second(self, count: int) -> Spread:
        """Seconds for so many become so many a second."""
        return Spread(tuple(count / value for value in self.values))

    def over(self, other: Spread) -> Spread:
        """Round by round how many times the other it is: what slows the machine down slows both."""
        return Spread(tuple(one / two for one, two in zip(self.values, other.values, strict=True)))

    def text(self, shown: Callable[[float], str]) -> str:
        """The middle, and the least and the most where there are several."""
        if len(self.values) == 1:
            return shown(self.median)
        return f"{shown(self.median)} ({shown(min(self.values))}–{shown(max(self.values))})"


def timed(act: Callable[[], object]) -> float:
    """Seconds that it takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def worked(act: Callable[[], object]) -> float:
    """Seconds of the processor that it takes: those of other programs do not count, nor does waiting for the disk."""
    start = time.process_time()
    act()
    return time.process_time() - start


def in_turns(ways: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Spread]:
    """What every way gives, round after round, so that a busy minute of the machine falls on all of them."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    return {name: Spread(tuple(values)) for name, values in found.items()}


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The power of the size with which the time grows: the slope of the line through the logarithms, least squares."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
