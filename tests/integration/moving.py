"""A home that moves into another database: what the tests of `tracer migrate-to` look at."""

from __future__ import annotations

import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from tests.storage_dump import dump
from tracer.bootstrap import build
from tracer.domain.errors import StoreUnavailable
from tracer.storage.engine import open_engine
from tracer.storage.journal import Fact
from tracer.storage.move import move
from tracer.storage.tables import Base

REFUSED_SOURCE = "was moved into another database with `tracer migrate-to`"


class Interrupted(Exception):
    pass


def sqlite_url(tracer):
    return f"sqlite:///{tracer.home / 'tracer.db'}"


class connected:  # noqa: N801  # reads like a function
    def __init__(self, url):
        self._engine = open_engine(url)

    def __enter__(self):
        self._transaction = self._engine.begin()
        return self._transaction.__enter__()

    def __exit__(self, *error):
        self._transaction.__exit__(*error)
        self._engine.dispose()


def held(url):
    """All rows but the instance's and what a finished move notes, the same for both databases."""
    tables = dump(url)
    moved = [row for row in tables["journal"] if "registry_moved" in row]
    tables["journal"] = [row for row in tables["journal"] if row not in moved]
    noted = {row[1] for row in moved}
    tables["pending_leaves"] = [row for row in tables["pending_leaves"] if row[1] not in noted]
    tables.pop("instance")
    plain = {
        name: [tuple(int(v) if v is True or v is False else v for v in row) for row in found]
        for name, found in tables.items()
    }
    return {name: sorted(found, key=repr) for name, found in plain.items()}


def instance(url):
    return dump(url)["instance"]


def _named(url):
    """The same by the names of the columns, whose order differs by which migration made them."""
    with connected(url) as connection:
        return [dict(row) for row in connection.execute(text("SELECT * FROM instance")).mappings()]


def write(tracer, *, kept=True):
    """A unit of work that writes a fact."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACER_DATABASE_URL", tracer.database_url)
        app = build(tracer.home)
        try:
            with app.writing() as work:
                work.journal.record([Fact("written", "x", {})])
                if kept:
                    work.commit()
        finally:
            app.close()


def takes_writes(tracer):
    try:
        write(tracer, kept=False)
    except StoreUnavailable as error:
        assert re.search(f"{REFUSED_SOURCE}|unfinished move", str(error))  # noqa: PT017  # one of two outcomes
        return False
    return True


def assert_moved(old, new):
    """Whole, in the same schema, and the only one that takes writes."""
    assert held(new.database_url) == held(sqlite_url(old))
    (before,), (after,) = (_named(url) for url in (sqlite_url(old), new.database_url))
    assert before.pop("moved_at") is not None
    assert after.pop("moved_at") is None
    assert before == after
    assert not takes_writes(old)
    assert takes_writes(new)


def assert_schema(new):
    """As the migrations make it, and nothing of the move is left."""
    engine = open_engine(new.database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
        valid = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND NOT condeferrable"
        keys = sum(len(table.foreign_key_constraints) for table in Base.metadata.tables.values())
        assert connection.execute(text(valid)).scalar() == keys
    engine.dispose()


def interrupt(old, new, monkeypatch, step):
    with monkeypatch.context() as patch:

        def stop(*_):
            raise Interrupted

        patch.setattr(move, step, stop)
        with pytest.raises(Interrupted):
            old("migrate-to", new.database_url)


def refused(tracer, url):
    return tracer("migrate-to", url).refused()
