"""The database: whether it opens with the key, is closed to others, and lies where it is safe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tracer.bootstrap import Application
from tracer.domain.errors import StoreError
from tracer.domain.finding import Finding, notice, well, wrong

CHECK = "database"
_NETWORKED = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "glusterfs", "ceph")


def look(app: Application) -> Iterator[Finding]:
    """Opens it, which brings its schema up to date as every command does."""
    try:
        with app.reading() as work:
            counts = work.listings.counts()
    except StoreError as error:
        yield wrong(CHECK, str(error), "Nothing else can be looked at before this is mended.")
        return
    yield well(
        CHECK,
        f"{app.registry.where} opens with the key. Channels: {counts.channels:,}, canaries: "
        f"{sum(counts.canaries.values()):,}, orders: {counts.orders:,}, calls: {counts.calls:,}.",
    )
    if app.settings.url.startswith("sqlite"):
        yield from _file(app.settings.url.partition("///")[2])


def _file(where: str) -> Iterator[Finding]:
    path = Path(where)
    if path.stat().st_mode & 0o077 and path.parent.stat().st_mode & 0o077:
        yield notice(
            CHECK,
            f"{path} may be read by other users of this machine; what is personal in it is sealed.",
            f"chmod 700 {path.parent}",
        )
    kind = file_system(path.resolve(), _mounts())
    if kind in _NETWORKED:
        yield wrong(
            CHECK,
            f"{path} lies on a network file system ({kind}), which does not keep what SQLite needs to be durable.",
            "Put TRACER_HOME on a disk of this machine, or use PostgreSQL: `tracer migrate-to`.",
        )


def file_system(path: Path, mounts: str) -> str:
    """The kind of file system that a path lies on, by the text of /proc/mounts; empty where that tells nothing."""
    found, longest = "", -1
    for line in mounts.splitlines():
        place, kind = [*line.split(), "", ""][1:3]
        folder = Path(place.replace("\\040", " "))
        if place and len(folder.parts) > longest and path.is_relative_to(folder):
            found, longest = kind, len(folder.parts)
    return found


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text("utf-8", "replace")
    except OSError:  # another system than Linux
        return ""
