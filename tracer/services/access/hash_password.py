"""Hash and verify passwords by Argon2id (RFC 9106), with the parameters that argon2-cffi holds right today."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from tracer.domain.access import fold_password
from tracer.domain.errors import StoreError
from tracer.services.access.draw_token import draw_token

_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """The Argon2id hash of a password, with its salt and parameters, as text."""
    return _HASHER.hash(_bytes(password))


def verify_password(kept: str | None, password: str) -> bool:
    """Whether the password is the one hashed. None, for nobody's, takes as long and fits nothing.

    Raises StoreError for what is no Argon2 hash.
    """
    dummy = _dummy()  # made once, at the first password of a process, whoever's it is
    try:
        _HASHER.verify(dummy if kept is None else kept, _bytes(password))
    except VerifyMismatchError:
        return False
    except InvalidHashError as error:
        raise StoreError("a password hash in the database is damaged. Set the user's password anew") from error
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def _bytes(password: str) -> bytes:
    return fold_password(password).encode("utf-8", "surrogatepass")  # JSON can bring halves of a character


@cache
def _dummy() -> str:
    return _HASHER.hash(draw_token())
