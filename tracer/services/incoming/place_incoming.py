"""What the messages of a contact say together, as a call: on which line it rang, and what it was as far as known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from tracer.domain.call import Call, Nature
from tracer.domain.codebook.phone_number import normalise_caller, parse_line
from tracer.domain.columns import LONG_TEXT_LIMIT, parse_id
from tracer.domain.delivery import Fault
from tracer.domain.errors import InvalidRecord, InvalidValue, UnknownId
from tracer.domain.fields import parse_fields
from tracer.domain.line import Line
from tracer.domain.records import CALL_COLUMNS, read_call
from tracer.services.calls.log_call import check_received
from tracer.storage.unit_of_work import UnitOfWork

NOTHING_LEFT_OUT: frozenset[Fault] = frozenset()
_COLUMNS = frozenset(CALL_COLUMNS)
_NO_CANARY = "The source names a canary that does not exist: {}"
_NOT_CHECKED = {"unknown_fields": "", "dialled_number": "", "canary_id": ""}


@dataclass(frozen=True, slots=True)
class Placed:
    """A call, what had to be left out of it, and why, for a person."""

    call: Call
    faults: frozenset[Fault] = NOTHING_LEFT_OUT
    reason: str = ""


class Placer:
    """Makes calls of what sources say, for one transaction: what it looks up is looked up once."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._lines: dict[str, Line | None] = {}
        self._numbers: dict[str, str | None] = {}
        self._canaries: dict[str, Line | None] = {}
        self._latest = work.now + timedelta(hours=23)

    @cached_property
    def _legitimate(self) -> frozenset[str]:
        return self._work.channels.legitimate_numbers()

    def check(self, told: Mapping[str, str], now: datetime) -> None:
        """Raise InvalidRecord where a column of one message does not hold, whatever the others say."""
        record = {**told, **_NOT_CHECKED, "call_id": told.get("call_id") or "c-0"}
        record["received_at"] = told.get("received_at") or now.isoformat()
        read_call(record)
        try:
            parse_fields(told.get("unknown_fields", ""), field="unknown_fields")
            check_received(told.get("received_at", ""), now)
        except InvalidValue as problem:
            raise InvalidRecord([problem]) from None

    def place(
        self,
        told: Mapping[str, str],
        call_id: str,
        arrived: datetime,
        left_out: frozenset[Fault] = NOTHING_LEFT_OUT,
    ) -> Placed:
        """The call that this makes now; `left_out` is left out even where it would fit by now.

        Whatever does not fit the registry (a number that is not in the pool, a canary that is not there) goes into
        the notes: that somebody called is true all the same. Raises InvalidRecord, InvalidValue for what `check`
        refuses.
        """
        record = {**told, "call_id": call_id, "received_at": told.get("received_at") or arrived.isoformat()}
        faults: list[Fault] = []
        remarks: list[str] = []
        line = self._line(record, left_out, faults, remarks)
        self._canary(record, line, left_out, faults, remarks)
        if record.get("known_fields") and record.get("unknown_fields"):  # told by different messages
            known = parse_fields(record["known_fields"])
            record["unknown_fields"] = (parse_fields(record["unknown_fields"]) & ~known).text
        if remarks:
            room = LONG_TEXT_LIMIT - 1_000
            record["notes"] = "\n".join(filter(None, (record.get("notes", "")[:room], *remarks)))
        if not record.get("nature"):
            record["nature"] = self._nature(record.get("caller_number", ""))
        call = read_call(record)
        if call.received_at > self._latest:
            check_received(record["received_at"], self._work.now)
        if call.canary_id is not None and call.dialled is None:
            call = replace(call, dialled=self._line_of(call.canary_id))
        return Placed(call, frozenset(faults), " ".join(remarks))

    def _nature(self, caller: str) -> Nature:
        """Unsure, unless a channel calls from this number."""
        if not caller or not self._legitimate:
            return Nature.UNSURE
        try:
            known = normalise_caller(caller) in self._legitimate
        except InvalidValue:  # whoever reads the record says so
            return Nature.UNSURE
        return Nature.LEGITIMATE if known else Nature.UNSURE

    def number_ids(self, call: Call) -> dict[str, str]:
        """The row id of the number that rang."""
        found = self._number_id(call.dialled.number) if call.dialled is not None else None
        return {call.dialled.number: found} if call.dialled is not None and found is not None else {}

    def _line(
        self, record: dict[str, str], left_out: frozenset[Fault], faults: list[Fault], remarks: list[str]
    ) -> Line | None:
        """The line that rang, where it is one of ours."""
        text = record.get("dialled_number", "")
        if not text:
            return None
        line = self._read_line(text)
        if line is not None and Fault.UNKNOWN_NUMBER not in left_out and self._number_id(line.number) is not None:
            return line
        record["dialled_number"] = ""
        faults.append(Fault.UNKNOWN_NUMBER)
        remarks.append(f"The number that rang is not in the pool: {_printed(text)}")
        return None

    def _canary(
        self,
        record: dict[str, str],
        line: Line | None,
        left_out: frozenset[Fault],
        faults: list[Fault],
        remarks: list[str],
    ) -> None:
        """Leave out a canary that is not there, or not on the line that rang."""
        canary_id = record.get("canary_id", "")
        if not canary_id:
            return
        its = self._line_of(canary_id)
        if its is None or Fault.UNKNOWN_CANARY in left_out:
            fault, remark = Fault.UNKNOWN_CANARY, _NO_CANARY.format(_printed(canary_id))
        elif (line is not None and not line.covers(its)) or Fault.OTHER_LINE in left_out:
            fault = Fault.OTHER_LINE
            remark = f"The source names a canary that is on another line than the one that rang: {_printed(canary_id)}"
        else:
            return
        record["canary_id"] = ""
        faults.append(fault)
        remarks.append(remark)

    def _read_line(self, text: str) -> Line | None:
        if text not in self._lines:
            try:
                self._lines[text] = parse_line(text)
            except InvalidValue:
                self._lines[text] = None
        return self._lines[text]

    def _number_id(self, number: str) -> str | None:
        if number not in self._numbers:
            self._numbers[number] = self._work.numbers.id_of(number)
        return self._numbers[number]

    def _line_of(self, canary_id: str) -> Line | None:
        if canary_id not in self._canaries:
            try:
                self._canaries[canary_id] = self._work.canaries.line_of(parse_id(canary_id, "canary_id"))
            except (InvalidValue, UnknownId):
                self._canaries[canary_id] = None
        return self._canaries[canary_id]


def split_columns(record: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The columns of calls.csv, and what else a record holds."""
    if record.keys() <= _COLUMNS:
        return dict(record), {}
    known = {name: value for name, value in record.items() if name in _COLUMNS}
    return known, {name: value for name, value in record.items() if name not in _COLUMNS}


def _printed(text: str) -> str:
    """A number as it was told, short and without control characters."""
    shown = "".join(c if c.isprintable() else " " for c in text[:80])
    return shown.encode("utf-8", "replace").decode()
