"""Promise: what is to be told is told, and once, though whoever sends it is killed at any moment."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

import numpy as np

from tests.command_line import ROOT
from tests.receiver import Receiver, receiving
from tracer.bootstrap import Application, build
from tracer.domain.notice import NoticeState
from tracer.services.access.manage_users import ensure_owner
from tracer.services.calls.log_call import log_call
from tracer.services.notices.manage_targets import Address, add_target, first_wishes, list_outbox

_MESSAGE = re.compile(r"message (m-\w+)$")
_CALL = re.compile(r"\bc-\w+")
_MORE = re.compile(r"^- and ([\d,]+) more$", re.MULTILINE)
MOST_CALLS = 6
PATIENCE = 120.0


@dataclass(frozen=True)
class NoticeFindings:
    """Counts; what is missing or doubled must be 0."""

    told: int  # calls that were to be told
    messages: int  # different ones that arrived
    repeated: int  # that arrived again, under the id they had
    missing: int  # calls in no message that arrived
    doubled: int  # calls in two different messages, or in one that counts them otherwise
    waiting: int  # that were never settled

    @property
    def is_good(self) -> bool:
        """Whether every promise was kept."""
        return not (self.missing or self.doubled or self.waiting)

    def __str__(self) -> str:
        text = f"{self.told:,} told in {self.messages:,} messages, {self.missing} missing, {self.doubled} doubled"
        return f"{text}; {self.repeated} messages came again under their id"


class _Teller:
    """A sender that was started."""

    def __init__(self, home: Path, url: str) -> None:
        environment = {**os.environ, "TRACER_DATABASE_URL": url}
        command = [sys.executable, "-m", "tests.soak.teller", str(home)]
        self.process = Popen(command, cwd=ROOT, env=environment, stdin=PIPE, stdout=DEVNULL)

    def kill(self) -> None:
        """kill -9, of the sender alone: its couriers are orphans and end when their input does."""
        self.process.kill()
        self.process.communicate()


def kill_tellers(home: Path, url: str, rounds: int, rng: np.random.Generator) -> Iterator[NoticeFindings]:
    """kill -9 a process that sends, `rounds` times, while calls are logged and the receiver loses some answers.

    The next one is started before the last one is killed, so that two of them send at once for a while.
    """
    os.environ |= {"TRACER_OUTBOUND_ALLOW": '["127.0.0.1"]', "TRACER_DATABASE_URL": url, "TRACER_ACTOR": "soak"}
    app = build(home, clock=lambda: datetime.now(UTC), seed=int(rng.integers(1 << 30)))
    with receiving(lambda number: (number % 7 == 3, 0.02 * (number % 5))) as receiver:
        with app.writing() as work:
            owner = ensure_owner(work, "soak-owner")
            where = Address(f"json://127.0.0.1:{receiver.port}/told", "json", f"127.0.0.1:{receiver.port}")
            add_target(work, owner.user_id, where, first_wishes("soak", "en", "+00:00"))
            work.commit()
        told = list[str]()
        next_teller = _Teller(home, url)
        for left in reversed(range(rounds)):
            teller = next_teller
            arrived = len(receiver.got)
            _log(app, told, int(rng.integers(1, MOST_CALLS + 1)))
            _until(lambda: len(receiver.got) > arrived, "nothing arrived")  # noqa: B023  # called before the next round
            if left:
                next_teller = _Teller(home, url)
            _log(app, told, int(rng.integers(0, MOST_CALLS)))
            time.sleep(rng.uniform(0, 0.3))
            teller.kill()
        last = _Teller(home, url)
        _until(lambda: not _waiting(app), "something waits for ever")
        last.process.communicate()
        yield findings_of(app, told, receiver)
    app.close()


def _log(app: Application, told: list[str], number: int) -> None:
    for _ in range(number):
        with app.writing() as work:
            call = log_call(work, {"heard_name": "张小梦"}, [], app.rng)
            work.commit()
        told.append(call.call_id)


def _until(is_so: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until, otherwise
        time.sleep(0.01)


def _waiting(app: Application) -> int:
    with app.reading() as work:
        return sum(work.outbox.count_waiting().values())


def findings_of(app: Application, told: list[str], receiver: Receiver) -> NoticeFindings:
    with app.reading() as work:
        entries = list_outbox(work, None, 1_000_000)
    bodies = [json.loads(body)["message"] for _, body in receiver.got]
    messages: dict[str, str] = {}
    for body in bodies:
        found = _MESSAGE.search(body)
        assert found, body
        messages[found[1]] = body
    in_message: dict[str, list[str]] = {}
    for one in entries:
        if one.state is NoticeState.SENT:
            in_message.setdefault(str(one.message_id), []).append(one.notice.subject_id)
    arrived = [call_id for message_id in messages for call_id in in_message.get(message_id, ())]
    named = [call_id for body in messages.values() for call_id in set(_CALL.findall(body))]
    counted = {message_id: len(set(_CALL.findall(body))) + _more(body) for message_id, body in messages.items()}
    odd = sum(counted[message_id] != len(in_message.get(message_id, ())) for message_id in messages)
    return NoticeFindings(
        told=len(told),
        messages=len(messages),
        repeated=len(bodies) - len(messages),
        missing=len(set(told) - set(arrived)),
        doubled=len(arrived) - len(set(arrived)) + len(named) - len(set(named)) + odd,
        waiting=sum(one.state is NoticeState.WAITING for one in entries),
    )


def _more(body: str) -> int:
    found = _MORE.search(body)
    return int(found[1].replace(",", "")) if found else 0
