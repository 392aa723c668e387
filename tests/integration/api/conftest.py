"""A served registry and its cast: an owner, teammates of each role, an intake key, an outsider."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.house import House, house_at
from tests.serving import client, client_as, key_with, serving
from tracer.bootstrap import Application
from tracer.domain.access import Role, Scope


@pytest.fixture
def address(app: Application) -> Iterator[str]:
    with serving(app) as where:
        yield where


@pytest.fixture
def owner(app: Application, address: str) -> Iterator[httpx.Client]:
    with client_as(app, address, Role.OWNER) as found:
        yield found


@pytest.fixture
def analyst(app: Application, address: str) -> Iterator[httpx.Client]:
    with client_as(app, address, Role.ANALYST) as found:
        yield found


@pytest.fixture
def operator(app: Application, address: str) -> Iterator[httpx.Client]:
    with client_as(app, address, Role.OPERATOR) as found:
        yield found


@pytest.fixture
def auditor(app: Application, address: str) -> Iterator[httpx.Client]:
    with client_as(app, address, Role.AUDITOR) as found:
        yield found


@pytest.fixture
def intake(app: Application, address: str) -> Iterator[httpx.Client]:
    with client(address, key_with(app, Scope.LOG_CALLS)) as found:
        yield found


@pytest.fixture
def outsider(address: str) -> Iterator[httpx.Client]:
    with client(address) as found:
        yield found


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A furnished house on SQLite for tests that change nothing another one looks at."""
    home = tmp_path_factory.mktemp("house")
    with house_at(home, f"sqlite:///{home / 'tracer.db'}", LOOKUPS_PER_HOUR="1000000") as found:
        yield found
