"""The member `log-key.txt`: the key of the log, as people compare it and as programs read it.

    fingerprint <SHA-256 of the public key, hexadecimal>
    <verifier key>                 of the log that is kept now; it signed the manifest and the checkpoint
    <verifier key> …               of the logs before it, whose checkpoints lie in time/

A registry has one key for all its logs, which differ in their names only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tracer.domain.errors import EvidenceRejected, InvalidValue
from tracer.domain.ledger.note import NoteKey, read_key

_MOST = 1_000
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The keys of a pack, that of the log kept now first."""

    keys: Sequence[NoteKey]

    @property
    def first(self) -> NoteKey:
        """The key of the log that is kept now."""
        return self.keys[0]

    def named(self, origin: str) -> NoteKey | None:
        """The key of the log of that name."""
        return next((key for key in self.keys if key.name == origin), None)

    def text(self) -> str:
        """As a member of a pack."""
        return f"fingerprint {self.first.fingerprint}\n" + "".join(f"{key.text()}\n" for key in self.keys)


def read_log_keys(text: str) -> LogKeys:
    """The member's keys; raises EvidenceRejected."""
    lines = text.split("\n")
    if not 3 <= len(lines) <= _MOST or lines[-1]:
        raise EvidenceRejected("expected a fingerprint and verifier keys, one a line")
    keys = LogKeys([read_key(line) for line in lines[1:-1]])
    if keys.text() != text or len({key.name for key in keys.keys}) != len(keys.keys):
        raise EvidenceRejected("the fingerprint or a verifier key is not written as it should be")
    if any(key.public != keys.first.public for key in keys.keys):
        raise EvidenceRejected("expected one key for all the logs of a registry, got several")
    return keys


def is_trusted(key: NoteKey, trusted: str) -> bool:
    """Whether a key is the one that a reader trusts, by its fingerprint (blanks, colons and case do not matter) or
    by its verifier key. Raises InvalidValue for what is neither."""
    if "+" in trusted:
        try:
            return read_key(trusted).public == key.public
        except EvidenceRejected as error:
            raise InvalidValue("trust", trusted, "a fingerprint or a verifier key", str(error)) from None
    plain = re.sub(r"[\s:]", "", trusted).lower()
    if not _HEX.fullmatch(plain):
        expected = "a fingerprint of 64 hexadecimal digits, or a verifier key (name+id+base64)"
        raise InvalidValue("trust", trusted, expected, "Take all of it, from where it was published")
    return plain == key.fingerprint
