"""What the notifications' forms are refused with, as sentences with places."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.documents.phrases import Phrase, said

NOTICE_PHRASES: Sequence[Phrase] = [
    Phrase(text)
    for text in (
        said("an hour from 0 to 23"),
        said("the hours in which they begin and end, or none"),
        said("0 (Monday) to 6 (Sunday)"),
        said("this user has %(count)s notification targets already. Remove one first"),
        said(
            "a key has told only what it may see itself, and this one may not see: %(names)s. Leave it out, or log in "
            "as the user"
        ),
        said("`tracer notify list` shows them"),
        said("a time zone such as Asia/Shanghai, or an offset such as +08:00"),
        said("a whole number"),
    )
]
