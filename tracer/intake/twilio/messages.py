"""What Twilio tells of a received message (https://www.twilio.com/docs/messaging/guides/webhook-request)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tracer.domain.columns import format_time, without_controls
from tracer.domain.incoming import Incoming, NotReceived
from tracer.domain.shown_caller import shown_caller
from tracer.intake.twilio.calls import LEFT_OUT
from tracer.outbound.telephony.twilio_words import NAME, Stage, bare_address, message_kind

_RECEIVED = frozenset(("", "received", "receiving"))


def told_of_message(fields: Mapping[str, str], received_at: datetime) -> Incoming | NotReceived:
    """An SMS, MMS or chat message; other states (sent, delivered, failed) are of messages that went out."""
    if fields.get("MessageStatus") or fields.get("SmsStatus", "") not in _RECEIVED:
        return NotReceived(NAME)
    sender = fields.get("From", "")
    line = bare_address(fields.get("To", ""))
    record = {
        "kind": message_kind(sender),
        "received_at": format_time(received_at),
        "dialled_number": line,
        "caller_number": shown_caller(bare_address(sender), line),
        "transcript": without_controls(fields.get("Body", "")),
    }
    told = {name: value for name, value in record.items() if value or name == "caller_number"}
    extra = {name: value for name, value in fields.items() if name not in LEFT_OUT and value}
    return Incoming(NAME, fields.get("MessageSid") or fields["SmsSid"], "message", Stage.RING, told, extra)
