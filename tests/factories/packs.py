"""Evidence packs made of the ledger's own parts, without a registry: small, signed, and with a time token of sorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tracer.domain.evidence import members as names
from tracer.domain.evidence.log_key import LogKeys
from tracer.domain.evidence.manifest import MANIFEST, Manifest, listed
from tracer.domain.evidence.opened_fact import OpenedFact, open_fact
from tracer.domain.evidence.subject import Subject, SubjectKind
from tracer.domain.ledger.checkpoint import Checkpoint, Proof
from tracer.domain.ledger.merkle import inclusion_proof, leaf_hash, root_hash
from tracer.domain.ledger.note import NoteKey, sign_note
from tracer.domain.ledger.record import Record, new_record

ORIGIN = "tracer/000102"
OURS, THEIRS = bytes(range(32)), bytes(range(1, 33))
MADE_AT = "2026-11-21T12:00:00+08:00"
CALL = Subject(SubjectKind.CALL, "c-1")


class Leaves:
    """A whole tree in memory."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._leaves = leaves

    def at(self, level: int, index: int) -> bytes:
        assert level == 0, "so small a tree has no stored subtrees"
        return self._leaves[index]


def key_of(private: bytes, origin: str = ORIGIN) -> NoteKey:
    return NoteKey(origin, Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw())


def fact(number: int, event: str, subject_id: str, **payload: Any) -> Record:
    """A fact as the journal makes it."""
    header = {"entry_id": f"{number:032x}", "recorded_at": MADE_AT, "actor": "tester", "event": event}
    return new_record(bytes([number] * 16), {**header, "subject_id": subject_id, "payload": payload})


def ledger() -> list[Record]:
    """A small one; the canary k-2 is nobody's business."""
    legs = [{"channel_id": "m-1", "exposed_at": MADE_AT}, {"channel_id": "m-2", "exposed_at": MADE_AT}]
    return [
        fact(0, "channel_registered", "m-1", name="兰亭旗舰店", natural_person="no"),
        fact(1, "canary_issued", "k-1", recipient_name="张雅雯", phone="+442079460016;ext=0042"),
        fact(2, "canary_issued", "k-2", recipient_name="李诗涵", phone="+442079460016;ext=0043"),
        fact(3, "order_placed", "o-1", canary_id="k-1", item="kettle", route=legs),
        fact(4, "call_logged", "c-1", canary_id="k-1", heard_name="张女士", caller_number="+447700900123"),
    ]


def opened(record: Record) -> OpenedFact:
    """All of it but who wrote it down, who rang, and what was erased."""
    shut = {"/actor", "/payload/caller_number"}
    return open_fact(record, [field.path for field in record.fields if field.path not in shut], None)


def pack_members(
    shown: Sequence[int] = (0, 1, 3, 4),
    subject: Subject = CALL,
    private: bytes = OURS,
    records: Sequence[Record] | None = None,
    early: int = 4,
) -> dict[str, bytes]:
    """A pack that shows some facts of the ledger; the first `early` leaves lie under a checkpoint with a token."""
    found = list(records if records is not None else ledger())
    leaves = [leaf_hash(record.content()) for record in found]
    tree = Leaves(leaves)
    notes = {
        size: Checkpoint(ORIGIN, size, root_hash(tree, size)).sign(private)
        for size in {early or len(found), len(found)}
    }
    members = {
        names.CHECKPOINT: notes[len(found)].encode(),
        names.LOG_KEY: LogKeys([key_of(private)]).text().encode(),
        **{name: f"what {name} says\n".encode() for name in names.ALWAYS if "." in name and name != names.LOG_KEY},
    }
    if early:
        members["time/0001.checkpoint"] = notes[early].encode()
        members["time/0001.1.tsr"] = b"a token over " + sha256(notes[early].encode()).digest()
    for number, index in enumerate(shown, start=1):
        members[names.fact_name(number)] = opened(found[index]).text().encode()
        proof = Proof(index, tuple(inclusion_proof(tree, index, len(found))), notes[len(found)])
        members[names.PROOF.format(f"{number:04d}")] = proof.text().encode()
        if index < early:
            proof = Proof(index, tuple(inclusion_proof(tree, index, early)), notes[early])
            members[names.TIME_PROOF.format(f"{number:04d}")] = proof.text().encode()
    return signed(members, subject, private)


def signed(members: Mapping[str, bytes], subject: Subject = CALL, private: bytes = OURS) -> dict[str, bytes]:
    """These members with a manifest that fits them."""
    inner = {name: content for name, content in members.items() if name != MANIFEST}
    manifest = Manifest(subject, MADE_AT, {name: listed(content) for name, content in inner.items()})
    return {**inner, MANIFEST: sign_note(manifest.text(), ORIGIN, private).encode()}
