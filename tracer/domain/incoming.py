"""A received contact as another system tells of it: one form, whatever the source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message of a source about one contact.

    `contact_id` is the source's own id of the contact, the same in all of its messages; `event_id` names this message
    of it, and a message told again has the same. Of what several messages say of one column, the highest `stage`
    (then the greatest `event_id`) counts, so that their order of arrival means nothing. `record` holds the columns of
    calls.csv that this message tells, and no others; a column left out is not told. `extra` is what else the source
    said, in its own words, as JSON values. `place` is for people (a line of a file): kept where something is wrong.
    """

    source: str
    contact_id: str
    event_id: str = ""
    stage: int = 0
    record: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    place: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something of a source that could not be read: `place` for people (a line, an index), the content, the reason."""

    source: str
    place: str
    content: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotReceived:
    """Something of a source that is no received contact: an outgoing call, a draft. It is counted, and not kept."""

    source: str
    why: str = "outgoing"
