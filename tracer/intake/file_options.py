"""What a person says of a file before it is read: whose lines, which zone, which columns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from tracer.domain.codebook.phone_number import parse_line
from tracer.domain.errors import InvalidValue
from tracer.domain.records import CALL_COLUMNS
from tracer.intake.registry import FILES
from tracer.intake.sources import FileOptions, FileSource


def read_options(lines: Iterable[str] = (), zone: str = "", columns: Iterable[str] = ()) -> FileOptions:
    """Options out of texts: lines as `SIM1=+442079460016` or a number alone for all, columns as `theirs=ours`.

    Raises InvalidValue, which names the option.
    """
    return FileOptions(dict(map(_line, lines)), _zone(zone) if zone else None, dict(map(_column, columns)))


def file_source(name: str) -> FileSource | None:
    """A kind of file by its name, None for none; raises InvalidValue."""
    if not name:
        return None
    if name not in FILES:
        raise InvalidValue("--source", name, "one of: " + " ".join(FILES))
    return FILES[name]


def _line(text: str) -> tuple[str, str]:
    theirs, _, number = text.rpartition("=") if not text.lower().partition(";ext=")[1] else _before_extension(text)
    try:
        return theirs.strip(), parse_line(number.strip()).text
    except InvalidValue as error:
        raise InvalidValue("--line", text, "SOURCE_LINE=NUMBER, or one number for every line", error.hint) from None


def _before_extension(text: str) -> tuple[str, str, str]:
    place = text.lower().index(";ext=")
    theirs, found, number = text[:place].rpartition("=")
    return theirs, found, number + text[place:]


def _zone(text: str) -> tzinfo:
    try:
        if text[0] in "+-":
            zone = datetime.fromisoformat(f"2026-01-01T00:00:00{text}").tzinfo
            if zone is not None:
                return zone
        return ZoneInfo(text)
    except (ValueError, OSError, LookupError):
        pass
    raise InvalidValue("--zone", text, "a time zone such as Asia/Shanghai or +08:00")


def _column(text: str) -> tuple[str, str]:
    theirs, found, ours = (part.strip() for part in text.rpartition("="))
    if not found or not theirs or ours not in CALL_COLUMNS:
        raise InvalidValue("--column", text, "THEIRS=OURS, where OURS is one of: " + " ".join(CALL_COLUMNS))
    return theirs, ours
