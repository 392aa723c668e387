"""Nouns, states and kinds as refusals name them: they stand in the places of its phrases."""

from __future__ import annotations

from collections.abc import Mapping

from tracer.documents.phrases import said

WORDS: Mapping[str, str] = {
    "channel": said("channel"),
    "canary": said("canary"),
    "call": said("call"),
    "order": said("order"),
    "number": said("number"),
    "user": said("user"),
    "key": said("key"),
    "job": said("job"),
    "recurring job": said("recurring job"),
    "report": said("report"),
    "message": said("message"),
    "source": said("source"),
    "attachment": said("attachment"),
    "content": said("content"),
    "exposure": said("exposure"),
    "name or line": said("name or line"),
    "session": said("session"),
    "tracked parcel": said("tracked parcel"),
    "tag": said("tag"),
    "issued": said("issued"),
    "used": said("used"),
    "quarantined": said("quarantined"),
    "retired": said("retired"),
    "logged": said("logged"),
    "undone": said("undone"),
    "merged": said("merged"),
    "queued": said("queued"),
    "running": said("running"),
    "done": said("done"),
    "failed": said("failed"),
    "scam": said("scam"),
    "legitimate": said("legitimate"),
    "unsure": said("unsure"),
    "import": said("import"),
    "export": said("export"),
    "simulate": said("simulate"),
    "verify": said("verify"),
    "refresh": said("refresh"),
    "backup": said("backup"),
    "evidence": said("evidence"),
    "fact": said("fact"),
    "notification target": said("notification target"),
    "test messages": said("test messages"),
    "look-ups": said("look-ups"),
    "failed log-ins": said("failed log-ins"),
    "failed log-ins for this name": said("failed log-ins for this name"),
    "failed keys and links": said("failed keys and links"),
}
"""Nouns, states and kinds as refusals name them."""
