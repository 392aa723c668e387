"""Fixtures: a home, an application on SQLite and on PostgreSQL, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text
from threadpoolctl import threadpool_limits

from tests.command_line import CommandLine
from tests.postgresql import Server, find_server
from tracer.bootstrap import Application, build
from tracer.services import hash_password
from tracer.storage.engine import open_engine

NOW = datetime.fromisoformat("2026-11-21T12:00:00+08:00")


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread() -> Iterator[None]:
    """As build_report does: several test processes with BLAS threads of their own wait for each other."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL server for this test process: TRACER_TEST_PG_URL, Debian's, or the one from PyPI."""
    with find_server() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql_server: Server) -> Iterator[str]:
    """An empty database of its own."""
    yield from _database(postgresql_server)


@pytest.fixture(scope="module")
def postgresql_for_module(postgresql_server: Server) -> Iterator[str]:
    """An empty database for the tests of a module."""
    yield from _database(postgresql_server)


def _database(postgresql_server: Server) -> Iterator[str]:
    name = f"tracer_{uuid4().hex}"
    admin = open_engine(postgresql_server.url("postgres"))
    try:
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
            yield postgresql_server.url(name)
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def make_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Application]]:
    """Builds applications on a database URL, with one home and key, and closes them."""
    made: list[Application] = []

    def make(url: str) -> Application:
        monkeypatch.setenv("TRACER_DATABASE_URL", url)
        monkeypatch.setenv("TRACER_ACTOR", "tester")
        app = build(tmp_path / "home", clock=lambda: NOW, seed=1)
        made.append(app)
        return app

    yield make
    for app in made:
        app.close()


@pytest.fixture
def app(database_url: str, make_app: Callable[[str], Application]) -> Application:
    """An application on an empty registry, on each database in turn."""
    return make_app(database_url)


@pytest.fixture
def tracer(tmp_path: Path) -> CommandLine:
    """The command line on a new home, with SQLite."""
    return CommandLine(tmp_path / "home")


@pytest.fixture
def tracer_on(tmp_path: Path, database_url: str) -> CommandLine:
    """The command line on a new home, on each database in turn."""
    return CommandLine(tmp_path / "home", database_url)


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2 at its least, where a test is not about its cost: the right one takes a second on a busy machine."""
    monkeypatch.setattr(hash_password, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    dummy = hash_password._dummy
    dummy.cache_clear()
    yield
    dummy.cache_clear()
