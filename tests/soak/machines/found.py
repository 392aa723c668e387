"""What came of it: counts that must be 0, and how long clients waited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.soak.findings import Findings
from tests.soak.machines.balanced import Answered, longest_gap

AFTERWARDS = 2.0


@dataclass
class Event:
    """Something that was done to a machine; times of the monotonic clock, `told` in seconds after its beginning."""

    what: str
    begin: float
    until: float = 0.0
    said: str = ""
    told: dict[str, float] = field(default_factory=dict)

    def gap(self, answered: Sequence[Answered]) -> float:
        """The longest gap of a client that touches it."""
        near = [one for one in answered if self.begin - AFTERWARDS <= one.at <= self.until + AFTERWARDS]
        return longest_gap(near)


@dataclass(frozen=True)
class MachineFindings:
    """Counts and seconds."""

    network: str
    calls: Findings
    kept_twice: int
    imports: int
    imports_lost: int
    imports_twice: int
    gap: float
    seconds: Mapping[str, Mapping[str, float]]
    unanswered: Mapping[str, int]
    events: Sequence[Event]
    gaps: Mapping[str, float]

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, and nothing kept twice."""
        return self.calls.is_good and not (self.kept_twice or self.imports_lost or self.imports_twice)

    def __str__(self) -> str:
        text = f"{self.network}: {self.calls.acknowledged:,} calls acknowledged, {self.calls.lost} lost, "
        text += f"{self.kept_twice} kept twice; {self.imports} imports, {self.imports_lost} lost, {self.imports_twice} "
        text += f"kept twice; longest gap of a client {self.gap:.1f} s; "
        return text + "; ".join(f"{when} {_milliseconds(found)}" for when, found in self.seconds.items())

    def lines(self) -> Iterator[str]:
        """Everything, a line each."""
        yield str(self)
        for event in self.events:
            told = ", ".join(f"{name} {value:.1f}" for name, value in event.told.items())
            yield f"- {event.what}: {told}; longest gap of a client {self.gaps[event.what]:.2f} s"
            if event.said:
                yield f"  it said: {event.said}"
        yield f"- sent again after: {', '.join(f'{what} {count}' for what, count in self.unanswered.items()) or '-'}"


def _milliseconds(found: Mapping[str, float]) -> str:
    return "p50 {:.0f} ms p99 {:.0f} ms".format(*(1_000 * found.get(name, 0) for name in ("p50", "p99")))
