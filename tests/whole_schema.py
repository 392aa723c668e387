"""All that the schema of a database is, for comparing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, inspect


def named(connection: Connection, table: str, columns: str) -> list[tuple[Any, ...]]:
    """These columns of a table's rows, in an order that does not depend on chance."""
    query = f"SELECT {columns} FROM {table}"  # statements of our own
    return sorted(map(tuple, connection.exec_driver_sql(query)), key=repr)


def schema(connection: Connection) -> dict[str, Any]:
    """All that a schema is, by name; the order of columns left out."""
    look = inspect(connection)
    found: dict[str, Any] = {}
    for table in look.get_table_names():
        found[table] = {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in look.get_columns(table)},
            "primary key": look.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": {
                k["name"]: (k["constrained_columns"], k["referred_table"]) for k in look.get_foreign_keys(table)
            },
            "unique": {c["name"]: c["column_names"] for c in look.get_unique_constraints(table)},
            "checks": {c["name"] for c in look.get_check_constraints(table)},
            "indexes": {i["name"]: (i["column_names"], bool(i["unique"])) for i in look.get_indexes(table)},
        }
    kind = connection.dialect.name
    triggers = "sqlite_master WHERE type = 'trigger'" if kind == "sqlite" else "pg_trigger WHERE NOT tgisinternal"
    found["triggers"] = named(connection, triggers, "name, sql" if kind == "sqlite" else "tgname")
    return found
