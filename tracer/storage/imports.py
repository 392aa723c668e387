"""Bulk imports as the provenance of rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, update

from tracer.storage.session import Session
from tracer.storage.tables import ImportRow


class Imports:
    """Each bulk import has a row; what it brought points to it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, source: str, now: datetime) -> int:
        """Note a new import from a file or folder and give its id."""
        if self._session.connection.dialect.name == "postgresql":
            # Plans that the driver keeps were made while the tables were empty, and would read them whole each time.
            self._session.connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
        result = self._session.connection.execute(insert(ImportRow).values(imported_at=now))
        import_id = int(result.inserted_primary_key[0])  # type: ignore[index]  # an INSERT has one
        sealed = self._session.cipher.seal("imports", "source", str(import_id), source)
        self._session.connection.execute(
            update(ImportRow).where(ImportRow.import_id == import_id).values(source=sealed)
        )
        return import_id
