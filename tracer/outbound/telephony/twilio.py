"""Twilio's logs of calls and messages, read over REST: what no webhook told, because it did not get through.

Each item has the contact_id of the webhooks (CallSid, MessageSid), so that both make one call. Fields are those of
/2010-04-01/Accounts/{Sid}/Calls.json and Messages.json: https://www.twilio.com/docs/voice/api/call-resource and
…/messaging/api/message-resource.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias
from urllib.parse import urlencode

from tracer.domain.columns import without_controls
from tracer.domain.errors import OutboundFailed
from tracer.domain.incoming import Incoming, Unreadable
from tracer.domain.shown_caller import shown_caller
from tracer.outbound.client import Answer, GuardedClient
from tracer.outbound.telephony.twilio_account import TwilioAccount
from tracer.outbound.telephony.twilio_words import (
    ANSWERED,
    NAME,
    Stage,
    bare_address,
    is_outgoing,
    message_kind,
)

FIRST_PULL = timedelta(days=30)
OVERLAP = timedelta(hours=25)
"""A call may last for 24 hours and is told when it is over: so far back does each pull look again."""

_PAGE_SIZE = 200
_TRIES = 4
_LONGEST_WAIT = 60.0
_BUSY = frozenset((429, 500, 502, 503, 504))
_TOLD_APART = frozenset(("body", "subresource_uris"))

Entry: TypeAlias = Mapping[str, Any]
Wait: TypeAlias = Callable[[float], None]


def pull_since(last: datetime | None, now: datetime) -> datetime:
    """From when to read: `last` is when the last pull ended well, None before the first.

    A `last` ahead of the clock was written by one that ran ahead: what it read up to nobody knows.
    """
    return now - FIRST_PULL if last is None or last > now else last - OVERLAP


def pull_calls(
    client: GuardedClient, account: TwilioAccount, since: datetime, lines: Sequence[str] = (), wait: Wait = time.sleep
) -> Iterator[Incoming | Unreadable]:
    """The received calls that began at or after `since` and are over, to the lines named (E.164) or to all.

    Raises OutboundRefused and OutboundFailed where the log cannot be read to its end; what came before is good.
    """
    return _pull(_call, _Asked("Calls", "StartTime>", since, tuple(lines)), client, account, wait)


def pull_messages(
    client: GuardedClient, account: TwilioAccount, since: datetime, lines: Sequence[str] = (), wait: Wait = time.sleep
) -> Iterator[Incoming | Unreadable]:
    """The received messages sent at or after `since`, to the lines named or to all; raises as `pull_calls` does."""
    return _pull(_message, _Asked("Messages", "DateSent>", since, tuple(lines)), client, account, wait)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for: which log, from when on by which of its times, and of which lines (of all where none)."""

    log: str
    time_name: str
    since: datetime
    lines: tuple[str, ...]

    def paths(self, folder: str) -> Iterator[str]:
        """The address of the first page, for each line."""
        since = self.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for line in self.lines or ("",):
            asked = {self.time_name: since, "PageSize": str(_PAGE_SIZE), **({"To": line} if line else {})}
            yield f"{folder}{self.log}.json?{urlencode(asked)}"


def _pull(
    read: Callable[[Entry], Incoming | None], asked: _Asked, client: GuardedClient, account: TwilioAccount, wait: Wait
) -> Iterator[Incoming | Unreadable]:
    for place, entry in enumerate(_entries(asked, client, account, wait)):
        try:
            item = read(entry)
        except (LookupError, TypeError, ValueError, OverflowError, AttributeError):
            reason = "expected an entry as Twilio's API documents it, got one where a field is missing or is another"
            yield Unreadable(NAME, f"{asked.log} {place}", json.dumps(entry), reason)
            continue
        if item is not None:
            yield item


def _call(entry: Entry) -> Incoming | None:
    if is_outgoing(entry["direction"]) or entry["status"] not in ANSWERED:
        return None
    record = {
        **_ends(entry),
        "kind": "call",
        "received_at": _time(entry.get("start_time") or entry["date_created"]),
        "answered": ANSWERED[entry["status"]],
    }
    return Incoming(NAME, _sid(entry), "log", Stage.LOG, record, _extra(entry))


def _message(entry: Entry) -> Incoming | None:
    if is_outgoing(entry["direction"]):
        return None
    record = {
        **_ends(entry),
        "kind": message_kind(entry["from"]),
        "received_at": _time(entry.get("date_sent") or entry["date_created"]),
    }
    if body := entry.get("body"):
        record["transcript"] = without_controls(str(body))
    return Incoming(NAME, _sid(entry), "log", Stage.LOG, record, _extra(entry))


def _sid(entry: Entry) -> str:
    sid = entry["sid"]
    if not (isinstance(sid, str) and sid):
        raise ValueError("sid")
    return sid


def _ends(entry: Entry) -> dict[str, str]:
    line = bare_address(entry["to"])
    return {"dialled_number": line, "caller_number": shown_caller(bare_address(entry["from"]), line)}


def _time(written: str) -> str:
    """ISO 8601 of RFC 2822."""
    return parsedate_to_datetime(written).astimezone(UTC).isoformat()


def _extra(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in _TOLD_APART and value not in (None, "")}


def _entries(asked: _Asked, client: GuardedClient, account: TwilioAccount, wait: Wait) -> Iterator[Any]:
    """What the log holds, page after page, first for one line and then for the next."""
    folder = f"/2010-04-01/Accounts/{account.sid}/"
    for path in asked.paths(folder):
        seen = set()
        while path and path not in seen:
            seen.add(path)
            page = _page(client, account, path, wait)
            entries = page.get(asked.log.lower())
            yield from entries if isinstance(entries, list) else ()
            path = str(page.get("next_page_uri") or "")
            if path and not path.startswith(folder):  # it would be sent the account's password
                raise _failed(f"a next page below {folder}", "another address")


def _page(client: GuardedClient, account: TwilioAccount, path: str, wait: Wait) -> dict[str, Any]:
    answer = _patient_get(client, account, path, wait)
    if answer.status != 200:
        raise _failed("status 200", str(answer.status), _HINTS.get(answer.status, ""))
    try:
        page = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise _failed("a page in JSON", "something else") from error
    if not isinstance(page, dict):
        raise _failed("a JSON object", "another value")
    return page


def _patient_get(client: GuardedClient, account: TwilioAccount, path: str, wait: Wait) -> Answer:
    """The answer, asked for again after a pause while Twilio is busy; it may say how long that is to be."""
    headers = {"authorization": account.authorization, "accept": "application/json"}
    for turn in range(_TRIES):
        answer = client.get(account.url.rstrip("/") + path, headers)
        if answer.status not in _BUSY:
            return answer
        told = answer.headers.get("retry-after", "")
        pause = float(told) if told.isascii() and told.isdecimal() and len(told) < 7 else 2.0**turn
        if turn + 1 == _TRIES or pause > _LONGEST_WAIT:
            break
        wait(pause)
    raise _failed("an answer", f"{answer.status}: it is busy", "The next pull begins where this one did")


_HINTS = {
    401: "Look at twilio_account_sid, and at twilio_api_key_sid with its secret or the first of twilio_auth_tokens",
    404: "Look at twilio_account_sid and twilio_api_url",
}


def _failed(expected: str, got: str, hint: str = "") -> OutboundFailed:
    hint = hint or "Try again later, or look at Twilio's status page"
    return OutboundFailed(f"Twilio's log: expected {expected}, got {got}. {hint}")
