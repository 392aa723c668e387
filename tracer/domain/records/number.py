"""Owned numbers as records: numbers.csv."""

from __future__ import annotations

from collections.abc import Mapping

from tracer.domain.codebook.phone_number import is_fictional, parse_line
from tracer.domain.columns import Columns, format_time
from tracer.domain.errors import InvalidValue
from tracer.domain.line import NumberKind, OwnedNumber

NUMBER_REQUIRED = ("number", "kind")
NUMBER_COLUMNS = (*NUMBER_REQUIRED, "extension_digits", "owned_from", "owned_until", "notes")


def read_number(record: Mapping[str, str]) -> OwnedNumber:
    """An owned number, E.164 without extension; fictional ranges become test lines."""
    columns = Columns(record)
    number = columns.read("number", _base_number, "", required=True)
    kind = columns.one_of("kind", NumberKind, NumberKind.SIM)
    if not record.get("kind"):
        columns.refuse("kind", "one of: sim landline virtual")
    owned_from = columns.optional_time("owned_from")
    owned_until = columns.optional_time("owned_until")
    if owned_from and owned_until and owned_until < owned_from:
        columns.refuse("owned_until", f"a time after owned_from ({format_time(owned_from)})")
    owned = OwnedNumber(
        number=number,
        kind=kind,
        extension_digits=columns.read("extension_digits", parse_extension_digits, None),
        owned_from=owned_from,
        owned_until=owned_until,
        notes=columns.text("notes"),
        test_line=is_fictional(number),
    )
    columns.finish()
    return owned


def number_record(number: OwnedNumber) -> dict[str, str]:
    """All columns of numbers.csv."""
    return {
        "number": number.number,
        "kind": number.kind.value,
        "extension_digits": "" if number.extension_digits is None else str(number.extension_digits),
        "owned_from": format_time(number.owned_from),
        "owned_until": format_time(number.owned_until),
        "notes": number.notes,
    }


def _base_number(text: str) -> str:
    line = parse_line(text)
    if line.extension is not None:
        digits = len(line.extension)
        raise InvalidValue(
            "number",
            text,
            "a number without extension",
            f"Say how many digits its extensions have: tracer number add {line.number} --extensions {digits}",
        )
    return line.number


def parse_extension_digits(text: str) -> int:
    """How many digits extensions have: 1 to 7."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 7:
        raise InvalidValue("extension_digits", text, "a whole number from 1 to 7, or nothing for a shared number")
    return int(text)
