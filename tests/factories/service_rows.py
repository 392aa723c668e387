"""One row in each table of the service, put there directly: for tests of what happens to tables as such."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, insert

from tests.conftest import NOW
from tracer.storage.engine import open_engine
from tracer.storage.tables import Base

TABLES = ("users", "sessions", "login_links", "api_keys", "requests", "rate_limits", "jobs", "job_parts")
TABLES += ("notify_targets", "outbox", "implicated_channels")
_SAMPLES: dict[type, Any] = {str: "owner", int: 1, bytes: b"\1" * 32, bool: True}


def fill_service(url: str) -> None:
    """A row in each of TABLES; ids are `sample`, times the tests' now."""
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            for name in TABLES:
                table = Base.metadata.tables[name]
                connection.execute(
                    insert(table).values({column.name: _sample(table, column.name) for column in table.c})
                )
    finally:
        engine.dispose()


def _sample(table: Table, name: str) -> Any:
    if name.endswith("_id"):
        return "sample"
    if name.endswith(("_at", "_until")):
        return NOW
    return _SAMPLES[table.c[name].type.python_type]
