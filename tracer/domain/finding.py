"""What a look at the installation found: one statement, how bad it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How bad it is: nothing to do, worth a thought, or something that is to be mended."""

    WELL = "well"
    NOTICE = "notice"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` is what was looked at, `says` a sentence, `advice` what to do (empty where all is well).

    Neither holds names, numbers or secrets: a report of findings may be shown to whoever helps.
    """

    check: str
    state: State
    says: str
    advice: str = ""


def well(check: str, says: str) -> Finding:
    """A finding of which nothing follows."""
    return Finding(check, State.WELL, says)


def notice(check: str, says: str, advice: str) -> Finding:
    """A finding worth a thought."""
    return Finding(check, State.NOTICE, says, advice)


def wrong(check: str, says: str, advice: str) -> Finding:
    """A finding that is to be mended."""
    return Finding(check, State.WRONG, says, advice)
