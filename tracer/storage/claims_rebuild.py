"""Make all name claims anew: after migration 0002, and whenever the program hears names differently."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.exc import DatabaseError

from tracer.domain.codebook.capacity import FIRST_NAMES, same_script
from tracer.domain.codebook.sound_version import SOUND_VERSION
from tracer.storage import migrations
from tracer.storage.claims import Claims, sound_version, take_turns
from tracer.storage.crypto import Cipher
from tracer.storage.engine import READ_ONLY, may_not_write
from tracer.storage.instant import packed
from tracer.storage.master_keys import MasterKeys, share_keys
from tracer.storage.session import Session, chunks
from tracer.storage.tables import CanaryRow, InstanceRow, NameClaimRow, NextClaimRow, NextNameRow

_AT_ONCE = 5_000
# As they were issued: of two that sound alike the later one is flagged.
_IN_ORDER = select(
    CanaryRow.canary_id,
    CanaryRow.recipient_name,
    CanaryRow.gender,
    CanaryRow.locale,
    CanaryRow.number_id,
    CanaryRow.extension.is_not(None).label("has_extension"),
    CanaryRow.import_id,
).order_by(packed(CanaryRow.issued_at), CanaryRow.canary_id)


def ensure_claims(engine: Engine, keys: MasterKeys) -> None:
    """See that the claims in a founded database are of this program's phonetics.

    Where the database may only be read they stay as they are: reading needs none, and who issues
    is refused.
    """
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:  # waits for no writer
        if sound_version(connection) == SOUND_VERSION:
            return
    try:
        _rebuild(engine, keys)
    except DatabaseError as error:
        if not may_not_write(error):
            raise


def _rebuild(engine: Engine, keys: MasterKeys) -> None:
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":  # a million canaries are sorted on the disk, not in memory
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA temp_store=FILE")
            cursor.close()
            connection.detach()
        with connection.begin():
            share_keys(connection)
            migrations.take_turns(connection)
            take_turns(connection)
            if sound_version(connection) != SOUND_VERSION:  # else another process was faster
                _claim_all(connection, keys.cipher(connection))
                connection.execute(update(InstanceRow).values(sound_version=SOUND_VERSION))


def _claim_all(connection: Connection, cipher: Cipher) -> None:
    for table in (NameClaimRow, NextClaimRow, NextNameRow):  # what a rotation prepared is of the old phonetics too
        connection.execute(delete(table))
    connection.execute(update(CanaryRow).where(CanaryRow.sounds_like_another).values(sounds_like_another=False))
    claims, reader = Claims(Session(connection, cipher)), _Reader(cipher)
    with connection.execute(_IN_ORDER.execution_options(yield_per=_AT_ONCE)) as rows:
        for part in rows.partitions():
            alike = claims.take_free([claims.of(*reader.name(row), first=reader.is_first(row)) for row in part])
            flagged = [row.canary_id for row, is_alike in zip(part, alike, strict=True) if is_alike]
            for ids in chunks(flagged):
                query = update(CanaryRow).where(CanaryRow.canary_id.in_(ids))
                connection.execute(query.values(sounds_like_another=True))


class _Reader:
    """Reads the rows of `_IN_ORDER`, and knows how many names of each script each shared number has by then."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher
        self._on_number: Counter[tuple[str, bool]] = Counter()

    def name(self, row: Any) -> tuple[str, str, str | None]:
        """Name, gender, and the number that it shares."""
        name = self._cipher.open("canaries", "recipient_name", row.canary_id, row.recipient_name)
        return name, row.gender, None if row.has_extension else row.number_id

    def is_first(self, row: Any) -> bool:
        """Whether room is kept around the name: it is among the first of its number, or was imported."""
        place = row.number_id, same_script(row.locale, "en_US")
        self._on_number[place] += not row.has_extension
        return row.import_id is not None or self._on_number[place] <= FIRST_NAMES
