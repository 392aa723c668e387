"""The form of a call: what its fields mean, and the record that is made of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracer.domain.errors import InvalidRecord, InvalidValue, TracerError, UnknownId
from tracer.services.registry.lines_in_use import NumberInUse
from tracer.web.call_words import said
from tracer.web.visitor import Sent

CANNOT_SAY = "!"
_EXTENSION = re.compile(r"\d{1,7}", re.ASCII)
_OFFSET = re.compile(r"[+-]\d\d:\d\d", re.ASCII)
PLAIN = (
    "kind",
    "caller_number",
    "heard_name",
    "claimed_role",
    "script",
    "transcript",
    "canary_id",
    "heard_item",
    "heard_price",
    "heard_order_no",
    "heard_waybill_no",
    "nature",
    "answered",
    "caller_reached",
    "notes",
    "tags",
)
"""Fields that are columns as they are."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing a caller may know: its radio buttons `knew_<key>`, and where the value heard goes."""

    key: str
    label: str
    tokens: tuple[str, ...]
    value: str = ""

    @property
    def name(self) -> str:
        """The name of the radio buttons."""
        return f"knew_{self.key}"


ROWS = (
    Row("name", said("Name"), ("name", "name:masked")),
    Row("item", said("Goods"), ("item",), "heard_item"),
    Row("price", said("Price"), ("price",), "heard_price"),
    Row("order_no", said("Order number"), ("order_no",), "heard_order_no"),
    Row("waybill_no", said("Waybill number"), ("waybill_no",), "heard_waybill_no"),
    Row("phone", said("Phone number"), ("phone", "phone:last4", "phone:alias")),
    Row("address", said("Address"), ("address",)),
    Row("order_time", said("Order time"), ("order_time",)),
    Row("account", said("Account name"), ("account",)),
)
EMPTY: Mapping[str, str] = {
    **dict.fromkeys((*PLAIN, *(row.name for row in ROWS)), ""),
    **dict.fromkeys(("line", "line_text", "received_at", "utc_offset", "request_key", "dialled_number"), ""),
}
"""Every field of the form as it is before anything was entered."""

HELP = {
    "dialled_number": said("This number cannot be read. Write it with its country code, such as +44 20 7946 0016"),
    "caller_number": said("This number cannot be read. Leave it out if it was hidden"),
    "received_at": said("This is no time that has come. Leave it empty for now"),
    "heard_price": said("Shorter, please: only the price as said"),
    "tags": said("Tags are words with blanks between"),
    "canary_id": said("There is no such canary"),
    "heard_name": said("Type the name as you heard it"),
    "number": said("This number is not among yours. Check its digits, or leave it out: the name alone tells, too"),
}
"""What to do about a field that was refused, in the visitor's language; for others the refusal speaks itself."""


def filled(sent: Sent) -> dict[str, str]:
    """Every field as it was sent."""
    return {**EMPTY, **{name: text for name, text in sent.values().items() if name in EMPTY}}


def record_of(values: Mapping[str, str], numbers: Sequence[NumberInUse], now: datetime) -> dict[str, str]:
    """The record (calls.csv columns) of a form that is filled in."""
    known, unknown = fields_of(values)
    record = {name: values[name].strip() for name in PLAIN}
    dialled = dialled_number(values, numbers)
    received = moment_of(values["received_at"], values["utc_offset"], now)
    more = {"dialled_number": dialled, "known_fields": known, "unknown_fields": unknown, "received_at": received}
    return {**record, **more}


def fields_of(values: Mapping[str, str]) -> tuple[str, str]:
    """What the caller knew, and what not, as tokens with blanks between."""
    chosen = {row: values[row.name] for row in ROWS}
    known = [token for token in chosen.values() if token not in {"", CANNOT_SAY}]
    return " ".join(known), " ".join(row.key for row, token in chosen.items() if token == CANNOT_SAY)


def states_of(record: Mapping[str, str]) -> dict[str, str]:
    """The radio buttons of a record."""
    known, unknown = record["known_fields"].split(), record["unknown_fields"].split()
    states = {}
    for row in ROWS:
        found = next((token for token in row.tokens if token in known), "")
        states[row.name] = found or (CANNOT_SAY if set(row.tokens) & set(unknown) else "")
    return states


def values_of(record: Mapping[str, str]) -> dict[str, str]:
    """The form of a call that is logged, to be corrected."""
    local, offset = record["received_at"][:19], record["received_at"][19:]
    plain = {name: record[name] for name in (*PLAIN, "dialled_number")}
    return {**EMPTY, **plain, **states_of(record), "received_at": local, "utc_offset": offset}


def changes_of(values: Mapping[str, str], record: Mapping[str, str], now: datetime) -> dict[str, str]:
    """The columns that a corrected form changes.

    A row of the caller's knowledge whose button was left alone keeps what was noted, also where that is more than a
    button can show.
    """
    wanted = {name: values[name].strip() for name in (*PLAIN, "dialled_number")}
    wanted["received_at"] = moment_of(values["received_at"], values["utc_offset"], now) or record["received_at"]
    before = states_of(record)
    kept = {token for row in ROWS if values[row.name] == before[row.name] for token in row.tokens}
    chosen = {name: "" if values[name] == before[name] else values[name] for name in before}
    for column, tokens in zip(("known_fields", "unknown_fields"), fields_of({**values, **chosen}), strict=True):
        wanted[column] = " ".join([*(one for one in record[column].split() if one in kept), *tokens.split()])
    return {
        column: value
        for column, value in wanted.items()
        if (set(value.split()) != set(record[column].split()) if "fields" in column else value != record[column])
    }


def dialled_number(values: Mapping[str, str], numbers: Sequence[NumberInUse]) -> str:
    """The line that rang: a number that was tapped, with an extension that was typed, or whatever was typed."""
    tapped = next((one.owned.number for one in numbers if one.number_id == values["line"]), "")
    typed = values["line_text"].strip()
    if tapped and _EXTENSION.fullmatch(typed):
        return f"{tapped};ext={typed}"
    return typed or tapped


def moment_of(text: str, offset: str, now: datetime) -> str:
    """A time as a form gives it, with the offset of the browser, else of this machine; empty for none."""
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None and _OFFSET.fullmatch(offset):
        return text + offset
    return (moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)).isoformat()


def problems_of(error: TracerError) -> dict[str, TracerError]:
    """What is wrong, by the field it stands at; under "" what concerns the whole form."""
    if isinstance(error, InvalidRecord):
        return {_place(problem.field): problem for problem in error.problems}
    if isinstance(error, InvalidValue):
        return {_place(error.field): error}
    if isinstance(error, UnknownId) and error.noun in {"number", "canary"}:
        return {"number" if error.noun == "number" else "canary_id": error}
    return {"": error}


def _place(field: str) -> str:
    known = {*EMPTY, "attachments"}
    found = {"tag": "tags"}.get(field, field)
    return found if found in known else ""
