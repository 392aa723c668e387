"""tracer migrate-to."""

from __future__ import annotations

from typing import Annotated

import typer

from tracer.cli.context import application
from tracer.cli.output import say, share_bar


def migrate_to(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            help="An empty PostgreSQL database: postgresql://user@host/name. A password is better kept in ~/.pgpass.",
        ),
    ],
) -> None:
    """Move the registry from SQLite into PostgreSQL. Interrupted, it goes on when it is called again.

    Most is copied while the registry stays in use; at the end it is closed for seconds and everything is
    compared. The old file is kept, and refuses to be written from then on.

    Example: tracer migrate-to postgresql://tracer@db.example.org/tracer
    """
    app = application()
    old = app.registry.where
    with share_bar("Moving", wanted=app.settings.progress) as told:
        moved = app.move_into(url, told)
    if moved.again:
        say(f"{old} was moved into {moved.where} before; nothing was left to do.")
    for table, rows in ((table, rows) for table, rows in moved.rows.items() if rows):
        say(f"{table:<18} {rows:>11,} rows")
    if not moved.again:
        say(f"Everything is in {moved.where}, compared row by row. The old one was locked for {moved.locked:.1f} s.")
    say("From now on set TRACER_DATABASE_URL (or database_url in tracer.toml) to the URL you gave.")
    key = "TRACER_KEY, as before" if app.settings.key.get_secret_value() else str(app.settings.key_path)
    say(f"The key stays: {key}.")
    say(f"{old} is kept as it was and refuses to be written.")
