"""What the verification of an evidence pack found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracer.domain.evidence.opened_fact import OpenedFact
from tracer.domain.evidence.subject import Subject
from tracer.domain.ledger.checkpoint import Checkpoint
from tracer.domain.ledger.note import NoteKey


@dataclass(frozen=True, slots=True)
class ProvenTime:
    """What a time token proves: its authority saw the checkpoint at `time` (ISO 8601).

    `trusted`: the authority's certificate leads to a root that the reader gave.
    """

    time: str
    authority: str
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A token of the pack over one checkpoint; `proven` is None where nobody here looked into it."""

    member: str
    checkpoint: Checkpoint
    proven: ProvenTime | None


@dataclass(frozen=True, slots=True)
class VerifiedFact:
    """A fact that lies under the signed root; `stamps` are the tokens over an earlier root that it lies under too."""

    member: str
    index: int
    fact: OpenedFact
    stamps: Sequence[TimeStamp] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """An intact pack. `origin_proven`: it was signed by the key that the reader trusts."""

    subject: Subject
    made_at: str
    key: NoteKey
    origin_proven: bool
    checkpoint: Checkpoint
    facts: Sequence[VerifiedFact]
    stamps: Sequence[TimeStamp] = field(default=())

    @property
    def words(self) -> str:
        """The verdict in words."""
        return "intact, and signed by the key you trust" if self.origin_proven else "intact, origin not proven"


def verdict_object(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON."""
    return {
        "verdict": verdict.words,
        "intact": True,
        "origin_proven": verdict.origin_proven,
        "subject": {"kind": verdict.subject.kind.value, "id": verdict.subject.subject_id},
        "made_at": verdict.made_at,
        "fingerprint": verdict.key.fingerprint,
        "verifier_key": verdict.key.text(),
        "checkpoint": _checkpoint(verdict.checkpoint),
        "facts": [_fact(one) for one in verdict.facts],
        "time_stamps": [
            {"member": one.member, "checkpoint": _checkpoint(one.checkpoint), **_proven(one)} for one in verdict.stamps
        ],
        "kept_closed": sum(len(one.fact.closed) for one in verdict.facts),
        "erased": sum(len(one.fact.erased) for one in verdict.facts),
    }


def _checkpoint(checkpoint: Checkpoint) -> dict[str, Any]:
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}


def _fact(one: VerifiedFact) -> dict[str, Any]:
    fact = one.fact
    return {
        "member": one.member,
        "index": one.index,
        "event": fact.event,
        "subject_id": fact.subject_id,
        "recorded_at": fact.recorded_at,
        "fields": {field.path: field.read for field in fact.fields},
        "closed": list(fact.closed_paths),
        "erased": len(fact.erased),
        "erased_at": fact.erased_at,
        "time_stamps": [{"member": stamp.member, **_proven(stamp)} for stamp in one.stamps],
    }


def _proven(stamp: TimeStamp) -> Mapping[str, Any]:
    found = stamp.proven
    return {
        "checked": found is not None,
        "time": found.time if found else None,
        "authority": found.authority if found else None,
        "authority_trusted": found is not None and found.trusted,
    }
