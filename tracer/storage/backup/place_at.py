"""The place that a database URL names."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

from tracer.storage.backup.places import Place
from tracer.storage.backup.postgresql_place import PostgresqlPlace
from tracer.storage.backup.sqlite_place import SqlitePlace
from tracer.storage.engine import open_engine


def place_at(url: str, where: str, now: datetime) -> Place:
    """A place by its URL; raises NotOurDatabase for another URL than a registry can have."""
    open_engine(url).dispose()  # connects nothing, and says what is wrong with a URL
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqlitePlace(Path(str(parsed.database)), now)
    return PostgresqlPlace(url, where, now)
