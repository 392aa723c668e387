"""What attachments hold, in sealed pieces; which attachments there are is known to `calls`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select

from tracer.storage.session import Session, chunks
from tracer.storage.tables import AttachmentPartRow

_TABLE, _COLUMN = "attachment_parts", "content"


class AttachmentContents:
    """Contents by the id of their attachment. Of some only the hash was noted."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, attachment_id: str, pieces: Iterable[bytes]) -> None:
        """Store what an attachment holds, its pieces in order; of an empty file there is one empty piece."""
        for part, piece in enumerate(pieces):
            content = self._session.cipher.seal_bytes(_TABLE, _COLUMN, f"{attachment_id}/{part}", piece)
            self._session.insert(
                AttachmentPartRow, [{"attachment_id": attachment_id, "part": part, "content": content}]
            )

    def pieces(self, attachment_id: str) -> Iterator[bytes]:
        """The pieces in order; none where the content was not taken."""
        mine = AttachmentPartRow.attachment_id == attachment_id
        parts = select(AttachmentPartRow.part).where(mine).order_by(AttachmentPartRow.part)
        connection, opened = self._session.connection, self._session.cipher.open_bytes
        for part in connection.execute(parts).scalars().all():  # one at a time: a piece is a megabyte
            query = select(AttachmentPartRow.content).where(mine, AttachmentPartRow.part == part)
            content = connection.execute(query).scalar_one()
            yield opened(_TABLE, _COLUMN, f"{attachment_id}/{part}", content)

    def stored(self, attachment_ids: Sequence[str]) -> set[str]:
        """Those of the attachments whose content was taken."""
        found: set[str] = set()
        for part in chunks(attachment_ids):
            mine = AttachmentPartRow.attachment_id.in_(part)
            query = select(AttachmentPartRow.attachment_id).where(mine, AttachmentPartRow.part == 0)
            found.update(self._session.connection.execute(query).scalars())
        return found
