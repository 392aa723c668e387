"""Files of other programs: recognised, streamed, good rows taken and bad ones held, whatever face takes them."""

import json
import os
import zipfile
from datetime import timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import registry
from tests.serving import client_as, serving
from tracer.domain.access import Role
from tracer.domain.errors import InvalidValue
from tracer.domain.incoming import Incoming, Unreadable
from tracer.intake.csv_calls.read import SOURCE, read, recognises
from tracer.intake.file_options import read_options
from tracer.intake.find_files import find_files, is_bundle, recognised
from tracer.intake.sources import FileOptions
from tracer.intake.take_files import is_of_another_program, take_path, together
from tracer.intake.watch_folder import WatchedFolder
from tracer.scheduler.run_jobs import run_one

CSV = (
    "call_id,received_at,dialled_number,caller_number,heard_name,agent\n"
    "a1,2026-11-20T10:00:00+08:00,+442079460016,+447700900123,张三,7\n"
    "a2,soon,,,,\n"
    "a3,x\n"
    ",2026-11-20T11:00:00+08:00,,,李四,\n"
)


@pytest.fixture
def database_url(tmp_path):
    """One database is enough: what is stored, test_take_in tells."""
    return f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"


def written(tmp_path, content, name="export.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(tmp_path, content, **options):
    return list(read(written(tmp_path, content), FileOptions(**options)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_are_told_apart(tmp_path, encoding):
    found = rows(tmp_path, CSV.encode(encoding))
    assert [item.record["heard_name"] for item in found if isinstance(item, Incoming)] == ["张三", "", "李四"]
    assert recognises("x.CSV", CSV.encode(encoding))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_columns_of_other_programs(tmp_path, separator):
    content = (
        separator.join(("主叫", "时间", "备注")) + "\n" + separator.join(("95338", "2026/1/5 04:24:12", "快")) + "\n"
    )
    columns = {"主叫": "caller_number", "时间": "received_at"}
    (item,) = rows(tmp_path, content, columns=columns, zone=timezone(timedelta(hours=8)))
    assert item.record == {"caller_number": "95338", "received_at": "2026-01-05T04:24:12+08:00"}
    assert item.extra == {"备注": "快"}
    assert rows(tmp_path, content)[0].reason.startswith("none of its columns is known")
    assert "no column 'x'" in rows(tmp_path, content, columns={"x": "notes"})[0].reason


@pytest.mark.parametrize(
    ("written_as", "expected"),
    [
        ("2026/1/5 4:24", "2026-01-05T04:24:00+08:00"),
        ("2026-1-5 4:24:12", "2026-01-05T04:24:12+08:00"),
        ("2026/1/5", "2026-01-05T00:00:00+08:00"),
        ("2026-01-05T04:24:12Z", "2026-01-05T04:24:12+00:00"),
        ("1/5/2026 4:24", "1/5/2026 4:24"),
    ],
)
def test_times_as_spreadsheets_write_them(tmp_path, written_as, expected):
    content = f"received_at,notes\n{written_as},\n"
    (item,) = rows(tmp_path, content, zone=timezone(timedelta(hours=8)))
    assert item.record["received_at"] == expected


def test_bad_rows_say_where_and_why_and_the_others_go_on(tmp_path):
    found = rows(tmp_path, CSV)
    (bad,) = [item for item in found if isinstance(item, Unreadable)]
    assert (bad.place, bad.reason) == ("export.csv:4", "expected 6 columns as in the header, got 2")
    assert [item.record["call_id"] for item in found if isinstance(item, Incoming)][:2] == ["a1", "a2"]
    broken = rows(tmp_path, 'received_at,notes\n1,"x\n2,y')
    assert "nothing after this line was read" in broken[-1].reason
    lost = rows(tmp_path, b"received_at,notes\n1,\xff\xff\n2,y\n")
    assert "no known encoding" in lost[0].reason
    assert lost[1].record["notes"] == "y"


def test_a_row_without_an_id_is_known_by_what_it_says(tmp_path):
    first, again, other = (rows(tmp_path, text)[-1].contact_id for text in (CSV, CSV, CSV.replace("李四", "王五")))
    assert first == again != other


def test_a_file_read_with_other_options_gives_no_call_twice(app, tmp_path):
    path = written(tmp_path, "call_id,received_at,caller_number\na1,2026-11-20 10:00:00,1\n,2026-11-20 11:00:00,2\n")
    zones = [read_options(zone=zone) for zone in ("", "+08:00", "+09:00")]
    first, second, third = (together(take_path(app, path, SOURCE, one)) for one in zones)
    assert (first.held, second.new, third.known) == (2, 2, 2)
    with app.reading() as work:
        assert {call.received_at.isoformat()[-6:] for call in work.calls.all()} == {"+08:00"}
        assert work.deliveries.faulty() == []


def test_rows_of_two_systems_that_count_alike_are_not_taken_for_one(app, tmp_path):
    header = "call_id,received_at,caller_number\n"
    rows_of = ("1,2026-11-20T10:00:00+08:00,7\n", "1,2026-11-21T10:00:00+08:00,8\n")
    both = take_path(app, written(tmp_path, header + "".join(rows_of)), SOURCE, FileOptions())
    assert (together(both).new, together(both).held) == (1, 1)
    for again in rows_of:
        done = together(take_path(app, written(tmp_path, header + again), SOURCE, FileOptions()))
        assert (done.new, done.held, done.known) == (0, 0, 1)
    with app.reading() as work:
        (held,) = work.deliveries.faulty()
    assert held.reason == "there is a call '1' already, and this one is told of as another"


def test_lines_are_those_that_a_person_names(tmp_path):
    content = "received_at,dialled_number\n1,SIM1\n1,\n1,+442079460001\n"
    options = read_options(["SIM1=+44 20 7946 0016;ext=0042", "+442079460017"])
    found = rows(tmp_path, content, lines=options.lines)
    assert [item.record["dialled_number"] for item in found] == [
        "+442079460016;ext=0042",
        "+442079460017",
        "+442079460001",
    ]
    for bad in ({"lines": ["SIM1=7"]}, {"zone": "Mars"}, {"columns": ["a=b"]}, {"columns": ["a"]}):
        with pytest.raises(InvalidValue, match="--"):
            read_options(**bad)


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_breaks_the_reader(tmp_path, content):
    for head in (b"", b"received_at,notes\n"):
        path = written(tmp_path, head + content)
        recognised(path)
        assert all(isinstance(item, Incoming | Unreadable) for item in SOURCE.read(path, FileOptions()))


def test_files_are_found_in_folders_and_zips_and_bundles_are_let_be(tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    written(folder, CSV, "b.csv")
    written(folder, "nothing", "a.bin")
    written(folder, CSV, ".hidden.csv")
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        archive.writestr("../../b.csv", CSV)
        archive.writestr("a.bin", "nothing")
    for path in (folder, tmp_path / "many.zip"):
        assert is_of_another_program(path, None)
        found = {one.path.name: one.source for one in find_files(path, None)}
        assert found == {"a.bin": None, "b.csv": SOURCE}
    written(folder, CSV, "calls.csv")
    assert is_bundle(folder)
    assert not is_of_another_program(folder, None)
    assert not is_of_another_program(written(tmp_path, "x", "y.csv"), None)
    with pytest.raises(InvalidValue, match="nothing at this path"):
        take_path(None, tmp_path / "gone", SOURCE, FileOptions())


def test_taking_a_file_twice_changes_nothing(app, tmp_path):
    registry.own_number(app)
    path = written(tmp_path, CSV)
    first, second = (together(take_path(app, path, SOURCE, FileOptions())) for _ in range(2))
    assert (first.new, first.held, first.known) == (2, 2, 0)
    assert (second.new, second.held, second.known) == (0, 0, 4)
    with app.reading() as work:
        places = {one.place: one.reason for one in work.deliveries.faulty()}
    assert places["export.csv:3"].startswith("received_at: expected an ISO 8601 time")


def test_an_upload_does_the_same_as_a_job(app):
    options = json.dumps({"name": "export.csv"})
    with serving(app) as address, client_as(app, address, Role.OWNER) as owner:
        headers = {"Content-Type": "text/csv", "Import-Options": options}
        job = owner.post("/api/v1/imports", content=CSV.encode(), headers=headers).json()
        bad = {**headers, "Import-Options": '{"zone": "Mars"}'}
        assert owner.post("/api/v1/imports", content=CSV.encode(), headers=bad).status_code == 422
        assert (
            owner.post("/api/v1/imports", content=b"what is this", headers={"Content-Type": "text/plain"}).status_code
            == 202
        )
        assert run_one(app, "me")
        assert run_one(app, "me")
        found = owner.get(f"/api/v1/jobs/{job['job_id']}").json()
        assert (found["state"], found["result"]["taken"]["new"], found["result"]["taken"]["held"]) == ("done", 2, 2)
        assert {one["state"] for one in owner.get("/api/v1/jobs").json()["items"]} == {"done", "failed"}


class Watched:
    """A folder with what is in it, by name."""

    def __init__(self, app, folder):
        self.folder = folder
        self.look = WatchedFolder(app, folder).look

    def names(self, part):
        return sorted(one.name.split("-", 1)[1] for one in (self.folder / part).iterdir() if one.name[0] != ".")


def test_a_watched_folder_takes_what_is_still_and_once(app, tmp_path):
    folder = tmp_path / "watched"
    watched = Watched(app, folder)
    assert watched.look() == 0
    path = written(folder, CSV[:80])
    assert watched.look() == 0
    path.write_text(CSV)
    written(folder, "what", "what.bin")
    written(folder, "", "empty.csv")
    assert watched.look() == 0  # it grew since
    assert watched.look() == 2
    assert watched.look() == 0
    assert watched.names("done") == ["export.csv", "export.csv.note.json"]
    assert watched.names("failed") == ["what.bin", "what.bin.note.json"]
    assert [one.name for one in folder.iterdir() if one.is_file()] == ["empty.csv"]
    note = json.loads(next((folder / "done").glob("*.json")).read_text())
    assert (note["taken"]["new"], note["taken"]["held"]) == (2, 2)


CALLS = "<calls count='1'><call number='+447700900123' date='1767558252000' type='3' subscription_id='1'/></calls>"


def test_a_telephones_export_in_a_watched_folder_needs_its_lines_said(
    app, make_app, database_url, tmp_path, monkeypatch
):
    registry.own_number(app)
    watched = Watched(app, tmp_path / "watched")
    watched.look()
    written(watched.folder, CALLS, "calls.xml")
    watched.look()
    watched.look()
    assert watched.names("failed") == ["calls.xml", "calls.xml.note.json"]
    note = json.loads(next((watched.folder / "failed").glob("*.json")).read_text())
    assert "on its line '1'" in next(iter(note["left_alone"]))
    assert "watch_lines" in note["files"][0]["refused"]
    monkeypatch.setenv("TRACER_WATCH_LINES", f'["1={registry.LANDLINE}"]')
    monkeypatch.setenv("TRACER_WATCH_ZONE", "Asia/Shanghai")
    told = Watched(make_app(database_url), watched.folder)
    next((watched.folder / "failed").glob("*.xml")).rename(watched.folder / "calls.xml")
    told.look()
    told.look()
    with app.reading() as work:
        (call,) = work.calls.all()
    assert (call.dialled.number, call.received_at.isoformat()) == (registry.LANDLINE, "2026-01-05T04:24:12+08:00")


@pytest.mark.parametrize("name", ["中".encode() * 83 + b".csv", b"\xd6\xd0.csv"])
def test_no_name_of_a_file_stops_a_watched_folder(app, tmp_path, name):
    watched = Watched(app, tmp_path / "watched")
    watched.look()
    written(watched.folder, CSV, os.fsdecode(name))
    written(watched.folder, CSV, "~last.csv")
    watched.look()
    assert watched.look() == 2
    assert len(watched.names("done")) == 4


def test_a_file_whose_worker_was_killed_is_taken_again_and_adds_nothing(app, tmp_path):
    folder = tmp_path / "watched"
    watched = Watched(app, folder)
    watched.look()
    written(folder / "working", CSV, "20261121T120000-export.csv")
    take_path(app, folder / "working" / "20261121T120000-export.csv", SOURCE, FileOptions())
    assert watched.look() == 1
    assert watched.names("done") == ["export.csv", "export.csv.note.json"]
    with app.reading() as work:
        assert work.listings.counts().calls == 2
