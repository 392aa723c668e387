"""What the registry should hold by its facts: so that a row changed behind their back is found.

The facts of a registry are heard in order, then its rows are compared one by one. Of the rows that never change
a hash is kept, so that a million of them fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from sys import intern
from typing import Any

from tracer.domain.personal import ERASED

_CHANGING = ("state", "tags", "notes")
"""Columns of a canary that later facts change."""
_FOUNDING = {
    "channel_registered": "channel",
    "number_added": "number",
    "canary_issued": "canary",
    "canary_imported": "canary",
    "order_placed": "order",
    "order_imported": "order",
    "call_logged": "call",
    "call_imported": "call",
    "call_taken_in": "call",
    "user_added": "user",
    "user_changed": "user",
    "key_made": "key",
}
_UNTOLD = frozenset(("route", "attachments", "before", "used_at", "reason", "what", "source", "delivery"))
"""Parts of facts that are no columns of their rows, or change without a fact."""
_ERASURES = {"call_erased": "call", "canary_erased": "canary", "order_erased": "order", "call_history_erased": "call"}
"""Facts that hold the whole row as it was left, since what earlier ones said of it is gone."""
_TOLD_BY = frozenset(("call_taken_in", "call_corrected"))
_OF_MESSAGES = {
    "delivery_held": "held",
    "delivery_noted": "taken",
    "delivery_read": "taken",
    "delivery_dismissed": "dismissed",
}
_MESSAGE = ("source", "state", "call_id")
_USED = {"issued": "used"}  # an import of orders marks its canaries as used, without a fact for each


@dataclass(slots=True)
class _Expected:
    """One row: a hash of it, or its columns where it may change or lost some."""

    digest: bytes = b""
    names: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    partial: bool = False
    owes: bool = False
    """Parts of its facts are gone, and no erasure has told of it yet."""
    legs: int = 0
    """Of an order: the sum of the hashes of its exposures, whose order does not matter."""

    @property
    def columns(self) -> dict[str, Any]:
        """The columns that are known."""
        return dict(zip(self.names, self.values, strict=True))

    def keep(self, columns: Mapping[str, Any]) -> None:
        """Know these columns, in little room: names are shared, and so are the values that many rows have."""
        self.names = _shared(tuple(columns))
        self.values = tuple(intern(value) if type(value) is str else value for value in columns.values())


@lru_cache(maxsize=1024)
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    return names


class Replay:
    """The state that follows from facts."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], _Expected] = {}
        self._messages: dict[str, tuple[str, str, str]] = {}  # source, state and call of what came in by itself

    def hear(self, event: str, subject_id: str, payload: Mapping[str, Any], *, erased: bool) -> None:
        """Take in a fact. `erased`: parts of its payload are gone, and the row's columns with them."""
        if erased:
            self._owe(event, subject_id)
        self._hear_message(event, subject_id, payload)
        if event in _FOUNDING:
            self._found(_FOUNDING[event], subject_id, payload, erased)
        elif event in _ERASURES:
            self._leave(_ERASURES[event], subject_id, payload)
        elif event == "exposure_recorded":
            row = self._rows.get(("order", subject_id))
            if row:
                row.legs += _number(payload)
        elif event == "call_corrected":
            self._change("call", subject_id, payload.get("changed", {}))  # gone where an erasure follows
        elif event in ("call_undone", "call_restored", "call_merged"):
            self._change("call", subject_id, {name: payload[name] for name in ("state", "merged_into")})
        elif event == "password_set":
            self._change("user", subject_id, {"has_password": True})
        elif event == "key_revoked":
            self._change("key", subject_id, payload)
        elif event.startswith("canary_"):
            self._change("canary", subject_id, {name: payload[name] for name in _CHANGING if name in payload})

    def differs(self, noun: str, subject_id: str, record: Mapping[str, Any], legs: int = 0) -> str:
        """What is wrong with a row, empty where it is as its facts say; each row is to be shown once."""
        if noun == "message":
            return self._message_differs(subject_id, record)
        row = self._rows.pop((noun, subject_id), None)
        if row is None:
            return "no fact tells of it"
        if row.owes:
            return "parts of its facts are gone, and no erasure tells of it"
        wrong = [name for name, value in row.columns.items() if _differs(noun, name, value, record.get(name))]
        if wrong:
            return f"its {' and '.join(sorted(wrong))} is not what its facts say"
        if row.digest and row.digest != _digest(_steady(noun, record)):
            return "it is not what its facts say"
        if row.legs != legs and not row.partial:
            return "its route is not what its facts say"
        return ""

    def left(self) -> Iterator[tuple[str, str]]:
        """(noun, id) of rows that facts tell of and nobody has shown."""
        yield from self._rows
        yield from (("message", message_id) for message_id in self._messages)

    def _hear_message(self, event: str, subject_id: str, payload: Mapping[str, Any]) -> None:
        """What a fact says of how a message stands: the fact of a call names the message that told of it."""
        if event in _TOLD_BY and "delivery" in payload:
            self._messages[payload["delivery"]] = (intern(payload["source"]), "taken", subject_id)
        elif event in _OF_MESSAGES:
            state = payload.get("state", _OF_MESSAGES[event])
            self._messages[subject_id] = (intern(payload["source"]), intern(state), payload.get("call_id", ""))

    def _message_differs(self, message_id: str, record: Mapping[str, Any]) -> str:
        expected = self._messages.pop(message_id, None)
        if expected is None:
            return "no fact tells of it"
        wrong = [name for name, value in zip(_MESSAGE, expected, strict=True) if record[name] != value]
        return f"its {' and '.join(wrong)} is not what its facts say" if wrong else ""

    def _found(self, noun: str, subject_id: str, payload: Mapping[str, Any], erased: bool) -> None:
        record = {name: value for name, value in payload.items() if name not in _UNTOLD}
        row = _Expected(partial=erased, owes=erased)
        if noun == "call":
            record |= {"state": "logged", "merged_into": ""}
        if erased or noun in ("channel", "number", "call", "user", "key"):
            row.keep(record)
        else:
            row.digest = _digest(_steady(noun, record))
            if noun == "canary":
                row.keep({name: record[name] for name in _CHANGING})
        if not erased:
            row.legs = sum(_number(leg) for leg in payload.get("route", ()))
        self._rows[noun, subject_id] = row

    def _owe(self, event: str, subject_id: str) -> None:
        noun = "order" if event == "exposure_recorded" else event.partition("_")[0]
        row = self._rows.get((noun, subject_id))
        if row:
            row.owes = True

    def _leave(self, noun: str, subject_id: str, payload: Mapping[str, Any]) -> None:
        """From here on the row is what an erasure left; of what it took away nothing may be there."""
        gone = ERASED[noun] if payload["what"] else ()
        left = {name: value for name, value in payload.items() if name not in _UNTOLD}
        row = _Expected(legs=sum(_number(leg) for leg in payload.get("route", ())))
        row.keep({**left, **dict.fromkeys(gone, "")})
        self._rows[noun, subject_id] = row

    def _change(self, noun: str, subject_id: str, changes: Mapping[str, Any]) -> None:
        row = self._rows.get((noun, subject_id))
        if row:
            known = row.columns
            row.keep(known | {name: value for name, value in changes.items() if not row.partial or name in known})


def leg_number(record: Mapping[str, Any]) -> int:
    """An exposure's part in its order's `legs`."""
    return _number(record)


def _steady(noun: str, record: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in record.items() if name not in _CHANGING} if noun == "canary" else record


def _differs(noun: str, name: str, expected: Any, found: Any) -> bool:
    if noun == "canary" and name == "state" and _USED.get(expected) == found:
        return False
    return bool(expected != found)


def _digest(record: Mapping[str, Any]) -> bytes:
    # repr and not JSON: half the time of an audit went into this, and nobody else ever sees it. It escapes what is
    # no whole character.
    return blake2b(repr(sorted(record.items())).encode(), digest_size=16).digest()


def _number(record: Mapping[str, Any]) -> int:
    return int.from_bytes(_digest(record), "big")
