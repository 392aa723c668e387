"""Try messages with something wrong again, or dismiss them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.domain.delivery import Delivery, DeliveryState, Fault
from tracer.domain.errors import NotAllowed
from tracer.domain.incoming import Incoming, NotReceived, Unreadable
from tracer.services.incoming.place_incoming import NOTHING_LEFT_OUT
from tracer.services.incoming.take_in import Taking
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork

Again = Callable[[Unreadable], Sequence[Incoming | NotReceived | Unreadable]]
"""Reads again what its source could not read; gives nothing where that source has no way to."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """How many messages are well now, and how many are as they were."""

    mended: int = 0
    waiting: int = 0

    def plus(self, other: Rerun) -> Rerun:
        """Both counts together."""
        return Rerun(self.mended + other.mended, self.waiting + other.waiting)


def rerun(work: UnitOfWork, delivery_ids: Sequence[str], again: Again, rng: np.random.Generator) -> Rerun:
    """Look at these messages again: a number may be in the pool by now, a canary there, a source's reader better.

    Nothing happens to those that are well or dismissed. Raises UnknownId.
    """
    done = Rerun()
    found = [work.deliveries.get(one) for one in delivery_ids]
    work.deliveries.take_turns([one.source for one in found])
    for one in found:
        current = work.deliveries.get(one.delivery_id)  # another may have settled it until it was our turn
        if not current.faults or current.state is DeliveryState.DISMISSED:
            continue
        mended = not current.erased and _rerun_one(work, current, again, rng)
        done = done.plus(Rerun(int(mended), int(not mended)))
    return done


def _rerun_one(work: UnitOfWork, message: Delivery, again: Again, rng: np.random.Generator) -> bool:
    """Whether it is well now."""
    taking = Taking(work, rng)
    if Fault.UNREADABLE in message.faults:
        return _read_again(work, message, again, taking)
    if message.state is DeliveryState.HELD:
        return not taking.again(message).faults
    return not taking.refold(message)


def _read_again(work: UnitOfWork, message: Delivery, again: Again, taking: Taking) -> bool:
    unread = Unreadable(message.source, message.place, message.unread, message.reason)
    items = list(again(unread))
    still = next((item for item in items if isinstance(item, Unreadable)), None)
    if not items or still is not None:
        if still is not None and still.reason != message.reason:
            work.deliveries.settle(replace(message, reason=still.reason))
        return False
    taking.take(items)
    contacts = [(item.source, item.contact_id) for item in items if isinstance(item, Incoming)]
    calls = [one.call_id for told in work.deliveries.of_contacts(contacts).values() for one in told if one.call_id]
    state = DeliveryState.TAKEN if contacts else DeliveryState.DISMISSED
    read = replace(message, state=state, faults=NOTHING_LEFT_OUT, reason="", call_id=next(iter(calls), None))
    work.deliveries.settle(read)
    if not contacts or any(call.erased_at for call, _ in work.calls.find(calls).values()):
        work.deliveries.forget([message.delivery_id])  # what the shopper sent, or of a call that was erased
    work.journal.record([Fact("delivery_read", message.delivery_id, _standing(read))])
    return True


def dismiss(work: UnitOfWork, delivery_ids: Sequence[str], *, erase: bool = False) -> int:
    """Wait for these messages no longer; how many did. `erase`: what they said is taken away for ever, of those too
    that nobody waited for any more.

    The call of one that has one stays as it is. Raises UnknownId, NotAllowed for erasing what a call holds.
    """
    done = 0
    for delivery_id in delivery_ids:
        one = work.deliveries.get(delivery_id)
        if erase and one.call_id is not None:
            raise NotAllowed(
                f"message {delivery_id!r} became call {one.call_id!r}: erase that, and with it what its source said"
            )
        is_waiting = bool(one.faults) and one.state is not DeliveryState.DISMISSED
        if not is_waiting and not (erase and not one.erased):
            continue
        held = one.call_id is None
        now = replace(one, state=DeliveryState.DISMISSED) if held else replace(one, faults=NOTHING_LEFT_OUT, reason="")
        work.deliveries.settle(now)
        if erase:
            work.deliveries.forget([delivery_id])
        told = {**_standing(now), "erased": "yes" if erase else "no"}
        work.journal.record([Fact("delivery_dismissed", delivery_id, told)])
        done += 1
    return done


def _standing(message: Delivery) -> dict[str, str]:
    return {"source": message.source, "state": message.state.value, "call_id": message.call_id or ""}
