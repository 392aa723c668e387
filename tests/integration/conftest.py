"""Fixtures: a home with rows in every table, and the same home on the database it moves into."""

import pytest

from tests.command_line import CommandLine
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
