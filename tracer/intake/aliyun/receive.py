"""A request of Alibaba Cloud's: an array of reports, of one kind or several, and what it is answered.

It is sent by POST as JSON, a network fault may double it, and whoever does not answer with status 200 and a number as
`code` gets it again after 1, 5 and 10 minutes, then never (https://help.aliyun.com/document_detail/109198.htm and
…/305596.htm). It waits for 700 ms. No document tells of a signature: the address holds a secret instead.
"""

from __future__ import annotations

import hmac
import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tracer.domain.errors import InvalidValue, NotAuthenticated, UnknownId
from tracer.domain.incoming import Unreadable
from tracer.domain.shown_caller import shown_caller
from tracer.intake.aliyun.reports import NAME, read_report
from tracer.intake.sources import HookAnswer, HookRequest, Item
from tracer.settings import Settings

ACCEPTED = json.dumps({"code": 0, "msg": "接收成功"}, ensure_ascii=False)
_SHORTEST_TOKEN = 16


def receive(request: HookRequest, settings: Settings) -> HookAnswer:
    """The reports of a request, those that cannot be read among them, and the answer that ends its being sent.

    Raises UnknownId where it is not set up, NotAuthenticated for another token, InvalidValue for what is no JSON array.
    """
    token = settings.aliyun_token.get_secret_value()
    if len(token) < _SHORTEST_TOKEN:
        hint = f"Set aliyun_token to {_SHORTEST_TOKEN} characters or more; docs/telephony.md says how"
        raise UnknownId("source", NAME, hint)
    if not any(hmac.compare_digest(token.encode(), given.encode("utf-8", "replace")) for given in _given(request.url)):
        raise NotAuthenticated("the token in the address of this request is not that of aliyun_token")
    try:
        reports = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise InvalidValue("body", "something else", "a JSON array, as the callbacks send it") from error
    if isinstance(reports, dict):
        reports = [reports]
    if not isinstance(reports, list):
        raise InvalidValue("body", "another value", "a JSON array, as the callbacks send it")
    own = frozenset(shown_caller(number, "+86") for number in settings.aliyun_own_numbers)
    items = [_read(report, f"[{place}]", own) for place, report in enumerate(reports)]
    return HookAnswer(items, ACCEPTED, "application/json; charset=utf-8")


def read_again(unread: Unreadable) -> list[Item]:
    """A report that could not be read once."""
    try:
        return [_read(json.loads(unread.content), unread.place)]
    except (ValueError, RecursionError):
        return [unread]


def _given(url: str) -> list[str]:
    """The last part of the path, and the token of the query: either may be the secret."""
    parts = urlsplit(url)
    return [unquote(parts.path.rstrip("/").rpartition("/")[2]), *parse_qs(parts.query).get("token", ())]


def _read(report: Any, place: str, own: frozenset[str] = frozenset()) -> Item:
    try:
        return read_report(report, own)
    except ValueError as error:
        return Unreadable(NAME, place, json.dumps(report, ensure_ascii=False), str(error))
