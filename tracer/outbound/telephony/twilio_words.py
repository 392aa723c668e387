"""What Twilio's words mean, in webhooks and in its logs alike."""

from __future__ import annotations

from enum import IntEnum

NAME = "twilio"


class Stage(IntEnum):
    """Who knows better: the log of afterwards, a callback, the request at the ring, what was answered or pressed."""

    LOG = 1
    CALLBACK = 2
    RING = 3
    PICKED_UP = 4


ANSWERED = {"completed": "yes", "busy": "no", "no-answer": "no", "failed": "no", "canceled": "no"}
"""Whether a call that is over was answered (by Tracer's reply counts, too), by its CallStatus."""

_CHATS = ("whatsapp:", "messenger:", "rcs:")


def is_outgoing(direction: str) -> bool:
    """Whether a call or message went out: outbound-api, outbound-dial, outbound-reply …, trunking-terminating."""
    return direction.startswith(("outbound", "trunking-terminating"))


def message_kind(sender: str) -> str:
    """`chat` for what came by another application (whatsapp:+44…), otherwise `sms`."""
    return "chat" if sender.startswith(_CHATS) else "sms"


def bare_address(address: str) -> str:
    """The number or name in an address: +44… of whatsapp:+44… and of sip:+44…@host, alice of client:alice."""
    scheme, colon, rest = address.partition(":")
    name = rest if colon and scheme.isalpha() else address
    return name.partition("@")[0].partition(";")[0].strip()
