"""Signed JSON by the specification Standard Webhooks (standardwebhooks.com): one message, one call's columns."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from tracer.domain.columns import is_id
from tracer.domain.errors import InvalidValue, NotAuthenticated, UnknownId
from tracer.domain.incoming import Incoming, Unreadable
from tracer.domain.records import CALL_COLUMNS
from tracer.intake.sources import HookAnswer, HookRequest, HookSource, Item
from tracer.settings import Settings

NAME = "webhook"
TOLERANCE = 300
"""Seconds that a message may be old, or ahead."""
_MOST_SIGNATURES = 16
_STAGES = range(-1_000_000, 1_000_001)
_COLUMNS = frozenset(CALL_COLUMNS)
_OWN = frozenset(("contact_id", "stage"))


def receive(request: HookRequest, settings: Settings) -> HookAnswer:
    """The message of a request; raises as HookSource says."""
    if not settings.webhook_secrets:
        raise UnknownId("source", NAME, "Set webhook_secrets")
    message_id = verified(request, settings.webhook_secrets)
    return HookAnswer([read(message_id, request.body)], status=204)


def verified(request: HookRequest, secrets: Sequence[SecretStr]) -> str:
    """The id of a message that one of the secrets signed lately; raises NotAuthenticated."""
    message_id, stamp, given = (request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    signatures = [one.removeprefix("v1,") for one in given.split(" ")[:_MOST_SIGNATURES] if one.startswith("v1,")]
    if not message_id or not signatures or not _is_recent(stamp, request.received_at):
        raise NotAuthenticated("expected the headers webhook-id, webhook-timestamp (of now) and webhook-signature")
    signed = b".".join((message_id.encode(), stamp.encode(), request.body))
    for secret in secrets:
        right = base64.b64encode(hmac.digest(secret_bytes(secret), signed, "sha256"))
        if any(hmac.compare_digest(right, one.encode()) for one in signatures):
            return message_id
    raise NotAuthenticated("the webhook-signature is not one of ours")


def secret_bytes(secret: SecretStr) -> bytes:
    """The key of a secret; raises InvalidValue, without the secret, for one of another form."""
    try:
        return base64.b64decode(secret.get_secret_value().removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        expected = "secrets of the form whsec_ and base64"
        raise InvalidValue("setting webhook_secrets", "a value not shown here", expected) from None


def _is_recent(stamp: str, now: datetime) -> bool:
    is_number = stamp.isascii() and stamp.isdigit() and len(stamp) <= 12
    return is_number and abs(int(stamp) - now.timestamp()) <= TOLERANCE


def read(message_id: str, body: bytes) -> Item:
    """A body as a message. Several of one call have the same contact_id (else call_id), and stages that rise."""
    text = body.decode("utf-8", "replace")
    try:
        told = json.loads(body)
        if not isinstance(told, dict):
            raise InvalidValue("body", type(told).__name__, "a JSON object whose keys are columns of calls.csv")
        return _message(message_id, told)
    except InvalidValue as error:
        return Unreadable(NAME, "", text, str(error))
    except (ValueError, RecursionError) as error:
        return Unreadable(NAME, "", text, f"the body is not JSON in UTF-8: {type(error).__name__}")


def again(unread: Unreadable) -> Sequence[Item]:
    """Read a body again; that of an older version may be one now."""
    found = read("", unread.content.encode("utf-8", "replace"))
    return [found] if isinstance(found, Incoming) and found.contact_id else []


def _message(message_id: str, told: Mapping[str, Any]) -> Incoming:
    stage = told.get("stage", 0)
    if type(stage) is not int or stage not in _STAGES:
        raise InvalidValue("stage", stage, "a whole number: messages of a higher stage overrule those of a lower one")
    record = {name: _text(name, value) for name, value in told.items() if name in _COLUMNS and value is not None}
    extra = {name: value for name, value in told.items() if name not in _COLUMNS and name not in _OWN}
    contact_id = str(told.get("contact_id") or record.get("call_id") or message_id)
    if not is_id(record.get("call_id", "c")):
        extra["call_id"] = record.pop("call_id")
    return Incoming(NAME, contact_id, message_id, stage, record, extra)


def _text(name: str, value: Any) -> str:
    """A JSON value as the text of a column."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return " ".join(value)
    raise InvalidValue(name, type(value).__name__, "a text, or a list of texts")


SOURCE = HookSource(NAME, receive, again)
