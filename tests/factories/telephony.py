"""Settings of a house that telephony vendors send to, and requests as they send them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, settings
from twilio.request_validator import RequestValidator

from tracer.intake.sources import HookRequest
from tracer.settings import Settings

ACCOUNT = "AC" + "0" * 32
AUTH = "twilio-test-token"
ALIYUN_DOOR = "aliyun-test-token-1234"
LINE = "+442079460016"
CALLER = "+447700900123"
HERE = "https://tracer.example/hooks/twilio"
NOW = datetime(2026, 2, 10, 7, 4, tzinfo=UTC)
calm = partial(settings, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A property is no test of speed: the machine may be busy."""


def set_up(**given: Any) -> Settings:
    """Settings with Twilio and Alibaba Cloud set up, and whatever else is given."""
    usual = {"twilio_account_sid": ACCOUNT, "twilio_auth_tokens": [AUTH], "aliyun_token": ALIYUN_DOOR}
    return Settings(home=Path("/nonexistent"), **{**usual, **given})


def call_fields(**given: str) -> dict[str, str]:
    """What Twilio sends when a call comes in; given fields win, and None takes one away."""
    usual = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": "CA" + "1" * 32,
        "CallStatus": "ringing",
        "CallToken": "a-credential",
        "Called": LINE,
        "Caller": CALLER,
        "Direction": "inbound",
        "From": CALLER,
        "FromCountry": "GB",
        "StirVerstat": "TN-Validation-Passed-C",
        "To": LINE,
    }
    return {name: value for name, value in {**usual, **given}.items() if value is not None}


def message_fields(**given: str) -> dict[str, str]:
    """What Twilio sends when a message comes in."""
    usual = {
        "AccountSid": ACCOUNT,
        "Body": "您的快递丢失，请加客服 QQ",
        "From": CALLER,
        "MessageSid": "SM" + "2" * 32,
        "NumMedia": "0",
        "SmsMessageSid": "SM" + "2" * 32,
        "SmsSid": "SM" + "2" * 32,
        "SmsStatus": "received",
        "To": LINE,
    }
    return {name: value for name, value in {**usual, **given}.items() if value is not None}


def signed(
    fields: Mapping[str, str] | Sequence[tuple[str, str]], url: str = HERE, by: str = AUTH, **headers: str
) -> HookRequest:
    """A form as Twilio signs it, by the official library."""
    pairs = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
    signature = RequestValidator(by).compute_signature(url, Repeated(pairs))
    return HookRequest(
        url,
        {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature, **headers},
        urlencode(pairs).encode(),
        NOW,
    )


class Repeated(dict[str, str]):
    """A form whose fields may come twice, as the official library wants it of web frameworks."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def getall(self, name: str) -> list[str]:
        return [value for other, value in self._pairs if other == name]
