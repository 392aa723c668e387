"""What users, keys and log-ins are refused with, as sentences with places."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.documents.phrases import Phrase, said

ACCESS_PHRASES: Sequence[Phrase] = [
    Phrase(text)
    for text in (
        said("this link was used or has expired. Ask for a new one: `tracer user link USER` makes it"),
        said("you are not logged in, or your session has ended. Log in again"),
        said("the log-in name or the password is wrong"),
        said("user %(id)s is disabled. `tracer user enable %(again)s` first"),
        said("this key was revoked, on %(when)s. Ask for a new one"),
        said("this key expired on %(when)s. Ask for a new one"),
        said("there is no such key. `tracer key list` shows those there are"),
        said("the user whose key this is was disabled. An owner can enable them again"),
        said(
            "this key is not whole: expected trc_, an id, a secret and a check sum with _ between them. Part of it "
            "is missing or altered; copy it again from where it was kept"
        ),
        said("this log-in name is theirs. Choose another name"),
        said("there are users, but no owner among them. `tracer user add NAME --role owner` adds one"),
        said("`tracer user list` shows them"),
        said("`tracer user list` shows them; `tracer user add` makes one"),
        said("`tracer key list` shows them"),
        said("the key that the page sent. Reload the page"),
        said("the first request with this Idempotency-Key is still being carried out. Wait a little"),
        said("the first request with this Idempotency-Key is still being carried out. Wait"),
        said(
            "this Idempotency-Key came with another request before. Send the first one again to see its answer, or "
            "use a new key"
        ),
    )
]
