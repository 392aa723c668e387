"""One report of a call or message to a privacy number, whichever kind it is (the callbacks do not say).

A is the telephone that a privacy number X leads to, ours; B (or N, anybody) is who calls. `phone_no` is A, `secret_no`
X, `peer_no` B. So the canary's line is X, and the caller is `peer_no` where peer_no calls phone_no (call_type 1; 3 for
a message). 0 and 2 are A's own calls and messages. 4 is a call that was held back, of a blocked number or to an X whose
binding is over: a call all the same.
  SecretStartReport   at the call        https://help.aliyun.com/document_detail/305595.htm
  SecretRingReport, SecretPickUpReport   …/en/pnp/developer-reference/secretringreport, …/secretpickupreport
  SecretReport        at its end         …/document_detail/305596.htm
  SecretRecording, SecretAsrReport       …/document_detail/305597.html, …/305598.htm
  SecretSmsIntercept  a message's text   …/document_detail/305609.htm
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from enum import IntEnum
from typing import Any

from tracer.domain.columns import format_time, parse_id, without_controls
from tracer.domain.errors import InvalidValue
from tracer.domain.incoming import Incoming, NotReceived
from tracer.domain.shown_caller import shown_caller

NAME = "aliyun"
CHINA = timezone(timedelta(hours=8))
_SENT, _MESSAGES = ("0", "2"), ("2", "3")
Report = Mapping[str, Any]


class Stage(IntEnum):
    """Which reports know better: those that come later."""

    RECORDING = 1
    START = 2
    RING = 3
    PICK_UP = 4
    REPORT = 5
    TEXT = 6


def read_report(report: Any, own: frozenset[str] = frozenset()) -> Incoming | NotReceived:
    """The message that a report is. `own` are numbers, as shown_caller has them, that count as A's.

    Raises ValueError with what was expected.
    """
    if not isinstance(report, dict):
        raise ValueError("expected a report, a JSON object, got another value")
    contact_id = _text(report, "call_id") or _text(report, "callId")
    if not contact_id:
        raise ValueError("expected a call_id, got none")
    if "sms_content" in report or "send_no" in report:
        return _message(report, contact_id, own)
    if _text(report, "call_type") in _SENT:
        return NotReceived(NAME)
    stage = _stage(report)
    record = {"kind": "sms" if _text(report, "call_type") in _MESSAGES else "call", **_line(report), **_canary(report)}
    if called_at := _text(report, "call_time"):
        record["received_at"] = _time(called_at)
    if "peer_no" in report:
        record["caller_number"] = shown_caller(_text(report, "peer_no"), "+86")
    if stage is Stage.REPORT:
        record["answered"] = "yes" if _connected(report) else "no"
    if stage is Stage.TEXT:
        record = {"kind": "call", "transcript": without_controls(_spoken(report))}
    return Incoming(NAME, contact_id, stage.name.lower(), stage, record, _extra(report))


def _message(report: Report, contact_id: str, own: frozenset[str]) -> Incoming | NotReceived:
    sender = shown_caller(_text(report, "send_no"), "+86")
    if sender and sender in own:
        return NotReceived(NAME)
    record = {"kind": "sms", **_line(report), **_canary(report), "caller_number": sender}
    if sent_at := _text(report, "start_time"):
        record["received_at"] = _time(sent_at)
    if text := _text(report, "sms_content"):
        record["transcript"] = without_controls(text)
    return Incoming(NAME, contact_id, "text", Stage.TEXT, record, _extra(report))


def _stage(report: Report) -> Stage:
    """Which of the reports it is, by the latest thing that it tells of."""
    if "sentences" in report:
        return Stage.TEXT
    if "release_time" in report:
        return Stage.REPORT
    if "start_time" in report:
        return Stage.PICK_UP
    if "ring_time" in report:
        return Stage.RING
    return Stage.START if "secret_no" in report or "peer_no" in report else Stage.RECORDING


def _line(report: Report) -> dict[str, str]:
    """The privacy number, with the extension where it has one."""
    number, extension = _text(report, "secret_no"), _text(report, "extension")
    if not number:
        return {}
    return {"dialled_number": f"{number};ext={extension}" if extension else number}


def _canary(report: Report) -> dict[str, str]:
    """out_id, which whoever binds a number may choose freely: the canary's id, if it can be one."""
    with suppress(InvalidValue):
        return {"canary_id": parse_id(_text(report, "out_id"), "out_id")}
    return {}


def _time(written: str) -> str:
    """ISO 8601 of `2021-08-25 20:11:29`, which is China's time, or of milliseconds since 1970."""
    try:
        if written.isascii() and written.isdecimal():
            return format_time(datetime.fromtimestamp(int(written) / 1000, CHINA))
        moment = datetime.fromisoformat(written)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError("expected a time such as 2021-08-25 20:11:29, got something else") from error
    return format_time(moment if moment.tzinfo else moment.replace(tzinfo=CHINA))


def _connected(report: Report) -> bool:
    """A call that nobody took ends when it "begins"."""
    return _text(report, "release_time") > _text(report, "start_time") > ""


def _spoken(report: Report) -> str:
    """What speech recognition made of a call: a line for each sentence, in order; the number is that of its track."""
    sentences = report["sentences"]
    if not isinstance(sentences, Sequence) or not all(isinstance(one, dict) for one in sentences):
        raise ValueError("expected sentences, each a JSON object, got something else")
    ordered = sorted(sentences, key=_begins)
    return "\n".join(f"{_text(one, 'channelId')}: {_text(one, 'text')}" for one in ordered)


def _begins(sentence: Mapping[str, Any]) -> float:
    begun = sentence.get("beginTime")
    return begun if isinstance(begun, int | float) else 0.0


def _text(report: Mapping[str, Any], name: str) -> str:
    """A member as text, whether it came as text or as a number; empty where it is neither."""
    value = report.get(name)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _extra(report: Report) -> dict[str, Any]:
    """Everything else, and the numbers as they came."""
    return {name: value for name, value in report.items() if name not in ("sms_content", "sentences")}
