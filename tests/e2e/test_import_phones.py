"""What phones export, taken in by `tracer import`: only what came in, only on the lines named, once."""

import zipfile

import pytest

from tests.unit.intake.test_google_voice import CALL
from tests.unit.intake.test_google_voice import call as voice_call
from tests.unit.intake.test_iphone import history, incoming, message
from tests.unit.intake.test_sms_backup import call, calls, sms, smses

LINE = "+442079460016"


@pytest.fixture
def phone(tracer, tmp_path):
    """A shopper with one line, a canary on it, and a folder of exports."""
    tracer.ok("channel", "add", "courier", "圆通")
    tracer.ok("number", "add", LINE)
    tracer.ok("canary", "issue", "--for", "courier-1")
    folder = tmp_path / "exports"
    folder.mkdir()
    rows = (call(), call(type="2"), call(number="-1", type="3"), call(subscription_id="2", number="+447700900777"))
    (folder / "calls-1.xml").write_text(calls(*rows, count=9))
    (folder / "sms-1.xml").write_text(smses(sms("您的快递丢失&#55357;&#56832;", date="1767558259999")))
    history(folder / "CallHistory.storedata", incoming())
    message(folder / "sms.db", {"guid": "a", "text": "double refund"})
    with zipfile.ZipFile(folder / "takeout-1.zip", "w") as takeout:
        takeout.writestr(CALL, voice_call("missed"))
    return folder


def test_every_export_is_known_by_its_content(tracer, phone):
    android = tracer.json("import", phone / "calls-1.xml", "--line", f"1={LINE}", "--zone", "Asia/Shanghai")
    assert [one["source"] for one in android["files"]] == ["sms_backup"]
    assert (android["taken"]["new"], android["taken"]["not_received"]) == (2, 3)
    for name, source in (
        ("sms-1.xml", "sms_backup"),
        ("CallHistory.storedata", "iphone_calls"),
        ("sms.db", "iphone_messages"),
        ("takeout-1.zip", "google_voice"),
    ):
        (done,) = tracer.json("import", phone / name, "--line", LINE)["files"]
        assert (done["source"], done["new"], done["held"], done["refused"]) == (source, 1, 0, "")
    listed = tracer.json("call", "list")
    assert len(listed) == 6
    assert {one["nature"] for one in listed} == {"unsure"}
    assert {one["dialled_number"] for one in listed} == {LINE}
    assert "您的快递丢失😀" in {one["transcript"] for one in listed}
    assert "900777" not in str(listed)


def test_a_second_time_nothing_is_new(tracer, phone):
    once = tracer.json("import", phone, "--line", LINE)["taken"]
    again = tracer.json("import", phone, "--line", LINE)["taken"]
    assert (once["new"], again["new"], again["known"]) == (7, 0, 7)
    assert len(tracer.json("call", "list")) == 7


def test_what_was_left_alone_is_said_and_not_kept(tracer, phone):
    ran = tracer.ok("import", phone / "calls-1.xml", "--line", f"1={LINE}")
    assert "1 left alone: on its line '2'" in ran.err
    assert "the backup says it holds 9 rows, and 4 are in it" in ran.err
