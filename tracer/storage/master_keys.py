"""Which versions of the master key a registry knows, and the cipher that its database asks for at the moment.

The database says which versions are in force, one, or two while a rotation is under way (ADR 0018),
and holds a check of each. A process compares at the start of every transaction and, where that
changed, reads its key source again; a key that it cannot find is a WrongKey before anything is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, inspect, select

from tracer.domain.errors import WrongKey
from tracer.storage.advisory_locks import Lock, hold
from tracer.storage.crypto import Cipher, key_check
from tracer.storage.engine import READ_ONLY
from tracer.storage.keyfile import KeySource
from tracer.storage.migrations import current_revision
from tracer.storage.tables import InstanceRow, KeyVersionRow

_PATIENCE = "500ms"  # behind whoever waits to be alone, writers wait: not for long


class Standing(NamedTuple):
    """What decides which cipher is asked for: the newest version, that of the indexes, how many are in force."""

    newest: int
    indexing: int
    in_force: int


class KnownVersion(NamedTuple):
    """A row of `key_versions`."""

    version: int
    check: bytes
    made_at: datetime
    retired_at: datetime | None
    index_key: bytes | None


class KeyState(NamedTuple):
    """The versions of a registry's key as they stand in the database."""

    instance_id: str
    indexing: int
    versions: tuple[KnownVersion, ...]

    @property
    def in_force(self) -> list[KnownVersion]:
        """Those that are not retired, oldest first."""
        return [one for one in self.versions if one.retired_at is None]

    @property
    def standing(self) -> Standing:
        """The same in short."""
        return Standing(self.versions[-1].version, self.indexing, len(self.in_force))

    def version_of(self, master: bytes) -> KnownVersion | None:
        """Which version a key is, retired ones too; None for a key of nobody's."""
        check = key_check(master, self.instance_id)
        return next((one for one in self.versions if one.check == check), None)


def key_state(connection: Connection) -> KeyState | None:
    """The versions as they stand in a database of this schema or an older one; None before it is founded."""
    if not inspect(connection).has_table(KeyVersionRow.__tablename__):
        query = select(InstanceRow.instance_id, InstanceRow.key_check, InstanceRow.created_at)
        first = connection.execute(query).first()
        return first and KeyState(first[0], 1, (KnownVersion(1, first[1], first[2], None, None),))
    instance = connection.execute(select(InstanceRow.instance_id, InstanceRow.key_version)).first()
    if instance is None:
        return None
    found = connection.execute(select(*KeyVersionRow.__table__.columns).order_by(KeyVersionRow.version))
    return KeyState(instance[0], instance[1], tuple(KnownVersion(*row) for row in found))


def share_keys(connection: Connection) -> None:
    """Keep the indexes from being switched, to the end of a transaction that writes; before anything is read.

    On SQLite writers take turns anyway.
    """
    hold(connection, Lock.KEYS, shared=True)


def hold_keys_alone(connection: Connection) -> None:
    """Be the only one who writes, to the end of the transaction; gives up soon, to be tried again later."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
        hold(connection, Lock.KEYS)
        connection.exec_driver_sql("SET LOCAL lock_timeout TO DEFAULT")


class MasterKeys:
    """The master keys of one registry as this process knows them."""

    def __init__(self, where: str, source: KeySource) -> None:
        self._where = where
        self.source = source
        self._known: tuple[Standing, Cipher, dict[int, bytes]] | None = None

    def fit(self, engine: Engine) -> bool:
        """Whether the database was founded and the keys at hand are its own; raises WrongKey where they are not."""
        seen = None
        while True:
            with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
                state = None if current_revision(connection) is None else key_state(connection)
            if state is None:
                return False
            try:
                self._masters(state)
            except WrongKey:
                if seen == state:
                    raise
                seen = state  # a rotation may have ended between the two looks, at the database and at the keys
            else:
                return True

    def cipher(self, connection: Connection, standing: Standing | None = None) -> Cipher:
        """The cipher for a transaction, on whose state it depends; raises WrongKey where a key is missing."""
        if self._known is not None and self._known[0] == standing:
            return self._known[1]
        state = key_state(connection)
        if state is None:
            raise WrongKey(f"{self._where} does not say any more which key it has: it was emptied. Restore a backup")
        masters = self._masters(state)
        newest = max(masters)
        opening = Cipher(masters[newest], newest, others=masters)
        retired = [
            opening.open_bytes("key_versions", "index_key", str(one.version), one.index_key)
            for one in reversed(state.versions)
            if one.index_key is not None
        ]
        cipher = Cipher(masters[newest], newest, others=masters, index_version=state.indexing, retired_indexes=retired)
        self._known = state.standing, cipher, masters
        return cipher

    def master(self, version: int) -> bytes:
        """The master key of a version in force, once the cipher was asked for."""
        return self._known[2][version] if self._known else b""

    def masters(self, state: KeyState) -> dict[int, bytes]:
        """The master keys of all versions in force in a state that was read; raises WrongKey where one is missing."""
        return self._masters(state)

    def _masters(self, state: KeyState) -> dict[int, bytes]:
        """The master keys of all versions in force, from the source or known from earlier."""
        at_hand = self.source.read()
        known = self._known[2].values() if self._known else ()
        checks = {key_check(key, state.instance_id): key for key in (*at_hand, *known)}
        wanted = state.in_force
        found = {one.version: checks[one.check] for one in wanted if one.check in checks}
        if len(found) == len(wanted):
            return found
        raise WrongKey(self._what_is_wrong(state, at_hand, found))

    def _what_is_wrong(self, state: KeyState, at_hand: list[bytes], found: Iterable[int]) -> str:
        aside = [(place, state.version_of(key)) for place, key in self.source.kept_aside()]
        hint = "".join(
            f". {place} holds version {known.version}: put its line into {self.source.origin} as well"
            for place, known in aside
            if known is not None and known.retired_at is None and known.version not in found
        )
        wanted = [one.version for one in state.in_force]
        if found:
            return (
                f"{self._where} is being given a new key, and until `tracer rotate-key` is through it needs two: "
                f"{self.source.origin} holds version {_listed(found)}, and version "
                f"{_listed(set(wanted) - set(found))} is missing. Put it there as well, from where the rotation was "
                f"begun{hint}; nothing was touched"
            )
        if not at_hand:
            return (
                f"{self._where} is sealed, and its key file is missing. Put the key back from its backup, "
                f"or copy it from the home that founded the registry{hint}"
            )
        retired = [one for one in map(state.version_of, at_hand) if one is not None]
        if retired:
            return (
                f"{self._where} has version {_listed(wanted)} of its key in force; {self.source.origin} holds version "
                f"{_listed(one.version for one in retired)}, which was retired. Put the right key in place{hint}; "
                "nothing was touched"
            )
        return f"{self._where} was sealed with another key. Put the right key in place{hint}; nothing was touched"


def _listed(versions: Iterable[int]) -> str:
    return " and ".join(map(str, sorted(versions)))
