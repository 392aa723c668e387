"""Draw ids and secrets from the operating system's randomness, and hash the secrets for keeping."""

from __future__ import annotations

import hashlib
import secrets

from tracer.domain.ids import ALPHABET, LENGTH

TOKEN_BYTES = 32


def draw_id(mark: str) -> str:
    """An id such as `u-4t9xm2c7qe`; the database refuses the one-in-10¹⁵ double."""
    return mark + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def draw_token() -> str:
    """A token of 32 random bytes, base64url."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> bytes:
    """SHA-256 of a token or secret: all that is kept of it. With 256 random bits there is nothing to guess slowly."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
