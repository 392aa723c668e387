"""Kuaidi100's pushes, at /hooks/kuaidi100: a form of `param` (JSON) and `sign`, MD5 of param and salt in capitals.

Answered is {"result": true, "returnCode": "200", …}: anything else makes it push again, up to three times.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qs

from tracer.domain.errors import InvalidValue, NotAuthenticated, UnknownId
from tracer.intake.sources import HookAnswer, HookRequest, HookSource
from tracer.outbound.tracking.kuaidi100.service import signature
from tracer.outbound.tracking.kuaidi100.told import NAME, parcel_of
from tracer.services.access.answer_once import Work
from tracer.services.orders.take_scans import TakenScans, take_scans
from tracer.settings import Settings

TAKEN = json.dumps({"result": True, "returnCode": "200", "message": "成功"}, ensure_ascii=False)
_FIELDS = 20


def receive(request: HookRequest, settings: Settings) -> HookAnswer:
    """The scans of a push; see HookSource."""
    salt = settings.kuaidi100_salt.get_secret_value()
    if not salt:
        raise UnknownId("source", NAME, "Set kuaidi100_salt to have Kuaidi100 push")
    param, sign = _form(request.body)
    if not compare_digest(sign.upper().encode("utf-8", "replace"), signature(param, salt).encode()):
        raise NotAuthenticated("expected the signature of kuaidi100_salt, got another one")
    result = _object(param, "param").get("lastResult")
    if not isinstance(result, Mapping) or not result.get("nu"):
        return HookAnswer(body=TAKEN, media_type="application/json")
    parcel = parcel_of(result)
    told = parcel if parcel.scans else replace(parcel, problem="no_record")
    usual = timedelta(hours=settings.tracking_hours)

    def take(work: Work) -> TakenScans:
        return take_scans(work, told, usual)

    return HookAnswer(body=TAKEN, media_type="application/json", carry_out=take)


def _form(body: bytes) -> tuple[str, str]:
    try:
        form = parse_qs(body.decode(), strict_parsing=True, max_num_fields=_FIELDS, errors="strict")
        return form["param"][0], form["sign"][0]
    except (ValueError, KeyError) as error:
        raise InvalidValue("body", "something else", "a form with param and sign") from error


def _object(text: str, field: str) -> Mapping[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidValue(field, "something else", "a JSON object") from error
    if not isinstance(told, Mapping):
        raise InvalidValue(field, "something else", "a JSON object")
    return told


SOURCE = HookSource(NAME, receive)
