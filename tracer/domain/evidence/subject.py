"""What an evidence pack is about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SubjectKind(StrEnum):
    """The nouns that a pack can be made for."""

    CALL = "call"
    CANARY = "canary"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Subject:
    """A call, a canary or a channel by its id."""

    kind: SubjectKind
    subject_id: str

    def __str__(self) -> str:
        return f"{self.kind.value} {self.subject_id}"
