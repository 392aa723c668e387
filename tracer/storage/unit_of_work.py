"""A registry opened on one database, and units of work on it: all of a change, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, insert, select
from uuid_utils.compat import uuid7

from tracer.domain.codebook.sound_version import SOUND_VERSION
from tracer.domain.errors import DatabaseTooNew, InvalidValue, StoreUnavailable, WrongKey
from tracer.storage.api_keys import ApiKeys
from tracer.storage.attribution_states import AttributionStates
from tracer.storage.calls import Calls
from tracer.storage.canaries import Canaries
from tracer.storage.channels import Channels
from tracer.storage.claims_rebuild import ensure_claims
from tracer.storage.crypto import Cipher
from tracer.storage.engine import READ_ONLY, open_engine, readable_errors
from tracer.storage.imports import Imports
from tracer.storage.jobs import Jobs
from tracer.storage.journal import Journal
from tracer.storage.listings import Listings
from tracer.storage.log_ins import LogIns
from tracer.storage.migrations import HEAD, current_revision, ensure_schema, take_turns
from tracer.storage.move.move import Move, Moved
from tracer.storage.move.unfinished import refuse_ownerless, refuse_unfinished
from tracer.storage.numbers import Numbers
from tracer.storage.orders import Exposures, Orders
from tracer.storage.rate_limits import RateLimits
from tracer.storage.requests import Requests
from tracer.storage.session import Session
from tracer.storage.shared_commits import SharedCommits
from tracer.storage.tables import InstanceRow
from tracer.storage.users import Users

ACTOR_LIMIT = 128
T = TypeVar("T")
_STANDING = "SELECT version_num, (SELECT moved_at FROM instance) FROM alembic_version"


class UnitOfWork:
    """One transaction and the repositories on it. Nothing is kept unless `commit` is called."""

    def __init__(self, connection: Connection, cipher: Cipher, actor: str, now: datetime) -> None:
        self._connection = connection
        self.session = Session(connection, cipher)
        self.actor = actor
        self.now = now
        self.channels = Channels(self.session)
        self.numbers = Numbers(self.session)
        self.canaries = Canaries(self.session)
        self.orders = Orders(self.session)
        self.exposures = Exposures(self.session)
        self.calls = Calls(self.session)
        self.imports = Imports(self.session)
        self.attribution_states = AttributionStates(self.session)
        self.requests = Requests(self.session)
        self.jobs = Jobs(self.session)
        self.listings = Listings(self.session)
        self.users = Users(self.session)
        self.log_ins = LogIns(self.session)
        self.api_keys = ApiKeys(self.session)
        self.rate_limits = RateLimits(self.session)
        self.journal = Journal(self.session, actor, now)

    def commit(self) -> None:
        """Make it durable. Only faces call this, once."""
        self._connection.commit()


class SharedUnit(UnitOfWork):
    """One of several units of work in a transaction; whoever does them commits for all."""

    def commit(self) -> None:
        """Not its own business."""
        raise RuntimeError("this unit of work is committed with others, when its work has returned")


class Registry:
    """A database with its key. Opening it brings the schema up to date."""

    def __init__(self, engine: Engine, cipher: Cipher, where: str) -> None:
        self._engine = engine
        self._cipher = cipher
        self.where = where
        self._shared = SharedCommits(self._connection)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def writing(self, actor: str, now: datetime) -> Iterator[UnitOfWork]:
        """A unit of work that may change things; rolled back unless committed inside.

        Raises InvalidValue for an actor that the journal cannot name.
        """
        _check_actor(actor)
        with self._connection() as connection:
            yield UnitOfWork(connection, self._cipher, actor, now)

    def write(self, actor: str, now: datetime, do: Callable[[UnitOfWork], T]) -> T:
        """What `do` returns, once its changes are durable; raises what it raises, and then nothing of it is kept.

        Many threads may write at once. On SQLite their changes share a transaction, and so the wait for the
        disk; PostgreSQL does the like by itself. `do` does not commit, and may be called twice.
        """
        _check_actor(actor)
        if self._engine.dialect.name != "sqlite":
            with self._connection() as connection:
                result = do(SharedUnit(connection, self._cipher, actor, now))
                connection.commit()
                return result

        def work(connection: Connection) -> T:
            with readable_errors(self.where):
                return do(SharedUnit(connection, self._cipher, actor, now))

        return self._shared.run(work)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A connection that may write, in a transaction."""
        with readable_errors(self.where), self._engine.connect() as connection:
            self._require_ours(connection, writing=True)
            yield connection

    @contextmanager
    def reading(self, actor: str, now: datetime) -> Iterator[UnitOfWork]:
        """A unit of work that only reads, on one consistent state."""
        with readable_errors(self.where), self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            else:
                connection = connection.execution_options(**{READ_ONLY: True})
            self._require_ours(connection, writing=False)
            yield UnitOfWork(connection, self._cipher, actor, now)

    def move_into(self, url: str, actor: str, now: datetime, tell: Callable[[float], None]) -> Moved:
        """Move everything into the PostgreSQL database at the URL and close this one; see storage.move."""
        _check_actor(actor)
        return Move(self._engine, self.where, self._cipher, actor, now).into(url, tell)

    def _require_ours(self, connection: Connection, *, writing: bool) -> None:
        """Raise where another process upgraded the database meanwhile, or moved it: looked at in each transaction."""
        found, moved_at = connection.exec_driver_sql(_STANDING).one()
        if found != HEAD:
            raise DatabaseTooNew(
                f"{self.where} has schema {found} by now, this program has {HEAD}: another version of Tracer "
                "changed it while this one was running. Nothing was done; start this program again, in that version"
            )
        if writing and moved_at is not None:
            raise StoreUnavailable(
                f"{self.where} was moved into another database with `tracer migrate-to` and is kept as it was. "
                "Nothing was written; point TRACER_DATABASE_URL at the new database"
            )


def _check_actor(actor: str) -> None:
    if len(actor) > ACTOR_LIMIT or not actor.isprintable():
        expected = f"at most {ACTOR_LIMIT} characters, none of them control characters"
        raise InvalidValue("actor", actor, expected, "Set TRACER_ACTOR to a short name")


def open_registry(url: str, where: str, key: Callable[[bool], bytes | None], now: datetime) -> Registry:
    """Open the registry at a database URL.

    `key(new)` gives the master key, and may make one only if `new` (the database holds nothing
    yet). Raises WrongKey before anything is touched if the key is not the registry's.
    """
    engine = open_engine(url)
    try:
        return Registry(engine, _cipher_of(engine, where, key, now), where)
    except BaseException:
        engine.dispose()
        raise


def _cipher_of(engine: Engine, where: str, key: Callable[[bool], bytes | None], now: datetime) -> Cipher:
    with readable_errors(where):
        instance = _instance(engine, where)
        if instance is not None:  # the key comes before the schema: with a wrong one nothing is upgraded either
            cipher = _fitting_cipher(where, key(False), *instance)
            ensure_schema(engine, where)
        else:
            ensure_schema(engine, where)
            instance = _found(engine, where, key, now)
            cipher = _fitting_cipher(where, key(False), *instance)
        ensure_claims(engine, cipher)
        return cipher


def _instance(engine: Engine, where: str) -> tuple[str, bytes] | None:
    """(instance id, key check) of a registry that was founded, None before."""
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
        if current_revision(connection) is None:
            return None
        found = connection.execute(select(InstanceRow.instance_id, InstanceRow.key_check)).first()
        if found is None:
            refuse_unfinished(connection, where)  # before the schema is looked after
    return (found[0], found[1]) if found else None


def _fitting_cipher(where: str, master: bytes | None, instance_id: str, key_check: bytes) -> Cipher:
    if master is None:
        raise WrongKey(
            f"{where} is sealed, and its key file is missing. Put the key back from its backup, "
            "or copy it from the home that founded the registry"
        )
    cipher = Cipher(master)
    if cipher.key_check(instance_id) != key_check:
        raise WrongKey(f"{where} was sealed with another key. Put the right key in place; nothing was touched")
    return cipher


def _found(engine: Engine, where: str, key: Callable[[bool], bytes | None], now: datetime) -> tuple[str, bytes]:
    with engine.begin() as connection:
        take_turns(connection)  # before a key is made: whoever comes second must not make one for nothing
        found = connection.execute(select(InstanceRow.instance_id, InstanceRow.key_check)).first()
        if found is not None:
            return found[0], found[1]
        refuse_unfinished(connection, where)  # again: a move may have begun since
        refuse_ownerless(connection, where)
        master = key(True)
        if master is None:
            raise WrongKey("a new registry needs a key, and none was given")
        instance_id = uuid7().hex
        key_check = Cipher(master).key_check(instance_id)
        founded = {"instance_id": instance_id, "created_at": now, "key_check": key_check}
        connection.execute(insert(InstanceRow).values(**founded, sound_version=SOUND_VERSION))
        return instance_id, key_check
