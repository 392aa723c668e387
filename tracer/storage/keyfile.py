"""Where the master keys come from: a 0600 file beside the database, or the environment.

There is one key, or during a rotation (ADR 0018) several: a line each in the file, newest last, or
with commas between them in the environment. Messages never repeat a key.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from tracer.domain.errors import StoreUnavailable, WrongKey
from tracer.storage.crypto import KEY_BYTES
from tracer.storage.durable_file import put_in_place, written_aside


class KeySource(Protocol):
    """Where the master keys of a registry come from; `origin` is how messages call it."""

    origin: str
    writable: bool

    def read(self) -> list[bytes]:
        """All keys that are there now, none where nothing is; raises WrongKey for what is no key."""

    def create(self) -> list[bytes]:
        """The same, for a registry that is new: where there is none, one is made if that can be."""

    def write(self, keys: Sequence[bytes]) -> None:
        """Put these in place of what is there, where that can be; raises StoreUnavailable."""

    def set_aside(self, version: int, key: bytes) -> str:
        """Keep a key that is to be retired, and say where."""

    def kept_aside(self) -> list[tuple[str, bytes]]:
        """Keys that were set aside, with their places."""


class GivenKeys:
    """Keys that were handed to the process; it cannot change them."""

    writable = False

    def __init__(self, text: str, origin: str = "TRACER_KEY") -> None:
        self._text = text
        self.origin = origin

    def read(self) -> list[bytes]:
        """See KeySource."""
        return decode_keys(self._text, self.origin)

    def create(self) -> list[bytes]:
        """See KeySource."""
        return self.read()

    def write(self, keys: Sequence[bytes]) -> None:
        """See KeySource."""
        raise StoreUnavailable(f"{self.origin} cannot be changed by this program")

    def set_aside(self, version: int, key: bytes) -> str:
        """See KeySource: it stays where it is, until the user takes it away."""
        return self.origin

    def kept_aside(self) -> list[tuple[str, bytes]]:
        """See KeySource."""
        return []


class KeyFile:
    """A file of keys, for its owner only."""

    writable = True

    def __init__(self, path: Path, make_folder: Callable[[Path], None] | None = None) -> None:
        self._path = path
        self._make_folder = make_folder
        self.origin = str(path)

    def read(self) -> list[bytes]:
        """See KeySource."""
        try:
            text = self._path.read_text("ascii", errors="replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise WrongKey(f"the key file {self._path} cannot be read: {error.strerror}") from error
        return decode_keys(text, str(self._path))

    def create(self) -> list[bytes]:
        """See KeySource. Where another process was faster, the key that it made."""
        found = self.read()
        if found:
            return found
        if self._make_folder is not None:
            self._make_folder(self._path.parent)
        with _writable(self._path):
            with written_aside(self._path) as (aside, file):
                file.write(_lines([secrets.token_bytes(KEY_BYTES)]))
            try:
                os.link(aside, self._path)  # complete or not at all, and never over another
            except FileExistsError:
                pass
            finally:
                aside.unlink()
        found = self.read()
        if not found:
            raise WrongKey(f"the key file {self._path} vanished while it was being made")
        return found

    def write(self, keys: Sequence[bytes]) -> None:
        """See KeySource. The file holds the old keys or the new ones at any moment, and keeps its owner."""
        path = self._path.resolve()  # a link stays one
        _replace(path, keys, path)
        if self.read() != list(keys):
            raise StoreUnavailable(f"the key file {path} does not hold what was written to it: check the disk")

    def set_aside(self, version: int, key: bytes) -> str:
        """See KeySource: in a file of its own beside the key file, of which it takes the owner."""
        path = self._path.resolve()
        place = path.with_name(f"{path.name}.retired-{version}")
        while place.exists() and KeyFile(place).read() != [key]:  # of another registry that shares the folder
            place = place.with_name(f"{path.name}.retired-{version}-{secrets.token_hex(4)}")
        _replace(place, [key], path)
        return str(place)

    def kept_aside(self) -> list[tuple[str, bytes]]:
        """See KeySource."""
        path = self._path.resolve()
        found = []
        for place in sorted(path.parent.glob(f"{path.name}.retired-*")) if path.parent.is_dir() else ():
            with suppress(WrongKey):  # looked at for a hint only
                found += [(str(place), key) for key in KeyFile(place).read()]
        return found


def decode_keys(text: str, origin: str) -> list[bytes]:
    """Read master keys of 64 hexadecimal digits, a line each or with commas between; raises WrongKey."""
    keys = []
    for part in text.replace(",", " ").split():
        try:
            keys.append(bytes.fromhex(part))
        except ValueError:
            keys.append(b"")
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise WrongKey(f"{origin}: expected {KEY_BYTES * 2} hexadecimal digits. Restore the key from its backup")
    return list(dict.fromkeys(keys))


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"the key file {path} cannot be written: {error.strerror}") from error


def _replace(path: Path, keys: Iterable[bytes], owner: Path) -> None:
    """Keys in place of what is at the path, complete or not at all, in the hands of who owns `owner`."""
    with _writable(path):
        with written_aside(path) as (aside, file):
            file.write(_lines(keys))
        put_in_place(aside, path, lambda aside: _give(aside, owner))


def _lines(keys: Iterable[bytes]) -> bytes:
    return "".join(key.hex() + "\n" for key in keys).encode()


def _give(aside: Path, owner: Path) -> None:
    """Root may rotate the key of a service that runs as another user, who has to read it."""
    there, made = owner.stat(), aside.stat()
    if (there.st_uid, there.st_gid) != (made.st_uid, made.st_gid):
        os.chown(aside, there.st_uid, there.st_gid)
