from datetime import timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracer.domain.incoming import Incoming, NotReceived, Unreadable
from tracer.domain.records import read_call
from tracer.intake.sms_backup.mend import mended
from tracer.intake.sms_backup.read import SOURCE
from tracer.intake.sources import FileOptions

LINE = "+442079460016"
ALL = FileOptions(lines={"": LINE}, zone=timezone(timedelta(hours=8)))
HEAD = "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<!--File Created By SMS Backup & Restore-->\n"
SEEN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


def call(**told: str) -> str:
    known = {"number": "+447700900123", "duration": "0", "date": "1767558252123", "type": "1", "presentation": "1"}
    told = {**known, "subscription_id": "1", "readable_date": "x", "contact_name": "(Unknown)", **told}
    return "  <call " + " ".join(f'{name}="{value}"' for name, value in told.items()) + " />\n"


def sms(body: str, **told: str) -> str:
    told = {"address": "95338", "date": "1767558252123", "type": "1", "sub_id": "1", **told, "body": body}
    return "  <sms " + " ".join(f'{name}="{value}"' for name, value in told.items()) + " />\n"


def calls(*rows: str, count: int | None = None) -> str:
    return HEAD + f'<calls count="{len(rows) if count is None else count}">\n' + "".join(rows) + "</calls>\n"


def smses(*rows: str) -> str:
    return HEAD + f'<smses count="{len(rows)}">\n' + "".join(rows) + "</smses>\n"


def read(tmp_path: Path, text: str | bytes, options: FileOptions = ALL) -> list[Incoming | Unreadable | NotReceived]:
    path = tmp_path / "calls-20260105.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    assert SOURCE.recognises(path.name, path.read_bytes()[:4096]) or len(text) < 200 or isinstance(text, bytes)
    return list(SOURCE.read(path, options))


def test_an_incoming_call_with_its_time_line_and_saved_name(tmp_path: Path) -> None:
    [item] = read(tmp_path, calls(call(contact_name="快递小张", duration="42")))
    assert isinstance(item, Incoming)
    assert item.record == {
        "received_at": "2026-01-05T04:24:12.123000+08:00",
        "kind": "call",
        "dialled_number": LINE,
        "caller_number": "+447700900123",
        "answered": "yes",
    }
    assert item.extra["contact_name"] == "快递小张"
    assert item.extra["duration"] == "42"
    assert read_call({**item.record, "call_id": "k"}).answered


@pytest.mark.parametrize(("type_", "answered"), [("1", "yes"), ("3", "no"), ("4", "no"), ("5", "no"), ("6", "no")])
def test_what_became_of_a_call(tmp_path: Path, type_: str, answered: str) -> None:
    [item] = read(tmp_path, calls(call(type=type_)))
    assert isinstance(item, Incoming)
    assert item.record["answered"] == answered


def test_what_was_sent_is_no_contact(tmp_path: Path) -> None:
    assert read(tmp_path, calls(call(type="2"))) == [NotReceived("sms_backup")]
    assert read(tmp_path, smses(sms("ok", type="2"), sms("draft", type="3"))) == [NotReceived("sms_backup")] * 2


@pytest.mark.parametrize(
    "number",
    ["-1", "-2", "null", "", "(Unknown)", "Anonymous", "Unknown Number", "No Caller ID", "+", "未知号码", "x" * 99],
)
def test_a_hidden_caller_is_a_call(tmp_path: Path, number: str) -> None:
    [item] = read(tmp_path, calls(call(number=number, presentation="2")))
    assert isinstance(item, Incoming)
    assert item.record["caller_number"] == ""
    assert item.extra["presentation"] == "restricted"
    assert item.extra.get("shown", "") == number


def test_a_national_form_is_that_of_the_line(tmp_path: Path) -> None:
    items = read(tmp_path, calls(call(number="07700 900123"), call(number="95338"), call(number="Courier")))
    assert [item.record["caller_number"] for item in items if isinstance(item, Incoming)] == [
        "+447700900123",
        "95338",
        "Courier",
    ]


def test_only_the_lines_asked_for_are_kept(tmp_path: Path) -> None:
    items = read(
        tmp_path,
        calls(call(subscription_id="2"), call(subscription_id="1", number="+447700900777"), call(type="2")),
        FileOptions(lines={"2": LINE}),
    )
    assert [type(item) for item in items] == [Incoming, NotReceived, NotReceived]
    assert "on its line '1'" in items[1].why
    assert "900777" not in repr(items)


def test_the_same_contact_has_the_same_id_in_the_next_backup(tmp_path: Path) -> None:
    [first] = read(tmp_path, calls(call(contact_name="(Unknown)", readable_date="5 Jan")))
    [again, other] = read(tmp_path, calls(call(contact_name="Saved since"), call(date="1767558252124")))
    assert isinstance(first, Incoming)
    assert isinstance(again, Incoming)
    assert isinstance(other, Incoming)
    assert first.contact_id == again.contact_id != other.contact_id


def test_a_wrong_count_is_a_remark(tmp_path: Path) -> None:
    items = read(tmp_path, calls(call(), count=7))
    assert [type(item) for item in items] == [Incoming, NotReceived]


def test_bad_rows_are_kept_with_their_reason_and_place(tmp_path: Path) -> None:
    items = read(tmp_path, calls(call(date="oops"), call(), call(type="77"), call(date="9" * 19)))
    bad = [item for item in items if isinstance(item, Unreadable)]
    assert [item.place for item in bad] == ["line 4", "line 6", "line 7"]
    assert "oops" in bad[0].content
    assert "77" in bad[1].reason
    assert len(items) == 4


def test_emoji_halves_become_the_emoji(tmp_path: Path) -> None:
    text = smses(
        sms("中奖&#55357;&#56832;&#10;&#xD83D;&#xDE00;"), sms("half &#55357; &#0;&#55357;&#55357;&#56832;&#56832;")
    )
    [whole, half] = read(tmp_path, text)
    assert isinstance(whole, Incoming)
    assert isinstance(half, Incoming)
    assert whole.record["transcript"] == "中奖😀\n😀"
    assert half.record["transcript"] == "half � ��😀�"


@given(st.lists(st.sampled_from(["&#55357;", "&#56832;", "&amp;", "x" * 40, "&#10;", " ", "😀"]), max_size=40))
def test_mending_does_not_depend_on_where_blocks_end(pieces: list[str]) -> None:
    whole = ("<a " + "".join(pieces) + ">").encode()

    class Slow:
        def __init__(self, size: int) -> None:
            self.rest, self.size = whole, size

        def read(self, _size: int) -> bytes:
            block, self.rest = self.rest[: self.size], self.rest[self.size :]
            return block

    assert b"".join(mended(Slow(7))) == b"".join(mended(Slow(len(whole))))


def test_an_mms_tells_its_sender_and_text(tmp_path: Path) -> None:
    mms = (
        '<mms date="1767558252123" msg_box="1" address="+447700900123~+442079460016" m_id="m1" sub_id="1">'
        '<parts><part seq="-1" ct="application/smil" text="&lt;smil/&gt;"/>'
        '<part ct="image/png" text="null" data="iV=="/>'
        '<part ct="text/plain" text="Your parcel is lost"/></parts>'
        '<addrs><addr address="+442079460016" type="151"/><addr address="+447700900123" type="137"/></addrs></mms>'
    )
    [item] = read(tmp_path, smses(mms))
    assert isinstance(item, Incoming)
    assert item.record["caller_number"] == "+447700900123"
    assert item.record["transcript"] == "Your parcel is lost"


def test_of_a_file_cut_off_what_was_read_stays(tmp_path: Path) -> None:
    whole = calls(*(call(date=str(1767558252123 + n)) for n in range(50)))
    items = read(tmp_path, whole[: len(whole) // 2])
    assert all(isinstance(item, Incoming) for item in items[:-1])
    assert 20 <= len(items) - 1 <= 25
    assert isinstance(items[-1], Unreadable)
    assert items[-1].place.startswith("line 2")


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE calls [<!ENTITY a "aaaa">]><calls count="0"></calls>',
        "<html></html>",
        "",
        "<?xml version='1.0' encoding='klingon'?><calls/>",
        "<calls><call></calls>",
    ],
)
def test_what_is_no_backup_is_refused_with_a_reason(tmp_path: Path, text: str) -> None:
    [item] = read(tmp_path, text)
    assert isinstance(item, Unreadable)
    assert item.reason


@SEEN
@given(st.data())
def test_no_damage_crashes_it(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(smses(sms("a &#55357;&#56832; b"), call(), sms("c", date="-5"), call(number="&#0;")).encode())
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(whole)))
        whole[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    for item in read(tmp_path, bytes(whole)):
        assert isinstance(item, Incoming | Unreadable | NotReceived)


@SEEN
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=5))
def test_any_values_are_read(tmp_path: Path, date: str, number: str, type_: str) -> None:
    from xml.sax.saxutils import quoteattr

    row = f"<call date={quoteattr(date)} number={quoteattr(number)} type={quoteattr(type_)}/>"
    read(tmp_path, calls(row))
