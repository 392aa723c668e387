"""Which calls, canaries, orders or facts somebody wants to see, and what that is in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, exists, false, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from tracer.domain.call import CallState
from tracer.storage.instant import OFFSET_BITS, at_or_before, microseconds, packed
from tracer.storage.tables import CallRow, CanaryRow, ExposureRow, IssuedForRow, JournalRow, OrderRow

Conditions = list[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls; None and empty take all. `everything`: undone and merged ones too."""

    everything: bool = False
    nature: str = ""
    kind: str = ""
    script: str = ""
    canary_id: str = ""
    tag: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> Conditions:
        """The same of a row of `calls`."""
        return [
            *([] if self.everything else [CallRow.state == CallState.LOGGED.value]),
            *_equal(CallRow.nature, self.nature),
            *_equal(CallRow.kind, self.kind),
            *_equal(CallRow.script, self.script),
            *_equal(CallRow.canary_id, self.canary_id),
            *_tagged(CallRow.tags, self.tag),
            *_between(CallRow.received_at, self.since, self.until),
        ]


@dataclass(frozen=True, slots=True)
class CanaryFilter:
    """Which canaries; empty takes all. `prefix`: how their ids begin."""

    prefix: str = ""
    state: str = ""
    purpose: str = ""
    issued_for: str = ""
    tag: str = ""
    alike: bool = False

    def conditions(self) -> Conditions:
        """The same of a row of `canaries`."""
        conditions = [*_equal(CanaryRow.state, self.state), *_equal(CanaryRow.purpose, self.purpose)]
        conditions += [*_begins(CanaryRow.canary_id, self.prefix), *_tagged(CanaryRow.tags, self.tag)]
        if self.issued_for:
            handed = (IssuedForRow.canary_id == CanaryRow.canary_id, IssuedForRow.channel_id == self.issued_for)
            conditions.append(exists().where(*handed))
        if self.alike:
            conditions.append(CanaryRow.sounds_like_another.is_(True))
        return conditions


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders; `prefix`: how their ids begin, `channel_id`: those it was shown, `tag`: of their canary.

    None and empty take all.
    """

    prefix: str = ""
    tag: str = ""
    canary_id: str = ""
    channel_id: str = ""
    state: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> Conditions:
        """The same of a row of `orders`."""
        conditions = [*_equal(OrderRow.canary_id, self.canary_id), *_equal(OrderRow.state, self.state)]
        conditions += [*_begins(OrderRow.order_id, self.prefix)]
        conditions += _between(OrderRow.placed_at, self.since, self.until)
        if self.channel_id:
            shown = (ExposureRow.order_id == OrderRow.order_id, ExposureRow.channel_id == self.channel_id)
            conditions.append(exists().where(*shown))
        if self.tag:
            of_canary = CanaryRow.canary_id == OrderRow.canary_id
            conditions.append(exists().where(of_canary, *_tagged(CanaryRow.tags, self.tag)))
        return conditions


@dataclass(frozen=True, slots=True)
class FactFilter:
    """Which facts of the journal; empty takes all."""

    event: str = ""
    subject_id: str = ""
    actor: str = ""

    def conditions(self) -> Conditions:
        """The same of a row of `journal`."""
        return [
            *_equal(JournalRow.event, self.event),
            *_equal(JournalRow.subject_id, self.subject_id),
            *_equal(JournalRow.actor, self.actor),
        ]


def _begins(column: Any, prefix: str) -> Conditions:
    """Not a range of the index: what lies between two texts is another thing in each collation of PostgreSQL."""
    return [func.substr(column, 1, len(prefix)) == prefix] if prefix else []


def _equal(column: Any, value: str) -> Conditions:
    return [column == value] if value else []


class _place_of(GenericFunction[int]):  # noqa: N801  # an SQL function, named as one
    """Where the second text begins in the first, 0 where nowhere. LIKE takes no note of case on SQLite."""

    type = Integer()
    inherit_cache = True


@compiles(_place_of)
def _as_strpos(element: Any, compiler: Any, **options: Any) -> str:
    name = "instr" if compiler.dialect.name == "sqlite" else "strpos"
    return f"{name}({compiler.process(element.clauses, **options)})"


def _tagged(column: Any, tag: str) -> Conditions:
    """Tags lie in one text with blanks between: two of them are no tag."""
    if " " in tag:
        return [false()]
    return [_place_of(literal(" ") + column + literal(" "), f" {tag} ") > 0] if tag else []


def _between(column: Any, since: datetime | None, until: datetime | None) -> Conditions:
    """From `since` on (inclusive) to `until` (inclusive), whatever the offsets."""
    conditions = []
    if since is not None:
        conditions.append(packed(column) >= microseconds(since) << OFFSET_BITS)
    if until is not None:
        conditions.append(at_or_before(column, until))
    return conditions
