"""A letter that names parties leaves the house: after a person read it, and the journal knows of it."""

from __future__ import annotations

from hashlib import sha256

from tracer.domain.errors import InvalidValue, NotAllowed
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork

ADDRESSEES = ("shop", "council", "police")
MOST_LETTERS = 50_000


def release_letter(
    work: UnitOfWork, channel_id: str, to: str, text: str, *, report_id: str, language: str, checked: bool
) -> str:
    """Note that a letter on a channel was released; gives the SHA-256 of its text. The text itself is kept nowhere.

    Raises UnknownId, InvalidValue (addressee, empty or endless text), NotAllowed where nobody has checked it.
    """
    work.channels.get(channel_id)
    if to not in ADDRESSEES:
        raise InvalidValue("to", to, "one of: " + " ".join(ADDRESSEES))
    if not 1 <= len(text.strip()) <= MOST_LETTERS:
        raise InvalidValue("text", f"{len(text)} characters", f"a letter of 1 to {MOST_LETTERS:,} characters")
    if not checked:
        raise NotAllowed("a letter that names a party is released only by somebody who has read and checked it")
    digest = sha256(text.encode()).hexdigest()
    payload = {"to": to, "language": language, "report": report_id, "sha256": digest}
    work.journal.record([Fact("letter_released", channel_id, payload)])
    return digest
