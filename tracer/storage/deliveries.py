"""Messages of sources in the database: found again by blind index, what they said sealed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select, update

from tracer.domain.delivery import Delivery, DeliveryState, Fault
from tracer.domain.errors import UnknownId
from tracer.storage.advisory_locks import Lock, hold
from tracer.storage.instant import at_or_before
from tracer.storage.sealed_columns import sealed_by_row
from tracer.storage.session import Session, by_keys, chunks
from tracer.storage.tables import DeliveryRow

_COLUMNS = tuple(DeliveryRow.__table__.columns)
_OF_CONTACT = by_keys(_COLUMNS, DeliveryRow.contact_key)
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
_escaped = json.JSONEncoder(separators=(",", ":"), default=str).encode
Contact = tuple[str, str]
"""Source and its id of the contact."""


class DeliveryCount(NamedTuple):
    """How many messages of a source are in a state with these faults, the last of them when."""

    source: str
    state: DeliveryState
    faults: frozenset[Fault]
    messages: int
    newest: datetime


class Deliveries:
    """Messages as they stand now."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection
        self._cipher = sealed_by_row(session.cipher, DeliveryRow)
        self._keys: dict[Contact, list[bytes]] = {}

    def take_turns(self, sources: Sequence[str]) -> None:
        """Let nobody else take in from these sources, to the end of the transaction.

        On SQLite writers take turns anyway.
        """
        for source in sorted(set(sources)):
            hold(self._connection, Lock.SOURCES | int.from_bytes(sha256(source.encode()).digest()[:4], "big"))

    def is_event(self, delivery: Delivery, event_id: str, contact_id: str) -> bool:
        """Whether the message is this one, under whichever version of the key its index was made."""
        if not event_id:
            return delivery.event_key in self._contact_keys((delivery.source, contact_id))
        digest = _digest(delivery.source, contact_id, event_id)
        return delivery.event_key in self._session.cipher.blind_indexes("deliveries.event", digest)

    def of_contacts(self, contacts: Sequence[Contact]) -> dict[Contact, list[Delivery]]:
        """All messages of these contacts that are known; those of which there is none are left out."""
        keys: dict[bytes, Contact] = {}
        for contact in contacts:
            for key in self._contact_keys(contact):
                keys[key] = contact
        found: dict[Contact, list[Delivery]] = {}
        for part in chunks(list(keys)):
            for row in self._session.stream(_OF_CONTACT, keys=part):
                found.setdefault(keys[bytes(row["contact_key"])], []).append(self._delivery(row))
        return found

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Insert messages that are not known."""
        seal = self._session.cipher.seal
        self._session.insert(
            DeliveryRow,
            [
                {
                    "delivery_id": one.delivery_id,
                    "source": one.source,
                    "contact_key": self._contact_keys((one.source, one.contact_id))[0],
                    "event_key": self._event_key(one),
                    "stage": one.stage,
                    "received_at": one.received_at,
                    "call_id": one.call_id,
                    "state": one.state.value,
                    "fault": _words(one.faults),
                    "reason": seal("deliveries", "reason", one.delivery_id, one.reason),
                    "place": seal("deliveries", "place", one.delivery_id, one.place if one.faults else ""),
                    "content": seal("deliveries", "content", one.delivery_id, _content(one)),
                }
                for one in deliveries
            ],
        )

    def _contact_keys(self, contact: Contact) -> list[bytes]:
        """The contact's indexes under every version of the key, the present one first.

        What they index may be erased, so a rotation leaves them as they were made.
        """
        found = self._keys.get(contact)
        if found is None:
            found = self._session.cipher.blind_indexes("deliveries.contact", _digest(*contact))
            self._keys[contact] = found
        return found

    def _event_key(self, one: Delivery) -> bytes:
        """By which a message is told from others; that of its contact where it has no id of its own."""
        if not one.event_id:
            return self._contact_keys((one.source, one.contact_id))[0]
        return self._session.cipher.blind_index("deliveries.event", _digest(one.source, one.contact_id, one.event_id))

    def settle(self, delivery: Delivery) -> None:
        """Write state, faults, reason and call of a message that is there."""
        reason = self._session.cipher.seal("deliveries", "reason", delivery.delivery_id, delivery.reason)
        self._connection.execute(
            update(DeliveryRow)
            .where(DeliveryRow.delivery_id == delivery.delivery_id)
            .values(state=delivery.state.value, fault=_words(delivery.faults), reason=reason, call_id=delivery.call_id)
        )

    def write_over(self, deliveries: Sequence[Delivery]) -> None:
        """Write messages that are there over what they said before."""
        for one in deliveries:
            self.settle(one)
            place, content = (
                self._session.cipher.seal("deliveries", name, one.delivery_id, value)
                for name, value in (("place", one.place if one.faults else ""), ("content", _content(one)))
            )
            mine = update(DeliveryRow).where(DeliveryRow.delivery_id == one.delivery_id)
            self._connection.execute(mine.values(stage=one.stage, place=place, content=content))

    def forget(self, delivery_ids: Sequence[str]) -> None:
        """Empty what messages said; that they came is known for ever."""
        for part in chunks(delivery_ids):
            mine = update(DeliveryRow).where(DeliveryRow.delivery_id.in_(part))
            self._connection.execute(mine.values(content=None, place=None, reason=None))

    def old_uncalled(self, until: datetime, limit: int) -> list[str]:
        """Ids of messages that became no call, came by then, and still say something."""
        said = or_(DeliveryRow.content.is_not(None), DeliveryRow.place.is_not(None), DeliveryRow.reason.is_not(None))
        query = select(DeliveryRow.delivery_id).where(
            DeliveryRow.call_id.is_(None), said, at_or_before(DeliveryRow.received_at, until)
        )
        return list(self._connection.execute(query.order_by(DeliveryRow.delivery_id).limit(limit)).scalars())

    def get(self, delivery_id: str) -> Delivery:
        """One message; raises UnknownId."""
        for row in self._session.stream(select(*_COLUMNS).where(DeliveryRow.delivery_id == delivery_id)):
            return self._delivery(row)
        raise UnknownId("message", delivery_id, "`tracer intake list` shows what waits")

    def of_call(self, call_id: str) -> list[Delivery]:
        """The messages that tell of a call, oldest first."""
        query = select(*_COLUMNS).where(DeliveryRow.call_id == call_id)
        return sorted(
            (self._delivery(row) for row in self._session.stream(query)),
            key=lambda one: (one.received_at, one.stage, one.event_id, one.delivery_id),
        )

    def faulty(self, source: str = "", *, after: str = "", limit: int = 0, dismissed: bool = False) -> list[Delivery]:
        """Messages with something wrong, by id after the one given; 0 for all. Dismissed ones only where asked for."""
        query = select(*_COLUMNS).where(DeliveryRow.fault != "", DeliveryRow.delivery_id > after)
        if source:
            query = query.where(DeliveryRow.source == source)
        if not dismissed:
            query = query.where(DeliveryRow.state != DeliveryState.DISMISSED.value)
        query = query.order_by(DeliveryRow.delivery_id)
        return [self._delivery(row) for row in self._session.stream(query.limit(limit) if limit else query)]

    def faulty_ids(self, source: str = "", fault: Fault | None = None) -> list[str]:
        """Ids of messages with something wrong that is not dismissed, oldest first: a re-run goes by them."""
        query = select(DeliveryRow.delivery_id).where(
            DeliveryRow.fault != "", DeliveryRow.state != DeliveryState.DISMISSED.value
        )
        if source:
            query = query.where(DeliveryRow.source == source)
        if fault is not None:
            query = query.where(DeliveryRow.fault.contains(fault.value))
        query = query.order_by(DeliveryRow.received_at, DeliveryRow.delivery_id)
        return list(self._connection.execute(query).scalars())

    def waiting(self) -> int:
        """How many messages are held."""
        query = select(func.count()).where(DeliveryRow.fault != "", DeliveryRow.state == DeliveryState.HELD.value)
        return int(self._connection.execute(query).scalar_one())

    def counts(self) -> list[DeliveryCount]:
        """How many there are, by source, state and faults."""
        by = (DeliveryRow.source, DeliveryRow.state, DeliveryRow.fault)
        query = select(*by, func.count(), func.max(DeliveryRow.received_at)).group_by(*by).order_by(*by)
        return [
            DeliveryCount(source, DeliveryState(state), _faults(fault), count, newest)
            for source, state, fault, count, newest in self._connection.execute(query)
        ]

    def heads(self) -> Iterator[tuple[str, dict[str, str]]]:
        """(id, what facts tell of it) of every message, for an audit."""
        query = select(DeliveryRow.delivery_id, DeliveryRow.source, DeliveryRow.state, DeliveryRow.call_id)
        for row in self._session.stream(query):
            yield (
                row["delivery_id"],
                {"source": row["source"], "state": row["state"], "call_id": row["call_id"] or ""},
            )

    def _delivery(self, row: Mapping[str, Any]) -> Delivery:
        values = self._cipher.open(row)
        content = json.loads(values["content"]) if values["content"] else None
        contact_id, event_id, told, extra, unread = content or ("", "", {}, {}, "")
        return Delivery(
            delivery_id=values["delivery_id"],
            source=values["source"],
            contact_id=contact_id,
            event_id=event_id,
            stage=values["stage"],
            received_at=values["received_at"],
            state=DeliveryState(values["state"]),
            call_id=values["call_id"],
            faults=_faults(values["fault"]),
            reason=values["reason"],
            place=values["place"],
            told=told,
            extra=extra,
            unread=unread,
            event_key=bytes(values["event_key"]),
            erased=content is None,
        )


def _content(one: Delivery) -> str:
    if one.erased:
        return ""
    said = [one.contact_id, one.event_id, dict(one.told), dict(one.extra), one.unread]
    text = _written(said)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:  # half a character, as JSON may escape one
            return _escaped(said)
    return text


def _digest(*parts: str) -> str:
    """Hashed first: a blind index takes no note of case and width, an id does."""
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _words(faults: frozenset[Fault]) -> str:
    return " ".join(sorted(fault.value for fault in faults))


def _faults(words: str) -> frozenset[Fault]:
    return frozenset(map(Fault, words.split()))
