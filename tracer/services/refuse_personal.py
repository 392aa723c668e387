"""What was erased does not come back by way of a change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tracer.domain.errors import NotAllowed
from tracer.domain.personal import ERASED


def refuse_personal(noun: str, subject_id: str, erased_at: datetime | None, record: Mapping[str, str]) -> None:
    """Raise NotAllowed for a record of something erased that would hold personal data again."""
    filled = sorted(name for name in ERASED[noun] if record.get(name))
    if erased_at is not None and filled:
        raise NotAllowed(
            f"the personal data of {noun} {subject_id!r} was erased on {erased_at.date().isoformat()}, and none is "
            f"taken for it again: leave out {' '.join(filled)}"
        )
