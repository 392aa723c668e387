"""A request of Twilio's: is it ours, what does it tell, what is it answered."""

from __future__ import annotations

import json

from tracer.domain.errors import InvalidValue, NotAuthenticated, UnknownId
from tracer.domain.incoming import Unreadable
from tracer.intake.sources import HookAnswer, HookRequest, Item
from tracer.intake.twilio.calls import told_of_call
from tracer.intake.twilio.messages import told_of_message
from tracer.intake.twilio.reply import NOTHING_TO_DO, reply_to_call
from tracer.intake.twilio.sent import Sent, read_sent
from tracer.intake.twilio.signature import Keys, signed_url
from tracer.outbound.telephony.twilio_words import NAME
from tracer.settings import Settings

_IDEMPOTENCY = "i-twilio-idempotency-token"


def receive(request: HookRequest, settings: Settings) -> HookAnswer:
    """What a request brings, and the TwiML for it.

    Raises UnknownId where Twilio is not set up, InvalidValue for a body that is none of Twilio's, and NotAuthenticated
    where the signature does not fit or the account is another.
    """
    keys = Keys(
        [token.get_secret_value() for token in settings.twilio_auth_tokens],
        [key.get_secret_value() for key in settings.twilio_shared_keys],
    )
    if not settings.twilio_account_sid or not (keys.auth_tokens or keys.shared_keys):
        raise UnknownId("source", NAME, "Set twilio_account_sid and twilio_auth_tokens; docs/telephony.md says how")
    try:
        sent = read_sent(request)
    except ValueError as error:
        raise InvalidValue("body", "something else", "a form, or a JSON object, as Twilio sends them") from error
    url = signed_url(request, sent, keys)
    if url is None:
        raise NotAuthenticated(
            "the signature of this request does not fit. Look at twilio_auth_tokens, and whether the address in "
            "Twilio's console is the one that requests arrive at"
        )
    if sent.fields.get("AccountSid") != settings.twilio_account_sid:
        raise NotAuthenticated("this request is for another Twilio account than that of twilio_account_sid")
    return _answer(request, sent, url, settings)


def _answer(request: HookRequest, sent: Sent, url: str, settings: Settings) -> HookAnswer:
    fields = dict(sent.fields)
    if token := request.headers.get(_IDEMPOTENCY):
        fields["I-Twilio-Idempotency-Token"] = token
    item: Item
    reply = NOTHING_TO_DO
    if fields.get("MessageSid") or fields.get("SmsSid"):
        item = told_of_message(fields, request.received_at)
    elif fields.get("CallSid"):
        item = told_of_call(fields, request.received_at, settings)
        reply = reply_to_call(fields, url, settings)
    else:
        item = Unreadable(NAME, "request", json.dumps(fields), "expected a CallSid or a MessageSid, got neither")
    return HookAnswer([item], reply, "text/xml; charset=utf-8")
