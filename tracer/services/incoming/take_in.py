"""Take in what sources tell of received contacts: once, whatever comes twice, and whatever comes in which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.domain.call import Call
from tracer.domain.columns import is_id
from tracer.domain.delivery import Delivery, DeliveryState, Fault, is_told_anew, told_together
from tracer.domain.errors import InvalidRecord, InvalidValue
from tracer.domain.ids import new_ids
from tracer.domain.incoming import Incoming, NotReceived, Unreadable
from tracer.domain.records import call_record
from tracer.services.incoming.check_message import checked, held_fact, message_of, noted_fact, refused, taken
from tracer.services.incoming.place_incoming import Placer
from tracer.services.incoming.tell_more import tell_more
from tracer.services.notices.write_notices import notice_held, notice_imported
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork

Contact = tuple[str, str]


@dataclass(slots=True)
class TakenIn:
    """How many messages became new calls, changed or confirmed one that was there, were known, or were held;
    and how many things of the source were no received contact. `left_out`: calls without line or canary."""

    new: int = 0
    told_more: int = 0
    known: int = 0
    held: int = 0
    not_received: int = 0
    left_out: int = 0

    def add(self, other: TakenIn) -> None:
        """Count another's as well."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def record(self) -> dict[str, int]:
        """The same by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def take_in(
    work: UnitOfWork, items: Iterable[Incoming | NotReceived | Unreadable], rng: np.random.Generator
) -> TakenIn:
    """Take in messages: what is new makes calls or changes them, what came before does nothing.

    A call's record is what all messages of its contact say together (`told_together`). A later message changes only
    columns that still stand as the messages before made them, so a person's corrections stay; so do undone and
    merged calls. What cannot be read, or does not hold, is kept as held, with its reason, until it is told anew in
    a way that holds. Nothing is refused.
    """
    return Taking(work, rng).take(list(items))


class Taking:
    """One batch, in one transaction. Calls, messages and facts are written together at the end."""

    def __init__(self, work: UnitOfWork, rng: np.random.Generator) -> None:
        self._work = work
        self._rng = rng
        self.placer = Placer(work)
        self.done = TakenIn()
        self._settled: list[Delivery] = []
        self._added: list[Delivery] = []
        self._mended: set[str] = set()
        self._calls: list[Call] = []
        self._number_ids: dict[str, str] = {}
        self._facts: list[Fact] = []

    def take(self, items: Sequence[Incoming | NotReceived | Unreadable]) -> TakenIn:
        """All of it."""
        messages = self._messages(items)
        self._work.deliveries.take_turns([one.source for one in messages])
        contacts: dict[Contact, list[Delivery]] = defaultdict(list)
        for one in messages:
            contacts[one.source, one.contact_id].append(one)
        known = self._work.deliveries.of_contacts(list(contacts))
        taken_ids = self._taken_ids(messages)
        for contact, told in contacts.items():
            before = known.get(contact, ())
            if before or len(told) > 1 or told[0].state is DeliveryState.HELD:
                self._added += self._contact(before, self._unknown(before, told), taken_ids)
            else:
                self._added.append(self._only(told[0], taken_ids))
        self._write()
        return self.done

    def again(self, message: Delivery) -> Delivery:
        """One that was held, checked and told to its contact; written over itself. The message as it stands then."""
        message = checked(message, self._work.now, self.placer)
        known = self._work.deliveries.of_contacts([(message.source, message.contact_id)])
        others = [
            one for one in known.get((message.source, message.contact_id), ()) if one.delivery_id != message.delivery_id
        ]
        if message.state is DeliveryState.HELD:
            now = message
        else:
            (now,) = self._contact(others, [message], self._taken_ids([message]), quiet=True)
        self._settled.append(now)
        self._write()
        return now

    def refold(self, message: Delivery) -> frozenset[Fault]:
        """Look again at the call of a message for what had to be left out of it; what must be left out still."""
        known = self._work.deliveries.of_contacts([(message.source, message.contact_id)])
        told = _taken_before(known.get((message.source, message.contact_id), ()))
        placed = tell_more(self._work, self.placer, told, [])
        self._facts += placed.facts
        self._write()
        return placed.faults

    def _write(self) -> None:
        self._work.calls.add(self._calls, self._number_ids)
        self._work.deliveries.add([one for one in self._added if one.delivery_id not in self._mended])
        self._work.deliveries.write_over([one for one in self._added if one.delivery_id in self._mended])
        for one in self._settled:
            self._work.deliveries.settle(one)
        self._work.journal.record(self._facts)
        self._notice()
        self._calls, self._added, self._settled, self._facts = [], [], [], []

    def _notice(self) -> None:
        """Those who want to be told of calls that just came, and once for each source that something is held."""
        notice_imported(self._work, self._calls)
        held = {one.source: one for one in reversed(self._added) if one.state is DeliveryState.HELD}
        for source, first in held.items():
            notice_held(self._work, source, first.delivery_id)

    def _messages(self, items: Sequence[Incoming | NotReceived | Unreadable]) -> list[Delivery]:
        """The items as messages."""
        received = [item for item in items if not isinstance(item, NotReceived)]
        self.done.not_received = len(items) - len(received)
        ids = new_ids("d", len(received), self._rng)
        now = self._work.now
        return [message_of(item, one, now) for item, one in zip(received, ids, strict=True)]

    def _unknown(self, known: Sequence[Delivery], told: Sequence[Delivery]) -> list[Delivery]:
        """Of the messages of a contact those that did not come before, each once, checked.

        One that is held, and told anew in a way that holds, takes the place of itself: a file was mended, or read in
        another zone.
        """
        fresh: dict[str, Delivery] = {}
        is_event = self._work.deliveries.is_event
        for one in told:
            of_it = (old for old in known if is_event(old, one.event_id, one.contact_id))
            before = fresh.get(one.event_id) or next(of_it, None)
            if before is None:
                fresh[one.event_id] = checked(one, self._work.now, self.placer)
                continue
            if not is_told_anew(before, one) or not (now := self._checked_for(before, one)):
                self.done.known += 1
                continue
            if one.event_id not in fresh:
                self._mended.add(before.delivery_id)
            fresh[one.event_id] = now
        return list(fresh.values())

    def _checked_for(self, before: Delivery, one: Delivery) -> Delivery | None:
        now = checked(replace(one, delivery_id=before.delivery_id), self._work.now, self.placer)
        return None if now.state is DeliveryState.HELD else now

    def _taken_ids(self, messages: Sequence[Delivery]) -> set[str]:
        """The calls' ids that sources give and that are taken already."""
        wanted = [one.told["call_id"] for one in messages if one.told.get("call_id")]
        wanted = [one for one in dict.fromkeys(wanted) if is_id(one)]
        return set(self._work.calls.find(wanted)) if wanted else set()

    def _contact(
        self, known: Sequence[Delivery], fresh: Sequence[Delivery], taken_ids: set[str], *, quiet: bool = False
    ) -> list[Delivery]:
        """The new messages of one contact, beside those that are known; as they are to be written.

        `quiet`: the journal knows already that one that is held came.
        """
        held = [one for one in fresh if one.state is DeliveryState.HELD]
        good = [one for one in fresh if one.state is not DeliveryState.HELD]
        before = _taken_before(known)
        if good and before:
            more = tell_more(self._work, self.placer, before, good)
            good, self.done.told_more = more.messages, self.done.told_more + len(good)
            self._facts += more.facts
        elif good:
            call_id = told_together(good).get("call_id", "")
            if call_id in taken_ids:
                reason = f"there is a call {call_id!r} already, and this one is told of as another"
                held += [refused(one, reason) for one in good]
                good = []
            else:
                good = self._new(good, call_id)
                taken_ids.update(one.call_id for one in good if one.call_id)
        self.done.held += len(held)
        if not quiet:
            self._facts += [held_fact(one) for one in held]
        return [*good, *held]

    def _only(self, message: Delivery, taken_ids: set[str]) -> Delivery:
        """The only message of a contact, as nearly all of a file are: making its call shows what is wrong with it."""
        try:
            (now,) = self._contact((), [message], taken_ids)
        except (InvalidRecord, InvalidValue) as error:
            now = refused(message, str(error))
            self.done.held += 1
            self._facts.append(held_fact(now))
        return now

    def _new(self, good: Sequence[Delivery], call_id: str) -> list[Delivery]:
        """A call that nobody told of before."""
        call_id = call_id or new_ids("c", 1, self._rng)[0]
        arrived = min(one.received_at for one in good)
        placed = self.placer.place(told_together(good), call_id, arrived)
        self._calls.append(placed.call)
        self._number_ids |= self.placer.number_ids(placed.call)
        self.done.new += 1
        self.done.left_out += bool(placed.faults)
        self.done.told_more += len(good) - 1
        made = [taken(one, call_id, placed) for one in good]
        told = {**call_record(placed.call), "source": made[0].source, "delivery": made[0].delivery_id}
        self._facts.append(Fact("call_taken_in", call_id, told))
        self._facts += [noted_fact(one) for one in made[1:]]
        return made


def _taken_before(known: Sequence[Delivery]) -> list[Delivery]:
    return [one for one in known if one.call_id is not None and one.state is DeliveryState.TAKEN]
