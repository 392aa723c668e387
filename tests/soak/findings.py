"""What is found in a database after something bad happened to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from tracer.storage.engine import READ_ONLY, open_engine


@dataclass(frozen=True)
class Findings:
    """Counts; what is lost, half, doubled or damaged must be 0."""

    acknowledged: int
    kept: int
    lost: int  # acknowledged, and not there
    half: int  # a call without its fact, or a fact without its call
    doubled: int  # more than one fact of one call
    damage: int  # complaints of the database about itself
    answers_lost: int = 0  # kept, though the client was not told so at first (no fault)

    @property
    def is_good(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.half or self.doubled or self.damage)

    def __str__(self) -> str:
        text = f"{self.acknowledged:,} acknowledged, {self.lost} lost, {self.doubled} doubled, {self.half} half kept"
        text += f", {self.answers_lost} answers lost and asked for again" if self.answers_lost else ""
        return f"{text}, damaged" if self.damage else text


def inspect(url: str, acknowledged: Iterable[str]) -> Findings:
    """Compare what a database holds with what was acknowledged, by one consistent look."""
    engine = open_engine(url)
    try:
        options = {READ_ONLY: True}
        if engine.dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ"}
        with engine.connect().execution_options(**options) as connection:
            return _findings(connection, acknowledged)
    finally:
        engine.dispose()


def _findings(connection: Connection, acknowledged: Iterable[str]) -> Findings:
    damage = 0
    if connection.dialect.name == "sqlite":
        said = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check")]
        damage = len(connection.exec_driver_sql("PRAGMA foreign_key_check").all()) + (said != ["ok"])
    calls = set(connection.exec_driver_sql("SELECT call_id FROM calls").scalars())
    logged = "SELECT subject_id FROM journal WHERE event = 'call_logged'"
    facts = Counter(connection.exec_driver_sql(logged).scalars())
    wanted = set(acknowledged)
    return Findings(
        acknowledged=len(wanted),
        kept=len(calls),
        lost=len(wanted - calls),
        half=len(calls ^ set(facts)),
        doubled=sum(count - 1 for count in facts.values()),
        damage=damage,
    )
