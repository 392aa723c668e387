"""Fixtures: a merchant and a canary; a home with rows in every table, and the same home on another database."""

import pytest

from tests.command_line import CommandLine
from tests.factories import registry
from tests.factories.any_rows import fill_any
from tests.integration.moving import connected, sqlite_url
from tracer.storage.move import source


@pytest.fixture
def old(tracer, monkeypatch):
    """A home on SQLite with thirty rows in every table, which moves in small batches."""
    monkeypatch.setattr(source, "_MOST_ROWS", 7)
    monkeypatch.setattr(source, "_FETCHED", 3)
    tracer.ok("migrate")
    with connected(sqlite_url(tracer)) as connection:
        fill_any(connection, range(1, 31))
    return tracer


@pytest.fixture
def new(old, empty_postgresql_url):
    """The same home with the database to move into."""
    return CommandLine(old.home, empty_postgresql_url)


@pytest.fixture
def merchant(app):
    """A channel with a number of its own, and one in the pool to issue on."""
    registry.own_number(app)
    return registry.add_channel(app, legitimate_numbers="+447700900777")


@pytest.fixture
def canary(app, merchant):
    """A canary for it."""
    return registry.issue(app, merchant)[0]
