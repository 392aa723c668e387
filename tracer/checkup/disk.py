"""Room on the disk: for the registry to grow, and for a backup beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import disk_usage

from tracer.bootstrap import Application
from tracer.domain.finding import Finding, notice, well, wrong

CHECK = "disk"
LEAST = 100 << 20
COMFORTABLE = 1 << 30


def look(app: Application) -> Iterator[Finding]:
    """The free room where the home is, against the size of an SQLite registry."""
    home = next(one for one in (app.settings.home, *app.settings.home.parents) if one.exists())
    yield judge(home, disk_usage(home).free, _size(app))


def judge(home: Path, free: int, used: int) -> Finding:
    """What so many free bytes mean for a registry of so many."""
    says = f"{free / (1 << 30):,.1f} GB are free at {home}."
    advice = "Make room: a full disk refuses every call that is to be logged; what is there stays whole."
    if free < LEAST:
        return wrong(CHECK, says, advice)
    if free < max(COMFORTABLE, 3 * used):
        return notice(CHECK, says, f"{advice} A backup takes about as much as the registry.")
    return well(CHECK, says)


def _size(app: Application) -> int:
    if not app.settings.url.startswith("sqlite"):
        return 0
    path = Path(app.settings.url.partition("///")[2])
    return sum(one.stat().st_size for one in path.parent.glob(f"{path.name}*") if one.is_file())
