"""What a bundle may look like, and that importing it again does nothing."""

import zipfile

import pytest

from tests.factories import records as rows
from tests.storage_dump import dump


@pytest.fixture
def folder(tmp_path):
    return rows.write_bundle(tmp_path / "bundle", rows.campaign())


def test_a_second_import_has_no_effect(tracer_on, folder):
    first = tracer_on.ok("import", folder).out
    assert "channels.csv           2 new         0 unchanged" in first
    tables = dump(tracer_on.database_url)
    again = tracer_on.ok("import", folder).out
    assert "channels.csv           0 new         2 unchanged" in again
    assert "calls.csv              0 new         1 unchanged" in again
    after = dump(tracer_on.database_url)
    assert {name: rows_ for name, rows_ in after.items() if name != "imports"} == {
        name: rows_ for name, rows_ in tables.items() if name != "imports"
    }


def test_a_list_shows_the_columns_of_the_bundle(tracer, folder):
    tracer.ok("import", folder)
    for noun, file in (("channel", "channels"), ("canary", "canaries"), ("order", "orders"), ("call", "calls")):
        listed = tracer.json(noun, "list")
        for given in rows.campaign()[f"{file}.csv"]:
            key = next(iter(given))
            (same,) = [one for one in listed if one[key] == given[key]]
            assert same.items() >= given.items()


def test_a_zip_in_a_folder_of_its_own_with_other_files(tracer, folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.iterdir():
            archive.write(path, f"campaign/{path.name}")
        archive.writestr("campaign/readme.txt", "notes")
    tracer.ok("import", tmp_path / "x.zip")
    assert len(tracer.json("call", "list")) == 1


def test_files_one_by_one(tracer, folder):
    for name in ("channels.csv", "canaries.csv", "orders.csv", "exposures.csv", "calls.csv"):
        assert name in tracer.ok("import", folder / name).out
    assert len(tracer.json("call", "list")) == 1


def test_a_byte_order_mark_and_other_line_ends_are_taken(tracer, tmp_path):
    text = '"channel_id","kind","name"\r\nm-1,merchant,"兰亭"\r\n\r\nm-2,courier,"two\r\nlines"\r\n'
    (tmp_path / "channels.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    tracer.ok("import", tmp_path / "channels.csv")
    assert [one["name"] for one in tracer.json("channel", "list")] == ["兰亭", "two\r\nlines"]


def test_a_header_alone_is_an_empty_table(tracer, tmp_path):
    (tmp_path / "channels.csv").write_text("channel_id,kind,name")
    assert "channels.csv           0 new         0 unchanged" in tracer.ok("import", tmp_path / "channels.csv").out


def test_children_may_stand_before_their_parents(tracer_on, tmp_path):
    channels = [
        rows.channel("a-grandchild", parent_id="m-child"),
        rows.channel("m-child", parent_id="z-parent"),
        rows.channel("z-parent"),
    ]
    tracer_on.ok("import", rows.write_bundle(tmp_path / "b", {"channels.csv": channels}))
    assert tracer_on.json("channel", "show", "a-grandchild")["parent_id"] == "m-child"
    tracer_on.ok("export", tmp_path / "out")
    exported = (tmp_path / "out" / "channels.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[0] for line in exported[1:]] == ["z-parent", "m-child", "a-grandchild"]


def test_a_parent_may_be_in_the_registry_already(tracer, tmp_path):
    tracer.ok("channel", "add", "platform", "大集", "--id", "p")
    tracer.ok("import", rows.write_bundle(tmp_path / "b", {"channels.csv": [rows.channel("m", parent_id="p")]}))
    assert tracer.json("channel", "show", "m")["parent_id"] == "p"


def test_numbers_met_join_the_pool(tracer_on, tmp_path):
    tables = rows.campaign()
    tables["canaries.csv"].append(rows.canary("k-2", "王志强", "+447700900123"))
    tables["calls.csv"].append(rows.call("c-2", dialled_number="+447700900124"))
    tracer_on.ok("import", rows.write_bundle(tmp_path / "b", tables))
    pool = {one["number"]: (one["kind"], one["extension_digits"]) for one in tracer_on.json("number", "list")}
    assert pool == {
        "+442079460016": ("landline", "4"),
        "+447700900123": ("sim", ""),
        "+447700900124": ("sim", ""),
    }
    assert tracer_on.ok("number", "list").out.count("test line") == 3


def test_an_order_makes_its_canary_used_and_the_same_bundle_still_fits(tracer, tmp_path):
    tables = rows.campaign()
    tables["canaries.csv"] = [rows.canary(state="issued")]
    folder = rows.write_bundle(tmp_path / "b", tables)
    tracer.ok("import", folder)
    assert tracer.json("canary", "show", "k-1")["state"] == "used"
    tracer.ok("import", folder)
    tables["canaries.csv"] = [rows.canary(state="retired")]
    assert "canaries.csv:2: state: differs" in tracer("import", rows.write_bundle(tmp_path / "b2", tables)).refused()


def test_names_that_sound_alike_are_imported_with_a_remark(tracer, tmp_path):
    canaries = [rows.canary("k-1"), rows.canary("k-2"), rows.canary("k-3", "王志强")]
    ran = tracer.ok("import", rows.write_bundle(tmp_path / "b", {"canaries.csv": canaries}))
    assert ran.err.startswith("Note: 1 of the canaries cannot be told by ear from one that was there before")
    assert len(tracer.json("canary", "list")) == 3


def test_a_call_before_its_line_had_a_canary_is_kept(tracer, tmp_path):
    tables = rows.campaign()
    tables["calls.csv"] = [rows.call(received_at="2025-01-01T00:00:00+08:00")]
    tracer.ok("import", rows.write_bundle(tmp_path / "b", tables))
    report = tracer.json("report", "--as-of", "2026-09-01T00:00:00+08:00")
    (call,) = report["calls"]
    assert call["canary_id"] is None
    assert {source["channel_id"] for source in call["sources"] if source["p"] > 1e-9} <= {"background", "other"}


def test_the_export_refuses_a_folder_that_holds_something(tracer, folder, tmp_path):
    tracer.ok("import", folder)
    assert f"{folder} holds something already" in tracer("export", folder).refused()
    (tmp_path / "empty").mkdir()
    ran = tracer.ok("export", tmp_path / "empty")
    assert "calls.csv              1 rows" in ran.out
    assert "plain text" in ran.err
    assert (tmp_path / "empty").stat().st_mode & 0o077 == 0
