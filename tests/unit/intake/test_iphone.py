"""Stores with the tables of an iPhone, made by SQLite itself."""

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracer.domain.incoming import Incoming, NotReceived, Unreadable
from tracer.domain.records import read_call
from tracer.intake.iphone import calls, messages
from tracer.intake.iphone.attributed_text import attributed_text
from tracer.intake.sources import FileOptions, FileSource, Item

LINE = "+442079460016"
ALL = FileOptions(lines={"": LINE})
AT = 789279852.5  # 2026-01-05T04:24:12.5Z in seconds since 2001
# The columns that iOS 17 gives ZCALLRECORD, and those of iOS 8.
NEW = (
    "Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZANSWERED INTEGER, ZAUTOANSWEREDREASON INTEGER, "
    "ZCALL_CATEGORY INTEGER, ZCALLTYPE INTEGER, ZDISCONNECTED_CAUSE INTEGER, ZFACE_TIME_DATA INTEGER, "
    "ZFILTERED_OUT_REASON INTEGER, ZHANDLE_TYPE INTEGER, ZJUNKCONFIDENCE INTEGER, ZNUMBER_AVAILABILITY INTEGER, "
    "ZORIGINATED INTEGER, ZREAD INTEGER, ZVERIFICATIONSTATUS INTEGER, ZDATE TIMESTAMP, ZDURATION FLOAT, "
    "ZADDRESS VARCHAR, ZISO_COUNTRY_CODE VARCHAR, ZLOCATION VARCHAR, ZNAME VARCHAR, ZSERVICE_PROVIDER VARCHAR, "
    "ZUNIQUE_ID VARCHAR, ZLOCALPARTICIPANTUUID BLOB, ZOUTGOINGLOCALPARTICIPANTUUID BLOB"
)
OLD = "Z_PK INTEGER PRIMARY KEY, ZDATE TIMESTAMP, ZDURATION FLOAT, ZORIGINATED INTEGER, ZADDRESS BLOB, ZREAD INTEGER"
MESSAGE = (
    "CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL, text TEXT, subject TEXT, "
    "handle_id INTEGER DEFAULT 0, attributedBody BLOB, service TEXT, date INTEGER, is_from_me INTEGER DEFAULT 0, "
    "destination_caller_id TEXT, associated_message_type INTEGER DEFAULT 0, item_type INTEGER DEFAULT 0);"
    "CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, service TEXT NOT NULL);"
    "INSERT INTO handle VALUES (1, '+447700900123', 'SMS'), (2, 'somebody@example.org', 'iMessage')"
)
FUZZED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)


def insert(store: sqlite3.Connection, table: str, **told: object) -> None:
    store.execute(f"INSERT INTO {table} ({', '.join(told)}) VALUES ({', '.join('?' * len(told))})", [*told.values()])


def history(path: Path, *rows: dict[str, object], columns: str = NEW) -> Path:
    with closing(sqlite3.connect(path)) as store, store:
        store.execute(f"CREATE TABLE ZCALLRECORD ({columns})")
        for row in rows:
            insert(store, "ZCALLRECORD", **row)
    return path


def incoming(**told: object) -> dict[str, object]:
    known: dict[str, object] = {"ZDATE": AT, "ZDURATION": 42.0, "ZADDRESS": "+447700900123", "ZORIGINATED": 0}
    return {**known, "ZANSWERED": 1, "ZUNIQUE_ID": "9F1C", "ZCALLTYPE": 1, **told}


def read(source: FileSource, path: Path, options: FileOptions = ALL) -> list[Item]:
    assert source.recognises(path.name, path.read_bytes()[:4096])
    return list(source.read(path, options))


def test_a_received_call(tmp_path: Path) -> None:
    path = history(
        tmp_path / "CallHistory.storedata",
        incoming(ZNAME="张女士", ZISO_COUNTRY_CODE="gb", ZJUNKCONFIDENCE=2),
        incoming(ZORIGINATED=1, ZUNIQUE_ID="out"),
    )
    item, placed = read(calls.SOURCE, path)
    assert placed == NotReceived("iphone_calls")
    assert isinstance(item, Incoming)
    assert item.contact_id == "9F1C"
    assert item.record == {
        "received_at": "2026-01-05T04:24:12.500000+00:00",
        "kind": "call",
        "dialled_number": LINE,
        "caller_number": "+447700900123",
        "answered": "yes",
    }
    assert item.extra["contact_name"] == "张女士"
    assert item.extra["junk_confidence"] == 2
    assert read_call({**item.record, "call_id": "k"}).caller_number == "+447700900123"


@pytest.mark.parametrize("address", [None, "", b""])
def test_a_hidden_and_missed_call_is_a_call(tmp_path: Path, address: object) -> None:
    path = history(tmp_path / "CallHistory.storedata", incoming(ZADDRESS=address, ZANSWERED=0))
    [item] = read(calls.SOURCE, path)
    assert isinstance(item, Incoming)
    assert (item.record["caller_number"], item.record["answered"]) == ("", "no")


def test_old_columns_and_an_address_as_a_blob(tmp_path: Path) -> None:
    row = {"ZDATE": AT, "ZDURATION": 0, "ZORIGINATED": 0, "ZADDRESS": b"07700900123"}
    path = history(tmp_path / calls._IN_A_BACKUP, row, columns=OLD)
    [item] = read(calls.SOURCE, path)
    assert isinstance(item, Incoming)
    assert item.record["caller_number"] == "+447700900123"
    assert "answered" not in item.record
    assert item.contact_id


def test_a_caller_named_in_the_table_of_handles(tmp_path: Path) -> None:
    path = history(tmp_path / "CallHistory.storedata", incoming(ZADDRESS=None, Z_PK=7))
    with closing(sqlite3.connect(path)) as store, store:
        store.executescript(
            "CREATE TABLE ZHANDLE (Z_PK INTEGER PRIMARY KEY, ZNORMALIZEDVALUE VARCHAR, ZVALUE VARCHAR);"
            "CREATE TABLE Z_2REMOTEPARTICIPANTHANDLES (Z_2REMOTEPARTICIPANTCALLS INTEGER,"
            " Z_4REMOTEPARTICIPANTHANDLES INTEGER);"
            "INSERT INTO ZHANDLE VALUES (3, NULL, '+447700900456');"
            "INSERT INTO Z_2REMOTEPARTICIPANTHANDLES VALUES (7, 3)"
        )
    [item] = read(calls.SOURCE, path)
    assert isinstance(item, Incoming)
    assert item.record["caller_number"] == "+447700900456"


def test_of_two_sims_only_the_one_asked_for(tmp_path: Path) -> None:
    first, second = uuid.UUID(int=1), uuid.UUID(int=2)
    path = history(
        tmp_path / "CallHistory.storedata",
        incoming(ZUNIQUE_ID="a", ZLOCALPARTICIPANTUUID=first.bytes),
        incoming(ZUNIQUE_ID="b", ZLOCALPARTICIPANTUUID=second.bytes, ZADDRESS="+447700900777"),
    )
    items = read(calls.SOURCE, path, FileOptions(lines={str(first).upper(): LINE}))
    assert [type(item) for item in items] == [Incoming, NotReceived]
    assert str(second) in items[1].why
    assert "900777" not in repr(items)


@pytest.mark.parametrize("date", [None, "yesterday", float("inf"), -1e18, 1e300])
def test_a_row_without_a_time_is_kept_with_its_reason(tmp_path: Path, date: object) -> None:
    path = history(tmp_path / "CallHistory.storedata", incoming(ZDATE=date), incoming())
    bad, good = read(calls.SOURCE, path)
    assert isinstance(bad, Unreadable)
    assert bad.place == "row 1"
    assert isinstance(good, Incoming)


def test_what_the_telephone_wrote_last_stands_in_the_wal(tmp_path: Path) -> None:
    path = history(tmp_path / "CallHistory.storedata", incoming())
    with closing(sqlite3.connect(path)) as store:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA wal_autocheckpoint = 0")
        insert(store, "ZCALLRECORD", **incoming(ZUNIQUE_ID="last"))
        store.commit()
        away = tmp_path / "export"
        away.mkdir()
        for name in (path.name, path.name + "-wal"):
            (away / name).write_bytes((tmp_path / name).read_bytes())
    before = {entry.name: entry.read_bytes() for entry in away.iterdir()}
    items = read(calls.SOURCE, away / path.name)
    assert [item.contact_id for item in items if isinstance(item, Incoming)] == ["9F1C", "last"]
    assert {entry.name: entry.read_bytes() for entry in away.iterdir()} == before


def test_another_database_and_a_view_in_its_place_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "CallHistory.storedata"
    with closing(sqlite3.connect(other)) as store, store:
        store.execute("CREATE TABLE x (y)")
        store.execute(
            "CREATE VIEW ZCALLRECORD AS WITH RECURSIVE n(ZDATE) AS (SELECT 1 UNION ALL SELECT ZDATE + 1 FROM n) "
            "SELECT ZDATE, 1 AS ZADDRESS FROM n"
        )
    [item] = read(calls.SOURCE, other)
    assert isinstance(item, Unreadable)
    assert "the table ZCALLRECORD" in item.reason


def test_a_column_that_computes_is_not_computed(tmp_path: Path) -> None:
    path = tmp_path / "CallHistory.storedata"
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("CREATE TABLE ZCALLRECORD (ZADDRESS, ZDATE AS (hex(zeroblob(9000000))))")
        store.execute("INSERT INTO ZCALLRECORD VALUES ('x')")
    [item] = read(calls.SOURCE, path)
    assert isinstance(item, Unreadable)


@FUZZED
@given(st.data())
def test_a_damaged_store_never_crashes_it(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "whole.storedata"
    if not path.exists():
        history(path, *(incoming(ZUNIQUE_ID=str(n)) for n in range(40)))
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(16, len(whole) - 1))
        piece = data.draw(st.binary(min_size=1, max_size=30))
        whole[at : at + len(piece)] = piece
    damaged = tmp_path / "CallHistory.storedata"
    damaged.write_bytes(whole[: data.draw(st.integers(16, len(whole)))])
    for item in calls.SOURCE.read(damaged, ALL):
        assert isinstance(item, Incoming | Unreadable | NotReceived)


def typedstream(text: str) -> bytes:
    raw = text.encode()
    length = bytes([len(raw)]) if len(raw) < 0x80 else b"\x81" + len(raw).to_bytes(2, "little")
    head = b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\x00"
    head += b"\x84\x84\x08NSObject\x00\x85\x92"
    return head + b"\x84\x84\x84\x08NSString\x01\x94\x84\x01+" + length + raw + b"\x86\x84\x02iI\x01" + b"\x00"


def message(path: Path, *rows: dict[str, object]) -> Path:
    with closing(sqlite3.connect(path)) as store, store:
        store.executescript(MESSAGE)
        for row in rows:
            known = {"handle_id": 1, "service": "SMS", "date": int(AT * 10**9), "destination_caller_id": LINE}
            insert(store, "message", **{**known, **row})
    return path


def test_received_messages_with_their_text_wherever_it_stands(tmp_path: Path) -> None:
    long = "您的快递丢失，双倍赔付。" * 20
    path = message(
        tmp_path / "sms.db",
        {"guid": "a", "text": "parcel lost"},
        {"guid": "b", "attributedBody": typedstream(long), "service": "iMessage", "handle_id": 2},
        {"guid": "c", "text": "mine", "is_from_me": 1},
        {"guid": "d", "text": "Liked it", "associated_message_type": 2001},
        {"guid": "e", "text": "old", "date": int(AT)},
    )
    first, second, old = (item for item in read(messages.SOURCE, path) if isinstance(item, Incoming))
    assert first.record["transcript"] == "parcel lost"
    assert first.record["received_at"] == "2026-01-05T04:24:12.500000+00:00"
    assert (second.record["kind"], second.record["transcript"]) == ("chat", long)
    assert second.record["caller_number"] == "somebody@example.org"
    assert old.record["received_at"] == "2026-01-05T04:24:12+00:00"


def test_messages_to_another_line_are_left_alone(tmp_path: Path) -> None:
    path = message(
        tmp_path / "sms.db", {"guid": "a", "text": "x"}, {"guid": "b", "destination_caller_id": "+442079460099"}
    )
    items = read(messages.SOURCE, path, FileOptions(lines={"home": LINE}))
    assert [type(item) for item in items] == [Incoming, NotReceived]


@given(st.binary(max_size=60), st.integers(0, 400))
def test_attributed_text_of_anything(body: bytes, cut: int) -> None:
    assert attributed_text(typedstream("字" * 100)[:cut]) in ("", "字" * 100)
    attributed_text(body)
    attributed_text(b"NSString" + body)
