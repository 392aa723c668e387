"""Fixtures: a home, an application on SQLite and on PostgreSQL, and a clock that stands still."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from threadpoolctl import threadpool_limits

from tests.command_line import CommandLine
from tests.postgresql import Server, find_server
from tests.schema_copies import begin_home, migrated, new_database
from tracer.bootstrap import Application, build
from tracer.services.access import hash_password

NOW = datetime.fromisoformat("2026-11-21T12:00:00+08:00")
settings.register_profile("no deadline", deadline=None)  # a case of 0.2 s on a busy machine is no failure
settings.load_profile("no deadline")


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread() -> Iterator[None]:
    """As build_report does: several test processes with BLAS threads of their own wait for each other."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


@pytest.fixture(autouse=True)
def environment_stays() -> Iterator[None]:
    """No test leaves settings behind for the next one of its process."""
    before = _settings_of_the_environment()
    yield
    assert _settings_of_the_environment() == before


def _settings_of_the_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("TRACER_")}


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL server for this test process: TRACER_TEST_PG_URL, Debian's, or the one from PyPI."""
    with find_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database that the real migrations made once in this process; others begin as copies of it."""
    file = tmp_path_factory.mktemp("migrated") / "tracer.db"
    migrated(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_file: Path) -> str:
    """An SQLite database in a home of its own, with the schema; no registry was founded in it."""
    return begin_home(tmp_path / "home", migrated_file)


@pytest.fixture(scope="session")
def migrated_database(postgresql_server: Server) -> Iterator[str]:
    """The name of a PostgreSQL database that the real migrations made once in this process, as a template."""
    for url in new_database(postgresql_server):
        migrated(url)
        yield url.rpartition("/")[2]


@pytest.fixture
def postgresql_url(postgresql_server: Server, migrated_database: str) -> Iterator[str]:
    """A database of its own with the schema, in which no registry was founded."""
    yield from new_database(postgresql_server, migrated_database)


@pytest.fixture
def empty_postgresql_url(postgresql_server: Server) -> Iterator[str]:
    """A database of its own with nothing in it."""
    yield from new_database(postgresql_server)


@pytest.fixture(scope="module")
def postgresql_for_module(postgresql_server: Server, migrated_database: str) -> Iterator[str]:
    """A database with the schema for the tests of a module."""
    yield from new_database(postgresql_server, migrated_database)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each database in turn, with the schema; no registry was founded in it."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each database in turn, as it is before the program's first start."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"
    return str(request.getfixturevalue("empty_postgresql_url"))


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
def tracer(tmp_path: Path, migrated_file: Path) -> CommandLine:
    """The command line on a new home, with SQLite."""
    begin_home(tmp_path / "home", migrated_file)
    return CommandLine(tmp_path / "home")


@pytest.fixture
def first_tracer(tmp_path: Path) -> CommandLine:
    """The command line before its first start: there is no home yet."""
    return CommandLine(tmp_path / "home")


@pytest.fixture
def first_tracer_on(tmp_path: Path, empty_database_url: str) -> CommandLine:
    """The same on each database in turn, with nothing in it."""
    return CommandLine(tmp_path / "home", empty_database_url)


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
