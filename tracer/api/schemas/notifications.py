"""What goes in and out where it is about notifications."""

from __future__ import annotations

from pydantic import Field

from tracer.api.schemas.strict import Strict
from tracer.domain.notice import NAME_LIMIT, URL_LIMIT, Event, NoticeState, Rhythm, SwitchedOff


class TargetChanges(Strict):
    """What to change of a notification target; what is left out stays. `quiet`: begin and end, or an empty list."""

    url: str | None = Field(default=None, min_length=1, max_length=URL_LIMIT, description="The service's address.")
    name: str | None = Field(default=None, max_length=NAME_LIMIT, description="What you call it.")
    language: str | None = Field(
        default=None, max_length=16, description="Of the texts: en or zh_Hans.", examples=["zh_Hans"]
    )
    events: list[Event] | None = Field(default=None, min_length=1, max_length=20, description="What is told there.")
    rhythm: Rhythm | None = Field(default=None, description="At once, or together once a day or week.")
    hour: int | None = Field(default=None, ge=0, le=23, description="The hour of a digest.")
    weekday: int | None = Field(default=None, ge=0, le=6, description="0 is Monday.")
    zone: str | None = Field(default=None, max_length=64, description="Your time zone.", examples=["Asia/Shanghai"])
    quiet: list[int] | None = Field(
        default=None, max_length=2, description="Hours in which nothing is sent.", examples=[[22, 7]]
    )
    reveal: bool | None = Field(
        default=None, description="Names and numbers may stand in the text, where you may see them."
    )
    on: bool | None = Field(default=None, description="Switch it on or off.")


class TargetIn(TargetChanges):
    """A place where you are told of things; its address is sealed and never given out again."""

    url: str = Field(
        min_length=1,
        max_length=URL_LIMIT,
        description="The service's address.",
        examples=["ntfys://ntfy.sh/my-secret-topic"],
    )


class TargetOut(Strict):
    """A notification target as it stands, without its address."""

    target_id: str = Field(examples=["nt-4t9xm2c7qe"])
    user_id: str
    name: str
    service: str
    host: str
    language: str
    events: list[Event]
    rhythm: Rhythm
    hour: int
    weekday: int
    zone: str
    quiet_begin: int | None
    quiet_end: int | None
    reveal: bool
    created_at: str
    off: SwitchedOff | None
    failures: int
    failing_since: str | None
    retry_at: str | None
    digest_at: str | None
    sent_at: str | None
    last_error: str


class TestOut(Strict):
    """What the service made of a test message; `error` is empty where it took it."""

    target_id: str
    sent: bool
    error: str


class NoticeOut(Strict):
    """One thing that was or is to be told at one target: ids only."""

    position: int
    target_id: str
    event: Event
    subject_id: str
    created_at: str
    state: NoticeState
    message_id: str | None
    settled_at: str | None
