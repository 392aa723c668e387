"""Files that are no bundle: refused with what is wrong and where, and nothing is kept."""

import shutil
import subprocess
import zipfile

import pytest

from tests.factories import records as rows
from tests.storage_dump import dump

HEADER = "channel_id,kind,name\n"
GOOD = HEADER + "merchant-1,merchant,兰亭\n"


@pytest.fixture
def refused(tracer, tmp_path):
    """Imports what must be refused: a path, or the bytes of one file."""

    def importing(content, name="channels.csv"):
        tracer.ok("channel", "add", "platform", "大集")
        url = f"sqlite:///{tracer.home / 'tracer.db'}"
        before = dump(url)
        path = content
        if isinstance(content, str | bytes):
            path = tmp_path / name
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        message = tracer("import", path).refused()
        assert dump(url) == before
        return message

    return importing


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "channels.csv: the file is empty; expected the header channel_id,kind,name"),
        ("\n\n", "channels.csv: the file is empty; expected the header channel_id,kind,name"),
        (HEADER + "a,merchant\n", "channels.csv:2: expected 3 columns as in the header, got 2"),
        (HEADER + "a,merchant,b,c\n", "channels.csv:2: expected 3 columns as in the header, got 4"),
        (GOOD + '"a\nb",merchant,x,y\n', "channels.csv:3: expected 3 columns as in the header, got 4"),
        ("channel_id,kind,name,colour\n", "channels.csv:1: colour: unknown column; expected columns out of: channel_"),
        ("channel_id,kind,name,\n", "channels.csv:1: column 4 of the header has no name"),
        ("channel_id,kind\n", "channels.csv:1: name: this column is missing from the header"),
        ("channel_id,kind,name,kind\n", "channels.csv:1: kind: this column stands in the header more than once"),
        ("channel_id;kind;name\n", "channels.csv:1: expected columns separated by commas, got ';'"),
        (GOOD.encode() + b"x,merchant,\xc0\xb4\n", "channels.csv:3: not UTF-8 (byte 0xc0 at position 12)"),
        (b"channel_id,kind,\xff\n", "channels.csv:1: not UTF-8 (byte 0xff at position 17)"),
        (
            GOOD.encode() + b'x,merchant,"a\nb\xc0"\ny,merchant,z\n',
            "channels.csv:4: not UTF-8 (byte 0xc0 at position 2)",
        ),
        (b"channel_id,kind\nx,\xc0\xb4\n", "channels.csv:2: not UTF-8"),
        (GOOD.encode("gb18030"), "channels.csv:2: not UTF-8"),
        (GOOD.encode("utf-16"), "UTF-16"),
        (GOOD.encode("utf-16-le"), "UTF-16"),
        (GOOD + 'x,merchant,"never closed\n', "channels.csv:3: not readable as CSV: unexpected end of data"),
        (GOOD + 'x,merchant,"a"b\n', "channels.csv:3: not readable as CSV"),
        ('channel_id,kind,"name\n', "channels.csv:1: not readable as CSV"),
        (HEADER + "x,merchant," + "y" * 900_000 + "\n", "channels.csv:2: not readable as CSV: field larger"),
        (HEADER + "x,merchant,a\x00b\n", "channels.csv:2: name: expected text without control characters"),
        (HEADER.replace("\n", "\r") + "a,merchant,b\r", "channels.csv:1: not readable as CSV"),
    ],
)
def test_a_file_that_is_not_as_expected(refused, content, says):
    message = refused(content)
    assert says in message
    assert len(message.splitlines()) == 2


def test_every_file_with_a_wrong_header_is_named(refused, tmp_path):
    folder = rows.write_bundle(tmp_path / "bundle", rows.campaign())
    (folder / "orders.csv").write_text("order_id\no-1\n")
    (folder / "calls.csv").write_text("")
    message = refused(folder)
    assert "orders.csv:1: canary_id: this column is missing" in message
    assert "calls.csv: the file is empty" in message


@pytest.mark.parametrize("bad", [b'"k-2,x,y\n', b"k-2,\xff,y\n", b"k-2\n"])
def test_what_could_not_be_read_makes_no_other_row_bad(refused, tmp_path, bad):
    tables = rows.campaign()
    tables["canaries.csv"] += [rows.canary("k-2", "王志强"), rows.canary("k-3", "陈思雨")]
    tables["orders.csv"] += [rows.order("o-2", "k-2"), rows.order("o-3", "k-3" if b"\n" in bad[-1:] else "k-2")]
    folder = rows.write_bundle(tmp_path / "bundle", tables)
    lines = (folder / "canaries.csv").read_bytes().splitlines(keepends=True)
    lines[2] = bad
    (folder / "canaries.csv").write_bytes(b"".join(lines))
    message = refused(folder)
    assert "canaries.csv:3: " in message
    assert len(message.splitlines()) == 2


def test_a_path_where_nothing_is(refused, tmp_path):
    assert "There is nothing at this path" in refused(tmp_path / "gone")


def test_a_folder_without_a_bundle(refused, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "a bundle with files out of: channels.csv numbers.csv" in refused(tmp_path / "empty")


def test_a_folder_with_a_strange_table(refused, tmp_path):
    folder = rows.write_bundle(tmp_path / "bundle", rows.campaign())
    (folder / "canarys.csv").touch()
    assert "only files named channels.csv numbers.csv" in refused(folder)
    assert "got 'canarys.csv'" in refused(folder)


def test_a_single_file_with_a_strange_name(refused):
    assert "only files named channels.csv" in refused(GOOD, name="my-channels.csv")


def bundle_zip(tmp_path, *more):
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, records in rows.campaign().items():
            archive.writestr(name, rows.csv_text(records))
        for name, text in more:
            archive.writestr(name, text)
    return path


def test_a_zip_with_a_strange_table(refused, tmp_path):
    assert "got 'people.csv'" in refused(bundle_zip(tmp_path, ("people.csv", "a\n")))


def test_a_zip_with_a_table_twice(refused, tmp_path):
    message = refused(bundle_zip(tmp_path, ("copy/channels.csv", GOOD)))
    assert "channels.csv stands in it more than once" in message


def test_a_zip_without_a_bundle(refused, tmp_path):
    path = tmp_path / "notes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "None is in it" in refused(path)


@pytest.mark.parametrize("keep", [0.5, 0.95])
def test_a_zip_that_was_cut_off(refused, tmp_path, keep):
    path = bundle_zip(tmp_path)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * keep)])
    assert "The zip is damaged" in refused(path)


def test_a_zip_with_a_broken_member(refused, tmp_path):
    path = bundle_zip(tmp_path)
    raw = bytearray(path.read_bytes())
    raw[60:90] = bytes(30)
    path.write_bytes(raw)
    assert "The zip is damaged" in refused(path)


def test_a_zip_with_a_password(refused, tmp_path):
    raw = bytearray(bundle_zip(tmp_path).read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag that says "encrypted"
        place = -1
        while (place := raw.find(mark, place + 1)) >= 0:
            raw[place + offset] |= 1
    path = tmp_path / "locked.zip"
    path.write_bytes(raw)
    assert "expected a zip without password" in refused(path)


@pytest.mark.skipif(not shutil.which("mkfifo"), reason="no pipes here")
def test_a_pipe_is_no_bundle(refused, tmp_path):
    subprocess.run(["mkfifo", tmp_path / "channels.csv"], check=True)
    assert "a folder, a zip or a CSV file" in refused(tmp_path / "channels.csv")
