"""An evidence pack leaves the house: its manifest is signed, and the journal knows of it."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256

from tracer.domain.evidence.manifest import Manifest
from tracer.domain.evidence.opening import Opening
from tracer.domain.evidence.subject import Subject
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork


def sign_manifest(work: UnitOfWork, manifest: Manifest) -> str:
    """The manifest as a note signed with the log's key."""
    return work.ledger.sign_manifest(manifest.text())


def note_evidence_exported(
    work: UnitOfWork, subject: Subject, pack: bytes, opening: Opening, canary_ids: Collection[str]
) -> str:
    """Write down that a pack was made, what it opened beyond the usual and of which canaries; gives its SHA-256."""
    digest = sha256(pack).hexdigest()
    payload = {
        "kind": subject.kind.value,
        "sha256": digest,
        "size": len(pack),
        "canaries": sorted(canary_ids),
        "opened": sorted(opening.fields),
        "persons_named": opening.name_persons,
    }
    work.journal.record([Fact("evidence_exported", subject.subject_id, payload)])
    return digest
