"""Hand out what an attachment holds."""

from __future__ import annotations

from hashlib import sha256

from tracer.domain.errors import UnknownId, WrongKey
from tracer.storage.calls import Attachment
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork


def fetch_attachment(work: UnitOfWork, call_id: str, attachment_id: str) -> tuple[Attachment, bytes]:
    """An attachment of the call (or of one merged into it) with its content; the journal notes that it was fetched.

    Raises UnknownId where there is none or its content was not taken, WrongKey where the content is not what was
    attached: a piece is missing.
    """
    found = next((one for one in work.calls.attachments(call_id) if one.attachment_id == attachment_id), None)
    if found is None:
        raise UnknownId("attachment", attachment_id, "The page of the call shows its attachments")
    if not work.attachment_contents.stored([attachment_id]):
        raise UnknownId(
            "content",
            attachment_id,
            "Only the hash of this file was noted: whoever has the file can add it to the call, and it is kept",
        )
    content = b"".join(work.attachment_contents.pieces(attachment_id))
    if sha256(content).hexdigest() != found.sha256:
        raise WrongKey(f"attachment {attachment_id!r} is not what was attached: its SHA-256 differs")
    work.journal.record([Fact("attachment_fetched", call_id, {"attachment_id": attachment_id})])
    return found, content
