"""The master key: a 0600 file beside the database, or handed in by the environment."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from tracer.domain.errors import StoreUnavailable, WrongKey
from tracer.storage.crypto import KEY_BYTES


def decode_key(text: str, origin: str) -> bytes:
    """Read a master key written as 64 hexadecimal digits; raises WrongKey naming where it came from."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise WrongKey(f"{origin}: expected {KEY_BYTES * 2} hexadecimal digits. Restore the key from its backup")
    return key


def read_key(path: Path) -> bytes | None:
    """The key in the file, or None where there is no such file."""
    try:
        text = path.read_text("ascii", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WrongKey(f"the key file {path} cannot be read: {error.strerror}") from error
    return decode_key(text, str(path))


def create_key(path: Path) -> bytes:
    """Make a new key file, mode 0600; where another process was faster, read the one it made.

    The file appears complete or not at all: it is written aside, synced and then linked into place.
    """
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    except OSError as error:
        raise StoreUnavailable(f"the key file {path} cannot be written: {error.strerror}") from error
    key = read_key(path)
    if key is None:
        raise WrongKey(f"the key file {path} vanished while it was being made")
    return key
