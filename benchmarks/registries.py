"""Registries to measure: opened in a home of their own on either database, and filled with a bundle."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text

from tests.postgresql import Server
from tracer.bootstrap import Application, build
from tracer.intake.csv_bundle.read import open_bundle
from tracer.services.bundles.import_bundle import import_bundle
from tracer.storage.engine import open_engine


def opened(home: Path, url: str = "") -> Application:
    """An application, its registry founded; on SQLite unless a URL is given."""
    os.environ["TRACER_DATABASE_URL"] = url
    app = build(home, seed=1)
    _ = app.registry, app.model
    return app


def new_database(server: Server) -> str:
    """The URL of an empty database of a server."""
    name = f"bench_{uuid4().hex}"
    engine = open_engine(server.url("postgres"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.url(name)


def fill(app: Application, bundle: Path) -> None:
    """Import a bundle."""
    with open_bundle(bundle) as (tables, _), app.writing() as work:
        import_bundle(work, app.model.channels, tables)
        work.commit()
