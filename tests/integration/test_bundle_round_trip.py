"""Export and import are inverse, whatever a registry holds."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings

from tests.conftest import NOW
from tests.factories import records as rows
from tests.factories.strategies import registries
from tracer.bootstrap import Application, build
from tracer.intake.csv_bundle.read import open_bundle
from tracer.intake.csv_bundle.write import write_bundle
from tracer.services.bundles.export_bundle import COLUMNS, export_bundle
from tracer.services.bundles.import_bundle import import_bundle


def bring(app: Application, path: Path):
    with open_bundle(path) as (bundle, _), app.writing() as work:
        summary = import_bundle(work, app.model.channels, bundle)
        work.commit()
    return summary


def take_out(app: Application, folder: Path) -> dict[str, bytes]:
    with app.reading() as work:
        write_bundle(export_bundle(work), folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def empty_home(tmp_path_factory):
    home = tmp_path_factory.mktemp("template") / "home"
    app = build(home, clock=lambda: NOW)
    app.open()
    app.close()
    return home


@given(tables=registries())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_registry_survives(empty_home, tables):
    if not tables:
        return
    with TemporaryDirectory() as name:
        folder = Path(name)
        given_ = rows.write_bundle(folder / "given", tables)
        exports = []
        for step, source in enumerate((given_, folder / "out0")):
            home = folder / f"home{step}"
            shutil.copytree(empty_home, home)
            app = build(home, clock=lambda: NOW)
            try:
                bring(app, source)
                assert not any(bring(app, source).added.values())
                exports.append(take_out(app, folder / f"out{step}"))
                again = bring(app, folder / f"out{step}")
                assert not any(again.added.values())
            finally:
                app.close()
        assert exports[0] == exports[1]
        check_content(tables, folder / "out0")


def check_content(tables, folder):
    """The export holds what was given, cell for cell, but for what is filled in by itself."""
    import csv

    for name, records in tables.items():
        with (folder / name).open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        key = list(COLUMNS[name])[: 3 if name == "exposures.csv" else 1]
        by_key = {tuple(row[column] for column in key): row for row in found}
        for record in records:
            row = by_key[tuple(record[column] for column in key)]
            filled = {"state", "nature", "caller_number"}
            assert {k: v for k, v in row.items() if k not in filled} == {
                k: v for k, v in record.items() if k not in filled
            }


def test_from_one_database_to_the_other(app, make_app, tmp_path):
    tables = rows.campaign()
    tables["canaries.csv"].append(rows.canary("k-2", "O'Brien, “Ann”", notes="=1+1\r\nline\rline", tags="b a"))
    tables["orders.csv"][0] = rows.order(placed_at="2026-06-02T10:00:00.000001-03:30")
    tables["exposures.csv"] = [rows.exposure(exposed_at="2026-06-03T10:00:00.123456+05:45")]
    bring(app, rows.write_bundle(tmp_path / "given", tables))
    first = take_out(app, tmp_path / "first")
    other = make_app(f"sqlite:///{tmp_path / 'home' / 'other.db'}")
    bring(other, tmp_path / "first")
    assert take_out(other, tmp_path / "second") == first
    assert b"2026-06-02T10:00:00.000001-03:30" in first["orders.csv"]
    assert b"line\rline" in first["canaries.csv"]


def test_every_file_is_exported_with_every_column(app, tmp_path):
    files = take_out(app, tmp_path / "out")
    assert {name: text.decode() for name, text in files.items()} == {
        name: ",".join(columns) + "\n" for name, columns in COLUMNS.items()
    }


def test_undone_and_merged_calls_stay_behind_and_their_import_is_known(app, tmp_path):
    from tracer.services.calls.log_call import undo_call

    given_ = rows.write_bundle(tmp_path / "given", rows.campaign())
    bring(app, given_)
    with app.writing() as work:
        undo_call(work, "c-1")
        work.commit()
    assert b"c-1" not in take_out(app, tmp_path / "out")["calls.csv"]
    assert bring(app, given_).unchanged["calls.csv"] == 1
