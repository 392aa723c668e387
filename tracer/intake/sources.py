"""What a source is: it reads files, or it answers requests that its vendor sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TypeAlias

from tracer.domain.incoming import Incoming, NotReceived, Unreadable
from tracer.services.access.answer_once import Work
from tracer.settings import Settings

Item: TypeAlias = Incoming | NotReceived | Unreadable
ReadAgain: TypeAlias = Callable[[Unreadable], Sequence[Item]]
"""Reads the content of what could not be read once, which an earlier version may have given out."""


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How to read a file: the pool's number of each line that the source names ("" stands for every line),
    the zone of times without one, and which column of the file is which of calls.csv."""

    lines: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileSource:
    """A kind of file: how it is told from its name and its first 4,096 bytes, and how it is read, row by row."""

    name: str
    recognises: Callable[[str, bytes], bool]
    read: Callable[[Path, FileOptions], Iterator[Item]]
    again: ReadAgain | None = None


@dataclass(frozen=True, slots=True)
class HookRequest:
    """A request as its sender made it: `url` whole, as signed; header names in lower case."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What a request brought, and what its sender is told once that is durable.

    `carry_out` is what else it asks for than taking in messages of calls, in the same transaction; it may be called
    twice, changes nothing but the registry and does not commit.
    """

    items: Sequence[Item] = ()
    body: str = ""
    media_type: str = "text/plain; charset=utf-8"
    status: int = 200
    carry_out: Callable[[Work], object] | None = None


@dataclass(frozen=True, slots=True)
class HookSource:
    """A vendor that sends requests to /hooks/<name>, or below it.

    `receive` raises NotAuthenticated for a signature that does not fit, UnknownId where the source is not set up, and
    InvalidValue for a request that no version of the vendor sends.
    """

    name: str
    receive: Callable[[HookRequest, Settings], HookAnswer]
    again: ReadAgain | None = None
