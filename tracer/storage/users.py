"""Users in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from tracer.domain.access import Role, User
from tracer.domain.errors import UnknownId
from tracer.storage.migrations import take_turns
from tracer.storage.sealed_columns import sealed_by_row
from tracer.storage.session import Query, Session
from tracer.storage.tables import UserRow


class Users:
    """Everybody who may log in: few, so they are read whole. The log-in name is sealed, found by its blind index."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cipher = sealed_by_row(session.cipher, UserRow)

    def hold_all(self) -> None:
        """Keep others from adding and changing users, to the end of the transaction; to be read after this.

        Whether somebody is the first user, or the last owner, depends on all of them.
        """
        take_turns(self._session.connection)

    def hold(self, user_id: str) -> None:
        """Keep others from changing this user, likewise. On SQLite writers take turns anyway."""
        query = select(UserRow.user_id).where(UserRow.user_id == user_id).with_for_update()
        self._session.connection.execute(query).all()

    def add(self, user: User, password_hash: str | None) -> None:
        """Insert a user whose id and log-in name are free."""
        values = {
            "user_id": user.user_id,
            "login": user.login,
            "login_key": self._key(user.login),
            "role": user.role.value,
            "password_hash": password_hash,
            "created_at": user.created_at,
            "disabled_at": user.disabled_at,
        }
        self._session.insert(UserRow, [self._cipher.seal(values)])

    def all(self) -> Sequence[User]:
        """Every user, the eldest first."""
        return self._find(select(*UserRow.__table__.columns).order_by(UserRow.created_at, UserRow.user_id))

    def get(self, user_id: str) -> User:
        """One user; raises UnknownId."""
        found = self._find(select(*UserRow.__table__.columns).where(UserRow.user_id == user_id))
        if not found:
            raise UnknownId("user", user_id, "`tracer user list` shows them; `tracer user add` makes one")
        return found[0]

    def with_login(self, login: str) -> User | None:
        """The user of a folded log-in name, None where there is none."""
        found = self._find(select(*UserRow.__table__.columns).where(UserRow.login_key == self._key(login)))
        return found[0] if found else None

    def password_hash(self, user_id: str) -> str | None:
        """The Argon2 hash of a user's password, None where there is no password or no user."""
        query = select(UserRow.password_hash).where(UserRow.user_id == user_id)
        return self._session.connection.execute(query).scalar()

    def change(self, user_id: str, role: Role, disabled_at: datetime | None) -> None:
        """Write the role and since when a user is disabled."""
        self._update(user_id, role=role.value, disabled_at=disabled_at)

    def change_password_hash(self, user_id: str, password_hash: str) -> None:
        """Write the hash of a user's password."""
        self._update(user_id, password_hash=password_hash)

    def _update(self, user_id: str, **values: object) -> None:
        self._session.connection.execute(update(UserRow).where(UserRow.user_id == user_id).values(**values))

    def _key(self, login: str) -> bytes:
        return self._session.cipher.blind_index("users.login", login)

    def _find(self, query: Query) -> list[User]:
        return [self._user(row) for row in self._session.stream(query)]

    def _user(self, row: Mapping[str, Any]) -> User:
        values = self._cipher.open(row)
        return User(
            user_id=values["user_id"],
            login=values["login"],
            role=Role(values["role"]),
            created_at=values["created_at"],
            disabled_at=values["disabled_at"],
            has_password=values["password_hash"] is not None,
        )
