"""Checkpoints (C2SP tlog-checkpoint): how large the log was and what its root was, signed; and proofs to hand on."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from tracer.domain.errors import EvidenceRejected
from tracer.domain.ledger.merkle import HASH_BYTES, root_from_inclusion
from tracer.domain.ledger.note import Note, NoteKey, decode_base64, read_note, sign_note

_PROOF = "c2sp.org/tlog-proof@v1"
_HIGHEST = 64  # hashes in a proof: no tree is higher


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: its origin, the number of its leaves, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def sign(self, private: bytes) -> str:
        """The signed note; the signer's name is the origin."""
        return sign_note(self.text(), self.origin, private)


@dataclass(frozen=True, slots=True)
class Proof:
    """That a leaf is in a log: its index, the audit path, and the signed checkpoint (C2SP tlog-proof)."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    def text(self) -> str:
        """As a `.tlog-proof` file has it."""
        lines = [_PROOF, f"index {self.index}", *(base64.b64encode(one).decode() for one in self.path)]
        return "\n".join(lines) + "\n\n" + self.checkpoint


def read_checkpoint(note: str) -> tuple[Checkpoint, Note]:
    """A checkpoint and the note it came in, not verified; raises EvidenceRejected for what is none."""
    found = read_note(note)
    lines = found.text.split("\n")
    if len(lines) != 4 or not lines[0]:
        raise EvidenceRejected("expected a checkpoint of three lines: origin, size, root")
    root = decode_base64(lines[2], "the checkpoint's root")
    if len(root) != HASH_BYTES:
        raise EvidenceRejected(f"expected a root of {HASH_BYTES} bytes, got {len(root)}")
    return Checkpoint(lines[0], _decimal(lines[1], "the checkpoint's size"), root), found


def verified_checkpoint(note: str, key: NoteKey) -> Checkpoint:
    """A checkpoint that the key signed for its own log; raises EvidenceRejected."""
    checkpoint, found = read_checkpoint(note)
    if checkpoint.origin != key.name:
        raise EvidenceRejected(f"expected a checkpoint of the log {key.name}, got one of {checkpoint.origin}")
    found.verify(key)
    return checkpoint


def read_proof(text: str) -> Proof:
    """A proof to hand on; raises EvidenceRejected for a text that is none."""
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or lines[0] != _PROOF or len(lines) < 2 or not lines[1].startswith("index "):
        raise EvidenceRejected(f"expected a proof that begins with {_PROOF} and an index")
    if len(lines) - 2 > _HIGHEST:
        raise EvidenceRejected(f"expected a proof of at most {_HIGHEST} hashes, got {len(lines) - 2}")
    path = tuple(decode_base64(line, "a hash of the proof") for line in lines[2:])
    return Proof(_decimal(lines[1].removeprefix("index "), "the proof's index"), path, checkpoint)


def verify_proof(leaf: bytes, proof: Proof, key: NoteKey) -> Checkpoint:
    """The checkpoint that a leaf, by its hash, is proved to lie under; raises EvidenceRejected."""
    checkpoint = verified_checkpoint(proof.checkpoint, key)
    if root_from_inclusion(leaf, proof.index, checkpoint.size, proof.path) != checkpoint.root:
        raise EvidenceRejected(
            f"leaf {proof.index} does not lead to the signed root: the record or its proof was changed"
        )
    return checkpoint


def _decimal(text: str, what: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 19 or (text != "0" and text[0] == "0"):
        raise EvidenceRejected(f"{what}: expected a decimal number")
    return int(text)
