"""What power loss could leave of SQLite's files: every write and sync is recorded, and images are made from that.

The recorder is a thin layer under the SQLite library that Python itself uses (a VFS that notes writes,
truncations, syncs and deletions and hands them on), so that it is the program's own engine that is
recorded, with whatever settings it has. An image holds all that was synced, and of what was written since
any part in any order, torn at sectors: what a disk may do.
"""

from __future__ import annotations

import ctypes
import sqlite3
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_longlong, c_void_p, cast
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CREATED, _JOURNAL, _WAL = 0x4, 0x800, 0x80000  # SQLITE_OPEN_…


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done: "write", "truncate", "delete", "sync" to a file, "folder" synced, "acknowledged"."""

    what: str
    name: str  # of the file, or the id of the call
    offset: int = 0  # for a truncation: the new size
    data: bytes = b""


class _Methods(Structure):
    """sqlite3_io_methods, as far as it is changed here; what follows is kept as it is."""

    _fields_ = [
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", c_void_p),
        ("truncate", c_void_p),
        ("sync", c_void_p),
        ("rest", c_void_p * 14),
    ]


class _File(Structure):
    """sqlite3_file: what it begins with."""

    _fields_ = [("methods", POINTER(_Methods))]


class _Vfs(Structure):
    """sqlite3_vfs, version 3."""

    _fields_ = [
        ("version", c_int),
        ("file_size", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("own_data", c_void_p),
        ("open", c_void_p),
        ("delete", c_void_p),
        ("rest", c_void_p * 14),
    ]


_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(_File), c_int, POINTER(c_int))
_DELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_longlong)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)


class Recorder:
    """Notes in `events` what SQLite does to files in this process, from its making on."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._names: dict[int, str] = {}
        self._new: set[int] = set()  # files with whose first sync SQLite syncs the folder
        self._kept: list[Any] = []  # what C points to must live as long as the process
        library = ctypes.CDLL(find_library("sqlite3") or "libsqlite3.so.0")
        library.sqlite3_libversion.restype = c_char_p
        assert library.sqlite3_libversion().decode() == sqlite3.sqlite_version, "Python uses another SQLite library"
        library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        real = library.sqlite3_vfs_find(None).contents
        mine = _Vfs.from_buffer_copy(real)
        mine.name = b"recorder"
        mine.open = self._pointer(_OPEN, self._opening(_OPEN(real.open)))
        mine.delete = self._pointer(_DELETE, self._deleting(_DELETE(real.delete)))
        self._kept.append(mine)
        assert library.sqlite3_vfs_register(ctypes.byref(mine), 1) == 0

    def acknowledged(self, call_id: str) -> None:
        """Note that somebody was told that the call is kept."""
        self.events.append(Event("acknowledged", call_id))

    def _pointer(self, kind: Any, function: Callable[..., int]) -> int | None:
        made = kind(function)
        self._kept.append(made)
        return cast(made, c_void_p).value

    def _opening(self, real: Any) -> Callable[..., int]:
        def open_file(vfs: int, name: int, file: Any, flags: int, flags_out: Any) -> int:
            result: int = real(vfs, name, file, flags, flags_out)
            if result == 0 and name and file.contents.methods:
                path = ctypes.string_at(name).decode()  # not c_char_p: SQLite reads on behind the name
                where = ctypes.addressof(file.contents)
                self._names[where] = Path(path).name
                if flags & _CREATED and flags & (_JOURNAL | _WAL):
                    self._new.add(where)
                file.contents.methods = ctypes.pointer(self._methods(file.contents.methods.contents))
            return result

        return open_file

    def _deleting(self, real: Any) -> Callable[..., int]:
        def delete(vfs: int, name: bytes, sync: int) -> int:
            self.events.append(Event("delete", Path(name.decode()).name))
            result = int(real(vfs, name, sync))
            if sync and result == 0:
                self.events.append(Event("folder", ""))
            return result

        return delete

    def _methods(self, real: _Methods) -> _Methods:
        mine = _Methods.from_buffer_copy(real)
        write, truncate, sync = _WRITE(real.write), _TRUNCATE(real.truncate), _SYNC(real.sync)

        def on_write(file: int, data: int, size: int, offset: int) -> int:
            self.events.append(Event("write", self._names[file], offset, ctypes.string_at(data, size)))
            return int(write(file, data, size, offset))

        def on_truncate(file: int, size: int) -> int:
            self.events.append(Event("truncate", self._names[file], size))
            return int(truncate(file, size))

        def on_sync(file: int, flags: int) -> int:
            result = int(sync(file, flags))
            if result == 0:
                self.events.append(Event("sync", self._names[file]))
                if file in self._new:
                    self._new.discard(file)
                    self.events.append(Event("folder", ""))
            return result

        mine.write = self._pointer(_WRITE, on_write)
        mine.truncate = self._pointer(_TRUNCATE, on_truncate)
        mine.sync = self._pointer(_SYNC, on_sync)
        self._kept.append(mine)
        return mine
