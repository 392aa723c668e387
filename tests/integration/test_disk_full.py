"""A full disk: a plain message, nothing half-written, reading goes on, and it works again afterwards."""

import resource
import signal
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.factories import records as rows
from tests.factories import registry
from tests.storage_dump import dump
from tracer.domain.errors import StoreUnavailable
from tracer.intake.csv_bundle.read import open_bundle
from tracer.services.bundles.import_bundle import import_bundle


@pytest.fixture
def big_bundle(tmp_path) -> Path:
    tables = rows.campaign()
    tables["calls.csv"] = [rows.call(f"c-{n}", transcript="您好" * 400) for n in range(3_000)]
    return rows.write_bundle(tmp_path / "big", tables)


def import_all(app, folder):
    with open_bundle(folder) as (bundle, _), app.writing() as work:
        import_bundle(work, app.model.channels, bundle)
        work.commit()


def limit_files_to(size: int):
    """For a child process: no file may grow beyond this; the write fails, as on a full disk."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_an_import_that_does_not_fit(tracer, big_bundle):
    tracer.ok("channel", "add", "station", "青松驿站")
    url = f"sqlite:///{tracer.home / 'tracer.db'}"
    before = dump(url)
    message = tracer.process("import", big_bundle, preexec_fn=limit_files_to(2_000_000)).refused()
    assert "disk" in message
    assert "free" in message
    assert dump(url) == before
    assert len(tracer.json("channel", "list")) == 1
    tracer.ok("import", big_bundle)
    assert len(tracer.json("call", "list")) == 3_000


def test_an_export_that_does_not_fit(tracer, big_bundle, tmp_path):
    tracer.ok("import", big_bundle)
    out = tmp_path / "out"
    message = tracer.process("export", out, preexec_fn=limit_files_to(500_000)).refused()
    assert f"{out} cannot be written: File too large. Nothing was left there" in message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["big", "home"]
    tracer.ok("export", out)
    assert len((out / "calls.csv").read_text("utf-8").splitlines()) == 3_001


def test_a_first_use_that_does_not_fit(first_tracer):
    message = first_tracer.process("channel", "add", "station", "青松驿站", preexec_fn=limit_files_to(10_000)).refused()
    assert "disk" in message
    first_tracer.ok("channel", "add", "station", "青松驿站")
    assert len(first_tracer.json("channel", "list")) == 1


def test_the_database_says_that_it_is_full(tmp_path, make_app, big_bundle):
    url = f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"
    app = make_app(url)
    registry.add_channel(app, "station", "青松驿站")
    before = dump(url)

    @event.listens_for(app.registry._engine, "begin")
    def few_pages(connection):
        connection.exec_driver_sql("PRAGMA max_page_count=60")

    with pytest.raises(StoreUnavailable, match=r"the disk is full\. Nothing was written; free some space"):
        import_all(app, big_bundle)
    assert dump(url) == before
    assert registry.add_channel(app, "station", "白杨驿站") == "station-2"
