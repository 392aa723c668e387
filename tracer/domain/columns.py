"""Reading one text record (a CSV row, a journal payload) column by column, collecting every bad one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar, cast

from tracer.domain.errors import InvalidRecord, InvalidValue

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

ID_LIMIT = 128
TEXT_LIMIT = 2_000
LONG_TEXT_LIMIT = 200_000
_TIME_EXAMPLE = "an ISO 8601 time with offset such as 2026-01-05T04:24:12+08:00"
_ID = re.compile(r"[^\s\x00-\x1f\x7f,;\"\ud800-\udfff]{1,128}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_EXCEL_DATE = re.compile(r"\d{1,4}[/.]\d{1,2}[/.]\d{1,4}.*|\d{5}(\.\d+)?|\d{1,2}-\d{1,2}-\d{2,4}.*")
_FIRST_YEAR, _LAST_YEAR = 1971, 2110
_WIDEST_OFFSET = timedelta(hours=17)  # what the database's form of a time holds


def parse_time(text: str, field: str = "time") -> datetime:
    """An aware datetime from ISO 8601 with offset; raises InvalidValue for naive, Excel's and absurd times."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        hint = "A spreadsheet rewrote it: set the column to text before saving" if _EXCEL_DATE.fullmatch(text) else ""
        raise InvalidValue(field, text, _TIME_EXAMPLE, hint) from None
    offset = moment.utcoffset()
    if offset is None:
        raise InvalidValue(field, text, _TIME_EXAMPLE, "The offset is missing; China is +08:00")
    if offset.seconds % 60 or offset.microseconds:
        raise InvalidValue(field, text, "an offset in whole minutes")
    if abs(offset) > _WIDEST_OFFSET:
        raise InvalidValue(field, text, "an offset from -17:00 to +17:00")
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise InvalidValue(field, text, f"a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    return moment


def format_time(moment: datetime | None) -> str:
    """ISO 8601 with the offset it came with; empty for None."""
    return "" if moment is None else moment.isoformat()


def parse_id(text: str, field: str) -> str:
    """An id: 1 to 128 characters without blanks, commas, semicolons, quotes or control characters."""
    if not _ID.fullmatch(text):
        raise InvalidValue(field, text, "an id of 1 to 128 characters without blanks, commas or quotes")
    return text


def is_id(text: str) -> bool:
    """Whether a text has the form of an id."""
    return _ID.fullmatch(text) is not None


def parse_list(text: str) -> tuple[str, ...]:
    """Items separated by blanks or commas."""
    return tuple(text.replace(",", " ").split()) if text else ()


def without_controls(text: str) -> str:
    """A text from elsewhere with what no text column may hold, control characters and half characters, as U+FFFD."""
    return _CONTROL.sub("\ufffd", text)


def parse_price(text: str, field: str = "price") -> str:
    """A plain non-negative decimal, kept as written; empty stays empty."""
    if not text:
        return ""
    try:
        value = Decimal(text)
        valid = value.is_finite() and value >= 0 and "e" not in text.lower() and "_" not in text
    except InvalidOperation:
        valid = False
    if not valid or len(text) > 20:
        raise InvalidValue(field, text, "a plain number such as 57.30, without currency sign or thousands comma")
    return text


class Columns:
    """One record being read. Missing columns read as empty; `finish` raises what was wrong, all at once."""

    __slots__ = ("_problems", "_record")

    def __init__(self, record: Mapping[str, str]) -> None:
        self._record = record
        self._problems: list[InvalidValue] = []

    def read(self, name: str, parse: Callable[[str], T], missing: T, *, required: bool = False) -> T:
        """Parse a column; empty gives `missing`, or a problem where it is required."""
        text = self._record.get(name, "")
        if not text:
            if required:
                self._problems.append(InvalidValue(name, text, "a value", "This column may not be empty"))
            return missing
        try:
            return parse(text)
        except InvalidValue as problem:
            if problem.field != name:
                problem = InvalidValue(name, problem.got, problem.expected, problem.hint)
            self._problems.append(problem)
            return missing

    def id(self, name: str) -> str:
        """A required id."""
        text = self._record.get(name, "")
        if _ID.fullmatch(text):
            return text
        return self.read(name, lambda text: parse_id(text, name), "", required=True)

    def optional_id(self, name: str) -> str | None:
        """An id or None."""
        text = self._record.get(name, "")
        if not text or _ID.fullmatch(text):
            return text or None
        return self.read(name, lambda text: parse_id(text, name), None)

    def ids(self, name: str) -> tuple[str, ...]:
        """A list of ids, each once."""

        def parse(text: str) -> tuple[str, ...]:
            found = tuple(parse_id(item, name) for item in parse_list(text))
            if len(set(found)) != len(found):
                raise InvalidValue(name, text, "each id once")
            return found

        return self.read(name, parse, ())

    def text(self, name: str, *, required: bool = False, limit: int = TEXT_LIMIT) -> str:
        """Free text without control characters other than tab and line ends."""
        text = self._record.get(name, "")
        if len(text) > limit:
            self._problems.append(InvalidValue(name, text, f"at most {limit:,} characters (these are {len(text):,})"))
            return ""
        if text and not text.isprintable() and _CONTROL.search(text):
            self._problems.append(InvalidValue(name, text, "text without control characters"))
            return ""
        if required and not text.strip():
            self._problems.append(InvalidValue(name, text, "a value", "This column may not be empty"))
        return text

    def word(self, name: str) -> str:
        """A short token such as a state, a locale or a currency; empty where there is none."""
        text = self.text(name, limit=64)
        if any(character.isspace() for character in text):
            self._problems.append(InvalidValue(name, text, "one word"))
            return ""
        return text

    def time(self, name: str) -> datetime:
        """A required time with offset."""
        try:
            return parse_time(self._record.get(name, ""), name)
        except InvalidValue:  # the slow path words the problem
            pass
        return self.read(name, lambda text: parse_time(text, name), _NEVER, required=True)

    def optional_time(self, name: str) -> datetime | None:
        """A time with offset, or None."""
        return self.read(name, lambda text: parse_time(text, name), None)

    def one_of(self, name: str, kinds: type[E], default: E) -> E:
        """A member of an enumeration, by its value."""
        text = self._record.get(name, "")
        if not text:
            return default
        found = kinds._value2member_map_.get(text)
        if found is not None:
            return cast("E", found)

        def parse(text: str) -> E:
            try:
                return kinds(text)
            except ValueError:
                known = " ".join(kind.value for kind in kinds if kind.value)
                raise InvalidValue(name, text, f"one of: {known}") from None

        return self.read(name, parse, default)

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        """One of the known words, or empty."""
        text = self._record.get(name, "")
        if not text or text in known:
            return text

        def parse(text: str) -> str:
            if text not in known:
                raise InvalidValue(name, text, "one of: " + " ".join(known))
            return text

        return self.read(name, parse, "")

    def flag(self, name: str, *, default: bool) -> bool:
        """yes or no."""
        text = self._record.get(name, "")
        if not text or text in _FLAGS:
            return _FLAGS.get(text, default)

        def parse(text: str) -> bool:
            answer = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}
            if text.lower() not in answer:
                raise InvalidValue(name, text, "yes or no")
            return answer[text.lower()]

        return self.read(name, parse, default)

    def refuse(self, name: str, expected: str, hint: str = "") -> None:
        """Note a problem found by looking at several columns together."""
        self._problems.append(InvalidValue(name, self._record.get(name, ""), expected, hint))

    def finish(self) -> None:
        """Raise InvalidRecord if any column was bad."""
        if self._problems:
            raise InvalidRecord(self._problems)


_FLAGS = {"yes": True, "no": False}
_NEVER = datetime.fromisoformat("1971-01-01T00:00:00+00:00")
