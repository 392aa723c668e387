"""Signed notes (C2SP signed-note, Ed25519): a text and who signed it.

A key is known by its *verifier key*, `name+key id+base64(0x01 ‖ public key)`, and told to people by its
fingerprint, the SHA-256 of the public key in hexadecimal.
"""

from __future__ import annotations

import base64
import binascii
import unicodedata
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tracer.domain.errors import EvidenceRejected

KEY_BYTES = 32
NOTE_LIMIT = 100_000
_ED25519 = b"\x01"
_SIGNATURES = 64
_DASH = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class NoteKey:
    """The public half of a signer's key, with the signer's name."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell which key signed."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def fingerprint(self) -> str:
        """What people compare."""
        return sha256(self.public).hexdigest()

    def text(self) -> str:
        """The verifier key, as other programs read it."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Signature:
    """A line below a note."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text with the signatures below it, not verified."""

    text: str
    signatures: tuple[Signature, ...]

    def verify(self, key: NoteKey) -> None:
        """Raise EvidenceRejected unless the key signed the text."""
        mine = [one for one in self.signatures if (one.name, one.key_id) == (key.name, key.key_id)]
        if not mine:
            signers = ", ".join(one.name for one in self.signatures)
            raise EvidenceRejected(f"expected a signature of {key.name} ({key.fingerprint[:16]}…), found {signers}")
        for one in mine:
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(one.signature, self.text.encode())
            except (InvalidSignature, ValueError):
                raise EvidenceRejected(
                    f"the signature of {key.name} does not fit its text: one of the two was changed"
                ) from None


def sign_note(text: str, name: str, private: bytes) -> str:
    """The text as a note signed with the 32 bytes of an Ed25519 private key."""
    _check_text(text)
    signer = Ed25519PrivateKey.from_private_bytes(private)
    key = NoteKey(name, signer.public_key().public_bytes_raw())
    _check_name(name)
    signed = base64.b64encode(key.key_id + signer.sign(text.encode())).decode()
    return f"{text}\n{_DASH}{name} {signed}\n"


def read_note(note: str, limit: int = NOTE_LIMIT) -> Note:
    """A note's text and signatures; raises EvidenceRejected for what is no note, or longer than `limit`."""
    if len(note) > limit:
        raise EvidenceRejected(f"expected a signed note of at most {limit} characters, got {len(note)}")
    text, gap, below = note.rpartition("\n\n")
    if not gap or not below.endswith("\n"):
        raise EvidenceRejected("expected a signed note: a text, an empty line, and lines of signatures")
    text += "\n"
    _check_text(text)
    lines = below[:-1].split("\n")
    if len(lines) > _SIGNATURES:
        raise EvidenceRejected(f"expected a note with at most {_SIGNATURES} signatures, got {len(lines)}")
    return Note(text, tuple(_read_signature(line) for line in lines))


def read_key(text: str) -> NoteKey:
    """A verifier key; raises EvidenceRejected for what is none."""
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    public = decode_base64(encoded, "a verifier key")
    if public[:1] != _ED25519 or len(public) != 1 + KEY_BYTES:
        raise EvidenceRejected("expected a verifier key of Ed25519: name+key id+base64")
    _check_name(name)
    key = NoteKey(name, public[1:])
    if key.key_id.hex() != key_id:
        raise EvidenceRejected("the verifier key does not fit its own key id: it was changed")
    return key


def decode_base64(text: str, what: str) -> bytes:
    """The bytes of standard base64 in its one form; raises EvidenceRejected."""
    try:
        found = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise EvidenceRejected(f"{what}: expected base64") from None
    if base64.b64encode(found).decode() != text:
        raise EvidenceRejected(f"{what}: expected base64 in its one form")
    return found


def _read_signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise EvidenceRejected("expected a line with a signature: — name base64")
    _check_name(name)
    signed = decode_base64(encoded, "a signature")
    if len(signed) <= 4:
        raise EvidenceRejected("a signature is too short")
    return Signature(name, signed[:4], signed[4:])


def _check_name(name: str) -> None:
    if not name or "+" in name or any(unicodedata.category(one)[0] in "ZC" for one in name):
        raise EvidenceRejected("expected a signer's name without spaces and plus signs")


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(one < " " and one != "\n" for one in text):
        raise EvidenceRejected("expected a note's text of lines without control characters")
