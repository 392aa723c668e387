"""What can be told of the master key's versions: no key, no value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """A version of the master key, since when it seals, and when it was retired; None: it is in force."""

    version: int
    made_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """All versions, oldest first; which one makes blind indexes; and values that the newest has not sealed, by table.

    A rotation is under way while two versions are in force.
    """

    keys: Sequence[KeyVersion]
    indexing: int
    left: Mapping[str, int]

    @property
    def in_force(self) -> list[int]:
        """The versions that must be at hand."""
        return [key.version for key in self.keys if key.retired_at is None]


@dataclass(frozen=True, slots=True)
class Rotation:
    """How a rotation ended: the versions in force before and after, values sealed anew, where the old key is kept.

    `to_remove` names the place from which the user has to take the old key, empty where the program did.
    `finished_before`: there was nothing left to do but to tidy up.
    """

    old: int
    new: int
    resealed: int
    kept_at: str
    to_remove: str
    finished_before: bool = False
