"""All that a database holds, as it lies there: sealed columns stay sealed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect, text

from tracer.storage.engine import READ_ONLY, open_engine


def dump(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in an order that does not depend on chance."""
    engine = open_engine(url)
    try:
        with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
            names = sorted(inspect(connection).get_table_names())
            rows = {name: connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in names}
            return {name: sorted((tuple(row) for row in found), key=repr) for name, found in rows.items()}
    finally:
        engine.dispose()


def execute(url: str, *statements: str) -> None:
    """Statements behind the program's back, committed."""
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()
