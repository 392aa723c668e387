"""Asking Kuaidi100 (快递100), and having it push: a form of `param` (JSON), signed over exactly those characters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import md5
from typing import Any
from urllib.parse import urlencode

from tracer.domain.errors import OutboundFailed
from tracer.domain.tracking import ParcelScans
from tracer.outbound.client import GuardedClient
from tracer.outbound.tracking.kuaidi100.told import CODES, NAME, parcel_of
from tracer.outbound.tracking.service import Credentials, Question

_FORM = {"content-type": "application/x-www-form-urlencoded"}
_STATES_OF_SCANS = "4"
_OK, _NO_RECORD, _PHONE, _SUBSCRIBED_BEFORE = "200", frozenset(("400", "500")), "408", "501"


def signature(*parts: str) -> str:
    """What Kuaidi100 signs with: MD5 over the parts after each other, in capitals."""
    return md5("".join(parts).encode(), usedforsecurity=False).hexdigest().upper()


def make_kuaidi100(given: Credentials, client: GuardedClient) -> Kuaidi100 | None:
    """The service, where `customer` and `key` are set."""
    return Kuaidi100(given, client) if given.get("customer") and given.get("key") else None


class Kuaidi100:
    """The service. `url` is where it answers; with `callback` and `salt` it is asked to push."""

    carriers = frozenset(CODES)

    def __init__(self, given: Credentials, client: GuardedClient) -> None:
        self._customer, self._key = given["customer"], given["key"]
        self._salt, self._callback = given.get("salt", ""), given.get("callback", "")
        self._url = given.get("url", "").rstrip("/")
        self._client = client

    @property
    def pushes(self) -> bool:
        """Whether it knows where to push to, and how to sign."""
        return bool(self._callback and self._salt)

    def look(self, question: Question) -> ParcelScans:
        """What it knows of the parcel now; see TrackingService."""
        asked = {
            "com": CODES[question.carrier],
            "num": question.waybill_no,
            "phone": question.phone_tail,
            "resultv2": _STATES_OF_SCANS,
            "show": "0",
            "order": "asc",
        }
        param = _json({name: value for name, value in asked.items() if value})
        sign = signature(param, self._key, self._customer)
        told = self._post("/poll/query.do", {"customer": self._customer, "sign": sign, "param": param})
        code = str(told.get("returnCode") or told.get("status") or "")
        if isinstance(told.get("data"), list) and code in ("", _OK):
            found = parcel_of({**told, "nu": question.waybill_no})
            return found if found.carrier else ParcelScans(NAME, found.waybill_no, question.carrier, found.scans)
        problem = "phone_needed" if code == _PHONE else "no_record" if code in _NO_RECORD else ""
        if not problem:
            raise _refused(code, "Look at kuaidi100_customer and kuaidi100_key, and at what the account may still ask")
        return ParcelScans(NAME, question.waybill_no, question.carrier, (), problem)

    def subscribe(self, question: Question) -> None:
        """Have it push what comes; a parcel that it pushes already is no error."""
        parameters = {
            "callbackurl": self._callback,
            "salt": self._salt,
            "resultv2": _STATES_OF_SCANS,
            "phone": question.phone_tail,
        }
        asked = {
            "company": CODES[question.carrier],
            "number": question.waybill_no,
            "key": self._key,
            "parameters": {name: value for name, value in parameters.items() if value},
        }
        told = self._post("/poll", {"schema": "json", "param": _json(asked)})
        code = str(told.get("returnCode", ""))
        if code not in (_OK, _SUBSCRIBED_BEFORE):
            raise _refused(code, "Look at kuaidi100_key and kuaidi100_callback")

    def _post(self, path: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        answer = self._client.post(self._url + path, urlencode(form).encode(), _FORM)
        try:
            told = json.loads(answer.body)
        except (ValueError, RecursionError):
            told = None
        if answer.status != 200 or not isinstance(told, Mapping):
            raise _refused(f"status {answer.status}", "Try again later")
        return told


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _refused(got: str, hint: str) -> OutboundFailed:
    # Its own message may quote what was asked for.
    return OutboundFailed(f"Kuaidi100: expected an answer about a parcel, got {got[:40]!r}. {hint}")
