"""The versions of the master key in the database; the keys themselves never are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, update

from tracer.domain.errors import WrongKey
from tracer.domain.key_rotation import KeyStatus, KeyVersion
from tracer.storage.crypto import index_subkey, key_check
from tracer.storage.master_keys import KeyState, key_state
from tracer.storage.reseal import count_old
from tracer.storage.session import Session
from tracer.storage.tables import KeyVersionRow


class KeyVersions:
    """Which versions there are, seen from one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def state(self) -> KeyState:
        """The versions as they stand; raises WrongKey where the database has forgotten them."""
        found = key_state(self._session.connection)
        if found is None:
            raise WrongKey("the database does not say which key it has: restore a backup")
        return found

    def status(self) -> KeyStatus:
        """The same for telling, with how much the newest version has not sealed yet; reads every table."""
        state = self.state()
        keys = [KeyVersion(one.version, one.made_at, one.retired_at) for one in state.versions]
        return KeyStatus(keys, state.indexing, count_old(self._session))

    def add(self, master: bytes, now: datetime) -> int:
        """Put a new version into force and give its number: from the next transaction on everybody seals with it."""
        state = self.state()
        version = state.versions[-1].version + 1
        check = key_check(master, state.instance_id)
        self._session.connection.execute(insert(KeyVersionRow).values(version=version, key_check=check, made_at=now))
        return version

    def retire(self, version: int, master: bytes, now: datetime) -> None:
        """Put a version out of force. Its index sub-key stays, sealed, for what `requests` are found by."""
        kept = self._session.cipher.seal_bytes("key_versions", "index_key", str(version), index_subkey(master))
        query = update(KeyVersionRow).where(KeyVersionRow.version == version)
        self._session.connection.execute(query.values(retired_at=now, index_key=kept))
