"""The list of what an evidence pack holds, signed as a note by the key of the log.

    tracer evidence pack v1
    call c-2f7k9m4xqe
    made 2026-11-21T12:00:00+08:00
    <sha256> <size> <name>          one line for every member but MANIFEST itself, by name

Its first line is no log's origin, so a manifest never passes for a checkpoint nor a checkpoint for a manifest,
though one key signs both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from tracer.domain.errors import EvidenceRejected
from tracer.domain.evidence.subject import Subject, SubjectKind

MANIFEST = "MANIFEST"
MANIFEST_HEAD = "tracer evidence pack v1\n"
MANIFEST_LIMIT = 1_000_000
"""Characters; other programs that read notes take no longer ones (Go's note.Open)."""
_LINE = re.compile(r"([0-9a-f]{64}) (0|[1-9][0-9]{0,10}) ([A-Za-z0-9][A-Za-z0-9._/-]{0,99})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Listed:
    """A member as the manifest knows it: SHA-256 in hexadecimal, size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the pack is about, when it was made (by our own clock), and its members by name."""

    subject: Subject
    made_at: str
    members: Mapping[str, Listed]

    def text(self) -> str:
        """The lines that are signed."""
        lines = [f"{one.sha256} {one.size} {name}\n" for name, one in sorted(self.members.items())]
        return f"{MANIFEST_HEAD}{self.subject}\nmade {self.made_at}\n{''.join(lines)}"


def listed(content: bytes) -> Listed:
    """A member's line."""
    return Listed(sha256(content).hexdigest(), len(content))


def read_manifest(text: str) -> Manifest:
    """A manifest's text; raises EvidenceRejected for one that is none, or not written as we write it."""
    if not text.startswith(MANIFEST_HEAD):
        raise EvidenceRejected(f"{MANIFEST}: expected {MANIFEST_HEAD.strip()!r}, got {text.split(chr(10))[0][:60]!r}")
    about, _, rest = text.removeprefix(MANIFEST_HEAD).partition("\n")
    made, _, rest = rest.partition("\n")
    kind, _, subject_id = about.partition(" ")
    if kind not in set(SubjectKind) or not subject_id or not made.startswith("made "):
        raise EvidenceRejected(f"{MANIFEST}: expected what the pack is about and when it was made")
    made_at = made.removeprefix("made ")
    try:
        datetime.fromisoformat(made_at)
    except ValueError:
        raise EvidenceRejected(f"{MANIFEST}: expected a time after 'made', got {made_at[:40]!r}") from None
    members: dict[str, Listed] = {}
    for line in rest.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            raise EvidenceRejected(f"{MANIFEST}: expected lines of SHA-256, size and name, got {line[:80]!r}")
        members[found[3]] = Listed(found[1], int(found[2]))
    manifest = Manifest(Subject(SubjectKind(kind), subject_id), made_at, members)
    if manifest.text() != text:
        raise EvidenceRejected(f"{MANIFEST}: its lines are not in their one order, or one stands there twice")
    return manifest
