"""Field encryption and blind indexes.

A sealed value is `version(1) ‖ key version(2) ‖ nonce(12) ‖ AES-256-GCM ciphertext and tag`,
with `table|column|row id` as associated data, so that a value moved to another row, column or
table does not open. A blind index is HMAC-SHA256 of the normalised value, keyed and labelled
per purpose. A claim, of which a name makes many, is keyed BLAKE2b (RFC 7693) of 64 bits, a third
of an HMAC's time. All sub-keys come from a master key by HKDF-SHA256. While the master key is being
rotated (ADR 0018) there are two of them: what is sealed says by its key version which one opens it.
"""

from __future__ import annotations

import hmac
import os
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tracer.domain.errors import WrongKey

KEY_BYTES = 32
_FORMAT = 1
_HEADER = 3
_NONCE = 12
_PLACE_BYTES = 5  # of a claim on a number; the other three say which number


def header(key_version: int) -> bytes:
    """How everything begins that was sealed with this version of the key."""
    return bytes([_FORMAT]) + key_version.to_bytes(2, "big")


def key_check(master: bytes, instance_id: str) -> bytes:
    """A value that tells this key from another without helping to guess it."""
    return hmac.digest(_subkey(master, "key-check"), instance_id.encode(), "sha256")


def index_subkey(master: bytes) -> bytes:
    """The sub-key of a master key that its blind indexes are made with; it opens nothing."""
    return _subkey(master, "blind-index")


def backup_subkey(master: bytes, backup_id: bytes) -> bytes:
    """The sub-key of a master key that seals one backup and nothing else, so that its nonces may be counted."""
    return _subkey(master, "backup", backup_id)


def _subkey(master: bytes, purpose: str, salt: bytes | None = None) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=salt, info=f"tracer/{purpose}".encode()).derive(master)


def _hashed(tokens: Iterable[str], key: bytes, size: int, block: int, *, signed: bool = False) -> list[int]:
    # One loop without further calls: an import makes millions.
    return [
        block | int.from_bytes(blake2b(token.encode(), digest_size=size, key=key).digest(), "big", signed=signed)
        for token in tokens
    ]


def _blind_index(key: bytes, purpose: str, value: str) -> bytes:
    normal = unicodedata.normalize("NFKC", value).strip().casefold()
    return hmac.digest(key, f"{purpose}\0{normal}".encode(), "sha256")


class Cipher:
    """Seals single fields with one master key, opens those of others as well, and makes blind indexes.

    `others` are the master keys of other versions that may have sealed something; `index_version`
    says which of all those given makes blind indexes and claims (the one that seals unless said);
    `retired_indexes` are index sub-keys of versions that are gone, newest first.
    """

    def __init__(
        self,
        master: bytes,
        key_version: int = 1,
        *,
        others: Mapping[int, bytes] | None = None,
        index_version: int | None = None,
        retired_indexes: Iterable[bytes] = (),
    ) -> None:
        masters = {**(others or {}), key_version: master}
        for one in masters.values():
            if len(one) != KEY_BYTES:
                raise WrongKey(f"expected a master key of {KEY_BYTES} bytes, got {len(one)}")
        self.key_version = key_version
        self.index_version = index_version or key_version
        self._header = header(key_version)
        self._aeads = {header(version): AESGCM(_subkey(one, "field")) for version, one in masters.items()}
        self._aead = self._aeads[self._header]
        by_index = masters[self.index_version]
        self._index_key = index_subkey(by_index)
        older = (index_subkey(masters[version]) for version in sorted(masters, reverse=True))
        self._index_keys = tuple(dict.fromkeys((self._index_key, *older, *retired_indexes)))
        self._claim_key = _subkey(by_index, "name-claim")
        self._claims_of_number = lru_cache(maxsize=4096)(self._number_claims)
        self.open_often = lru_cache(maxsize=4096)(self.open)
        """`open`, remembered: what a sealed value opens to never changes, and a changed value is sealed anew."""

    def seal(self, table: str, column: str, row_id: str, text: str) -> bytes | None:
        """Encrypt one field; the empty text is stored as NULL."""
        return self.seal_bytes(table, column, row_id, text.encode()) if text else None

    def seal_bytes(self, table: str, column: str, row_id: str, content: bytes) -> bytes:
        """Encrypt one field that is not text; an empty one is sealed as well."""
        nonce = os.urandom(_NONCE)
        return self._header + nonce + self._aead.encrypt(nonce, content, f"{table}|{column}|{row_id}".encode())

    def open(self, table: str, column: str, row_id: str, sealed: bytes | None) -> str:
        """Decrypt one field; raises WrongKey where key, row or bytes are not the sealed ones."""
        return "" if sealed is None else self.open_bytes(table, column, row_id, sealed).decode()

    def open_bytes(self, table: str, column: str, row_id: str, sealed: bytes) -> bytes:
        """The same for a field that is not text."""
        aead = self._aeads.get(sealed[:_HEADER])
        if aead is None:
            raise WrongKey(f"{table}.{column} of {row_id!r} was sealed with another key version or format")
        body = _HEADER + _NONCE
        bound = f"{table}|{column}|{row_id}".encode()
        try:
            return aead.decrypt(sealed[_HEADER:body], sealed[body:], bound)
        except InvalidTag:
            raise WrongKey(
                f"{table}.{column} of {row_id!r} does not open: wrong key, or the database was altered"
            ) from None

    def blind_index(self, purpose: str, value: str) -> bytes:
        """Exact-match key of a value: the same text in any width or case gives the same 32 bytes."""
        return _blind_index(self._index_key, purpose, value)

    def blind_indexes(self, purpose: str, value: str) -> list[bytes]:
        """The value's blind indexes under every version of the key there ever was, the present one first.

        For indexes of what is stored nowhere (an Idempotency-Key): a rotation cannot make them anew.
        """
        return [_blind_index(key, purpose, value) for key in self._index_keys]

    def claims(self, tokens: Iterable[str]) -> list[int]:
        """Tokens of the whole registry as signed 64-bit integers.

        Of n claims two agree by chance with odds of n²/2⁶⁵: one in ten million for two million. It
        does no harm but that a name counts as taken and another is drawn.
        """
        return _hashed(tokens, self._claim_key, 8, 0, signed=True)

    def line_claims(self, number_id: str, tokens: Iterable[str]) -> list[int]:
        """Tokens of one shared number, likewise; the number makes the high 24 bits, the token the low 40.

        Thus the claims of a number lie side by side in the index, and a batch for a few numbers
        writes few pages of it. On a number with n claims two agree by chance with odds of n²/2⁴¹:
        one in 600 for the 60,000 of 20,000 names. Then, too, another name is drawn.
        """
        key, block = self._claims_of_number(number_id)
        return _hashed(tokens, key, _PLACE_BYTES, block)

    def _number_claims(self, number_id: str) -> tuple[bytes, int]:
        """The key of a number's claims, and their high bits."""
        made = blake2b(number_id.encode(), key=self._claim_key, person=b"number").digest()
        head = made[KEY_BYTES : KEY_BYTES + 8 - _PLACE_BYTES] + bytes(_PLACE_BYTES)
        return made[:KEY_BYTES], int.from_bytes(head, "big", signed=True)


class RowCipher:
    """Seals the named columns of one table's rows; the row id is given by `row_id(values)`."""

    def __init__(
        self, cipher: Cipher, table: str, columns: tuple[str, ...], row_id: Callable[[Mapping[str, Any]], str]
    ) -> None:
        self._cipher = cipher
        self._table = table
        self._columns = columns
        self._row_id = row_id

    def seal(self, values: dict[str, Any]) -> dict[str, Any]:
        """The same dict with its personal columns sealed in place."""
        row_id = self._row_id(values)
        for column in self._columns:
            values[column] = self._cipher.seal(self._table, column, row_id, values[column])
        return values

    def open(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """A copy with the personal columns that are present opened."""
        row_id = self._row_id(values)
        opened = dict(values)
        for column in self._columns:
            if column in opened:
                sealed = opened[column]
                opened[column] = "" if sealed is None else self._cipher.open(self._table, column, row_id, sealed)
        return opened
