"""The advisory locks of PostgreSQL by which processes take turns: the one list of their numbers.

SQLite needs none: its writers take turns anyway.
"""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import Connection


class Lock(IntEnum):
    """What only one process does at a time. The numbers spell words; each is free for nothing else, ever."""

    SCHEMA = 0x74726163
    """Making, upgrading or founding a database, and whatever depends on all of its users."""
    KEYS = 0x6B657973
    """Shared by all who write; whoever switches blind indexes to another key has it alone."""
    NAMES = 0x69737375
    """Claiming names: issuing and importing canaries."""
    JOBS = 0x6A6F6273
    """Shared by all who claim a job; whoever erases has it alone."""
    PLACES = 0x6C656467
    """Giving facts their places in the ledger, and signing it."""
    RETENTION = 0x72657465
    """Looking at the clock and erasing by it."""
    PARCELS = 0x7061726365
    """Beginning to follow parcels."""
    SOURCES = 0x74616B65 << 32
    """Taking in from a source: this number with 32 bits of the source's in its lower half."""
    MOVE = 0x6D6F7665
    """Moving a registry into a database, for the length of a session."""


def hold(connection: Connection, number: int, *, shared: bool = False) -> None:
    """Wait for a lock and have it to the end of the transaction, alone or with others that share it."""
    if connection.dialect.name == "postgresql":  # asked of the driver: every transaction that writes begins with one
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{'_shared' if shared else ''}({int(number)})")
