"""Carry out a request once, however often it is sent: its answer is stored in the transaction that did it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from tracer.domain.errors import RequestInFlight, RequestReused
from tracer.storage.requests import Answered
from tracer.storage.unit_of_work import UnitOfWork

Work: TypeAlias = UnitOfWork
"""What faces hand to services; they know no more of storage."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON value; `location` is the path of what was made.

    `shown_once` names keys of the value that are secrets: they are not kept, and null when it is given again.
    """

    status: int
    value: Any
    location: str = ""
    shown_once: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """A request that may come again: the principal's id, the key it chose, what is to be done, and the body."""

    principal: str
    key: str
    operation: str
    body: bytes


def answer_once(
    work: Work, asking: Asking, do: Callable[[Work], Answer], *, for_ever: bool = False
) -> tuple[Answer, bool]:
    """What `do` answers, or what it answered to the same request before (then True).

    The answer is kept for ever, or as long as `work.requests.forget` lets it be. Raises RequestInFlight
    where another process is at it, RequestReused where the key came with another operation or body.
    """
    if not work.requests.take_turn(asking.principal, asking.key):
        raise RequestInFlight("the first request with this Idempotency-Key is still being carried out. Wait a little")
    found = work.requests.find(asking.principal, asking.key)
    if found is not None:
        if found.operation != asking.operation or not work.requests.is_body(found.body_key, asking.body):
            raise RequestReused(
                "this Idempotency-Key came with another request before. Send the first one again to see its answer, "
                "or use a new key"
            )
        value, location = json.loads(found.answer)
        return Answer(found.status, value, location), True
    made = do(work)
    value = {**made.value, **dict.fromkeys(made.shown_once)} if made.shown_once else made.value
    kept = json.dumps([value, made.location], ensure_ascii=False, allow_nan=False)
    answered = Answered(asking.operation, work.requests.body_key(asking.body), made.status, kept)
    work.requests.keep(asking.principal, asking.key, answered, work.now, for_ever=for_ever)
    return made, False
