"""Asterisk's call detail records: every layout, every encoding, every leg; and no file of anybody else."""

import csv
import io
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.telephony import calm
from tracer.domain.errors import InvalidValue
from tracer.domain.incoming import Incoming, NotReceived, Unreadable
from tracer.domain.records import CALL_COLUMNS, read_call
from tracer.intake.asterisk import SOURCE
from tracer.intake.asterisk.layout import ALWAYS, NEWER, names_of
from tracer.intake.sources import FileOptions

HERE = Path(__file__).parent
LINE, OTHER, CALLER = "+442079460016", "+442079460017", "+447700900123"
CHINA = ZoneInfo("Asia/Shanghai")
LINES = {"442079460016": LINE, "+442079460017": OTHER}
OPTIONS = FileOptions(lines=LINES, zone=CHINA)
ROW = {
    "accountcode": "",
    "src": "07700900123",
    "dst": "442079460016",
    "dcontext": "from-trunk",
    "clid": '"Caller" <07700900123>',
    "channel": "PJSIP/trunk-00000010",
    "dstchannel": "PJSIP/201-00000011",
    "lastapp": "Dial",
    "lastdata": "PJSIP/201,25",
    "start": "2026-02-10 15:04:02",
    "answer": "2026-02-10 15:04:20",
    "end": "2026-02-10 15:05:08",
    "duration": "66",
    "billsec": "48",
    "disposition": "ANSWERED",
    "amaflags": "DOCUMENTATION",
    "uniqueid": "1770707042.16",
    "userfield": "a note",
    "peeraccount": "",
    "linkedid": "1770707040.12",
    "sequence": "21",
}


def written(*rows, names=tuple(ROW)):
    """As cdr_csv writes rows: text in quotes, numbers and times that never were without."""
    bare = {"duration", "billsec", "sequence"}
    out = []
    for row in rows:
        told = {**ROW, **row}
        quoted = ('"' + told[name].replace('"', '""') + '"' for name in names)
        left_bare = {*bare, *(name for name in ("answer", "end") if not told[name])}
        plain = (told[name] if name in left_bare else None for name in names)
        out.append(",".join(p if p is not None else q for p, q in zip(plain, quoted, strict=True)) + "\n")
    return "".join(out)


@pytest.fixture
def reading(tmp_path):
    def read(content, options=OPTIONS):
        path = tmp_path / "Master.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(SOURCE.read(path, options))

    return read


def test_a_file_as_asterisk_writes_it():
    assert SOURCE.recognises("Master.csv", (HERE / "Master.csv").read_bytes()[:4096])
    options = FileOptions(lines={**LINES, "s": LINE}, zone=CHINA)
    unanswered, answered, hidden, outgoing, voicemail = SOURCE.read(HERE / "Master.csv", options)
    assert answered == Incoming(
        "asterisk",
        "1770707042.16",
        "1770707042.16/22",
        2,
        {
            "kind": "call",
            "received_at": "2026-02-10T15:04:02+08:00",
            "dialled_number": LINE,
            "caller_number": CALLER,
            "answered": "yes",
        },
        answered.extra,
        "line 2",
    )
    assert answered.extra["clid"] == '"顺丰客服" <07700900123>'
    assert (answered.extra["lastdata"], answered.extra["billsec"]) == ("PJSIP/201&PJSIP/202,25", "48")
    assert "accountcode" not in answered.extra  # nothing stood there
    assert unanswered.contact_id == answered.contact_id
    assert unanswered.event_id != answered.event_id
    assert unanswered.stage < answered.stage
    assert (hidden.record["caller_number"], hidden.record["dialled_number"]) == ("", OTHER)
    assert outgoing == NotReceived("asterisk", "outgoing")
    assert voicemail.record["caller_number"] == "+447700900456"
    for item in (unanswered, answered, hidden, voicemail):
        assert set(item.record) <= set(CALL_COLUMNS)
        read_call({"call_id": "c-1", **item.record})


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (ALWAYS, 16),
        ((*ALWAYS, "uniqueid"), 17),
        ((*ALWAYS, "userfield"), 17),
        ((*ALWAYS, "uniqueid", "userfield"), 18),
        ((*ALWAYS, *NEWER), 19),
        ((*ALWAYS, "uniqueid", *NEWER), 20),
        ((*ALWAYS, "userfield", *NEWER), 20),
        (tuple(ROW), 21),
    ],
)
def test_every_layout_that_cdr_conf_can_make(reading, names, columns):
    content = written({}, {"sequence": "22", "dstchannel": "PJSIP/202-00000012"}, names=names)
    row = next(csv.reader(io.StringIO(content)))
    assert (len(row), names_of(row)) == (columns, names)
    assert SOURCE.recognises("cdr.csv", content.encode())
    first, second = reading(content)
    assert first.record["caller_number"] == CALLER
    assert first.contact_id == second.contact_id
    assert first.event_id != second.event_id
    if "linkedid" in names:
        assert first.contact_id == "1770707040.12"
    elif "uniqueid" in names:
        assert first.contact_id == "1770707042.16"
    assert reading(content) == [first, second]
    assert (first.place, second.place) == ("line 1", "line 2")


def test_a_row_told_again_is_the_same_message(reading):
    for names in (ALWAYS, (*ALWAYS, "uniqueid"), tuple(ROW)):
        first, again = reading(written({}, {}, names=names))
        assert (first.contact_id, first.event_id) == (again.contact_id, again.event_id)


def test_an_export_of_a_cdr_table_is_read_by_its_header():
    head = (HERE / "cdr-table.csv").read_bytes()
    assert SOURCE.recognises("cdr-table.csv", head[:4096])
    (item,) = SOURCE.read(HERE / "cdr-table.csv", FileOptions(lines={"201": f"{LINE};ext=0201"}, zone=CHINA))
    assert (item.record["dialled_number"], item.extra["did"]) == (f"{LINE};ext=0201", "442079460016")
    assert item.record["received_at"] == "2026-02-10T15:04:02+08:00"


def test_cdr_custom_by_the_order_that_the_user_says(reading):
    content = "ANSWERED,2026-02-10 15:04:02,442079460016,x,07700900123,1770707042.16\n"
    columns = {"1": "disposition", "2": "start", "3": "dst", "5": "src", "6": "uniqueid"}
    (item,) = reading(content, FileOptions(lines=LINES, zone=CHINA, columns=columns))
    assert (item.contact_id, item.record["caller_number"]) == ("1770707042.16", CALLER)
    assert item.extra["column 4"] == "x"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"1": "src"}, "dst, start, disposition as well"),
        ({"first": "src"}, "positions from 1"),
        ({"0": "src"}, "positions from 1"),
        ({"1000": "src"}, "positions from 1"),
    ],
)
def test_a_bad_order_is_refused(reading, columns, expected):
    with pytest.raises(InvalidValue, match=expected):
        reading(written({}), FileOptions(lines=LINES, zone=CHINA, columns=columns))


def test_without_lines_or_zone_nothing_is_guessed(reading):
    with pytest.raises(InvalidValue, match=r"lines: expected the extensions \(`dst`\) on which the calls came in"):
        reading(written({}), FileOptions(zone=CHINA))
    with pytest.raises(InvalidValue, match=r"UTC where cdr\.conf has usegmtime=yes"):
        reading(written({}), FileOptions(lines=LINES))


def test_the_zone_is_that_of_the_file_and_summer_time_with_it(reading):
    london = FileOptions(lines=LINES, zone=ZoneInfo("Europe/London"))
    winter, summer = reading(written({}, {"start": "2026-07-10 15:04:02"}), london)
    assert winter.record["received_at"] == "2026-02-10T15:04:02+00:00"
    assert summer.record["received_at"] == "2026-07-10T15:04:02+01:00"
    (utc,) = reading(written({}), FileOptions(lines=LINES, zone=UTC))
    assert datetime.fromisoformat(utc.record["received_at"]) == datetime(2026, 2, 10, 15, 4, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("顺丰速运", "gb18030"), ("Renée Müller", "latin-1"), ("Søren", "latin-1"), ("客服", "utf-8")],
)
def test_names_in_any_encoding_side_by_side(reading, name, encoding):
    clid = f'"{name}" <07700900123>'
    content = written({}).encode() + written({"clid": clid}).encode(encoding) + written({"clid": '"好" <1>'}).encode()
    _, item, last = reading(content)
    assert item.extra["clid"] == clid
    assert item.record["caller_number"] == CALLER
    assert last.extra["clid"] == '"好" <1>'


@pytest.mark.parametrize(
    ("src", "clid", "caller"),
    [
        ("anonymous", '"Anonymous" <anonymous>', ""),
        ("", '"Caller" <07700900123>', CALLER),
        ("unknown", "<unknown>", ""),
        ("", "", ""),
        ("", "no number", ""),
        ("0044 7700 900123", "", CALLER),
        ("95338", "", "95338"),
    ],
)
def test_who_called(reading, src, clid, caller):
    (item,) = reading(written({"src": src, "clid": clid}))
    assert item.record["caller_number"] == caller


@pytest.mark.parametrize(
    ("disposition", "answered"),
    [("ANSWERED", "yes"), ("NO ANSWER", "no"), ("BUSY", "no"), ("FAILED", "no"), ("CONGESTION", "no")],
)
def test_how_it_ended(reading, disposition, answered):
    (item,) = reading(written({"disposition": disposition, "answer": ""}))
    assert item.record["answered"] == answered


def test_what_rang_elsewhere_is_counted_and_not_kept(reading):
    rows = written({"dst": "201"}, {"dst": "07700900999"}, {"dst": "442079460017"})
    forgotten, _, ours = reading(rows)
    assert forgotten.why == "on dst '201', and nobody said which number of the pool that is"
    assert ours.record["dialled_number"] == OTHER
    assert reading(written({"src": "201", "dst": "07700900999"})) == [NotReceived("asterisk", "outgoing")]
    every = FileOptions(lines={"": LINE}, zone=CHINA)
    assert {item.record["dialled_number"] for item in reading(rows, every)} == {LINE}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('"","07700900123"\n', "expected the 16 to 21 columns of cdr_csv, got 2"),
        (written({"disposition": "PARKED"}), "as disposition, got another"),
        (written({"start": "10/02/2026 15:04"}), "expected a start such as"),
        (written({}).replace('"442079460016"', '"442079460016'), "expected every quote to be closed"),
    ],
)
def test_a_bad_row_is_kept_with_its_reason_and_hides_no_other(reading, line, reason):
    before, bad, after = reading(written({}) + line + "\n" + written({"sequence": "22"}))
    assert isinstance(bad, Unreadable)
    assert (bad.place, bad.content) == ("line 2", line.rstrip("\n"))
    assert reason in bad.reason
    assert (before.event_id, after.event_id) == ("1770707042.16/21", "1770707042.16/22")


def test_a_line_without_end_is_read_in_pieces(reading):
    items = reading(b"x" * 200_000 + b"\n" + written({}).encode())
    assert [type(item) for item in items] == [*[Unreadable] * 4, Incoming]
    assert max(len(item.content) for item in items[:4]) <= 65_536


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\n\n",
        b"call_id,received_at,kind,dialled_number,caller_number\n",
        b"a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p\n",
        b"<?xml version='1.0'?><calls count='1'>",
        b"SQLite format 3\0" + bytes(200),
        b"src,dst\n1,2\n",
        written({"disposition": "PARKED"}).encode(),
        written({"start": ""}).encode(),
        written({}).encode() + b"something else\n",
        ",".join(["2026-02-10 15:04:02"] * 16).encode() + b"\n",
    ],
)
def test_other_files_are_left_to_others(head):
    assert not SOURCE.recognises("Master.csv", head)


def test_a_head_that_ends_within_a_row_is_enough():
    content = written(*[{}] * 40).encode()
    assert SOURCE.recognises("whatever.txt", content[:4096])
    assert SOURCE.recognises("whatever.txt", written({}).rstrip("\n").encode())


@calm()
@given(st.binary(max_size=300))
def test_no_bytes_make_it_stumble(tmp_path_factory, content):
    assert SOURCE.recognises("Master.csv", content) in (True, False)
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    for before in (b"", written({}).encode()):
        path.write_bytes(before + content)
        for item in SOURCE.read(path, OPTIONS):
            assert isinstance(item, Incoming | Unreadable | NotReceived)


@calm(max_examples=60)
@given(st.lists(st.text(max_size=12), min_size=14, max_size=23), st.sampled_from([{}, {"1": "src"}]))
def test_no_fields_make_it_stumble(tmp_path_factory, row, extra):
    out = io.StringIO()
    csv.writer(out).writerow([*row[:9], "2026-02-10 15:04:02", *row[9:13], "ANSWERED", *row[13:]])
    path = tmp_path_factory.getbasetemp() / "fields.csv"
    path.write_bytes(out.getvalue().encode("utf-8", "surrogatepass"))
    columns = {"2": "src", "3": "dst", "10": "start", "15": "disposition"} if extra else {}
    for item in SOURCE.read(path, FileOptions(lines={"": LINE}, zone=UTC, columns=columns)):
        if isinstance(item, Incoming):
            "".join(item.record.values()).encode()


def test_a_long_file_takes_no_more_memory_than_a_short_one(tmp_path):
    def peak(rows):
        path = tmp_path / "long.csv"
        path.write_text(written(*[{}] * 100) * (rows // 100))
        tracemalloc.start()
        assert sum(1 for _ in SOURCE.read(path, OPTIONS)) == rows
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(100)  # what is made once
    assert peak(10_000) < 2 * peak(500)
