"""The old file of a registry is set aside as the new one takes its place: both, or neither."""

import errno
import os
import stat
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.factories import registry
from tests.integration.backing_up import furnish, made, quiet
from tests.storage_dump import dump
from tracer.domain.errors import StoreUnavailable
from tracer.storage.backup import sqlite_place

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def again(app, make_app, database_url):
    """The application anew, as the next process has it."""

    def anew():
        app.close()
        return make_app(database_url)

    return anew


@SQLITE
@pytest.mark.parametrize("call", ["link", "replace", "sync_folder", "nothing"])
def test_an_exchange_that_fails_leaves_the_registry_as_it_was(app, again, monkeypatch, call):
    furnish(app)
    path = made(app)
    app.close()
    back = again()
    home = app.settings.home
    files = sorted(one.name for one in home.glob("*tracer.db*") if not one.name.endswith(("-wal", "-shm")))
    number = (home / "tracer.db").stat().st_ino

    def fails(*_):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        if call == "sync_folder":  # the new file has the old one's place already
            broken.setattr(sqlite_place, call, fails)
        elif call != "nothing":
            broken.setattr(os, call, lambda *names: fails() if "tracer.db" in str(names) else None)
        else:
            broken.setattr(sqlite_place, "_closed", _closed_and_killed)
        with pytest.raises(KeyboardInterrupt if call == "nothing" else StoreUnavailable):
            back.restore(path, quiet, over=True)
    left = sorted(one.name for one in home.glob("*tracer.db*") if not one.name.endswith(("-wal", "-shm")))
    assert (left, (home / "tracer.db").stat().st_ino) == (files, number)
    registry.log(back, transcript="it still takes calls")
    back.close()
    assert again().restore(path, quiet, over=True).facts_set_aside > 0


@contextmanager
def _closed_and_killed(_old, _now):
    yield
    raise KeyboardInterrupt


@SQLITE
def test_a_disk_without_second_names_gets_a_copy(app, again, monkeypatch, database_url):
    furnish(app)
    path = made(app)
    registry.log(app, transcript="not in the backup")
    before = dump(database_url)
    app.close()
    back = again()

    def no_links(*_):
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    aside = Path(back.restore(path, quiet, over=True).set_aside)
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    kept = dump(f"sqlite:///{aside}")
    del before["instance"]
    assert kept.pop("instance")[0] != dump(database_url)["instance"][0]  # it says that it was closed
    assert kept == before
    registry.log(back)


@SQLITE
def test_the_second_name_of_a_restore_that_was_killed_goes(app, again):
    furnish(app)
    path = made(app)
    app.close()
    home = app.settings.home
    os.link(home / "tracer.db", home / "tracer.db.before-20261101t000000")
    aside = Path(again().restore(path, quiet, over=True).set_aside)
    assert list(home.glob("tracer.db.before-*")) == [aside]
