"""Who says which part of a text."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum

from tracer.domain.transcript.plain import Plain


class Speaker(StrEnum):
    """Whose words a stretch is: the caller's, the callee's, or the note-taker's own remarks about the call."""

    CALLER = "caller"
    CALLEE = "callee"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch [start, end) of the plain text by one speaker. `told`: reported by somebody who took notes."""

    speaker: Speaker
    start: int
    end: int
    told: bool = False


@dataclass(frozen=True)
class Said:
    """A plain text with its turns, in order and without gaps that matter."""

    plain: Plain
    turns: tuple[Turn, ...]
    told: bool = False
    _starts: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", [turn.start for turn in self.turns])

    @property
    def text(self) -> str:
        """The plain text, lower case."""
        return self.plain.text

    def place(self, at: int) -> int:
        """The number of the turn at a place of the text."""
        return max(0, bisect_right(self._starts, at) - 1)

    def turn(self, at: int) -> Turn:
        """The turn at a place of the text."""
        return self.turns[self.place(at)]

    def by(self, at: int, speaker: Speaker) -> bool:
        """Whether the words at a place are somebody's."""
        return self.turn(at).speaker is speaker

    def left(self, at: int, length: int) -> str:
        """At most so much of what the same speaker said before a place, in the same turn."""
        return self.text[max(self.turn(at).start, at - length) : at]

    def right(self, at: int, length: int) -> str:
        """At most so much of what the same speaker said from a place on, in the same turn."""
        return self.text[at : min(self.turn(max(0, at - 1)).end, at + length)]

    def of(self, speaker: Speaker) -> list[Turn]:
        """The turns of a speaker."""
        return [turn for turn in self.turns if turn.speaker is speaker]

    def words_of(self, turn: Turn) -> str:
        """What was said in a turn."""
        return self.text[turn.start : turn.end]
