"""The program as a process: exit codes, pipes, streams."""

import hashlib
import json
import subprocess
import sys

import pytest

from tests.factories import records as rows
from tracer.domain.records import CALL_COLUMNS, CANARY_COLUMNS


def test_a_campaign_from_the_first_channel_to_an_explanation(tracer_on):
    tracer = tracer_on
    assert (
        tracer.ok("channel", "add", "merchant", "兰亭旗舰店").out == "Registered merchant 兰亭旗舰店 as merchant-1.\n"
    )
    assert "never rings" in tracer.ok("number", "add", "+442079460016", "--kind", "landline", "--extensions", "4").out
    (card,) = tracer.json("canary", "issue", "--for", "merchant-1", "--count", "1")
    assert list(card) == ["canary_id", "recipient_name", "gender", "locale", "phone", "written_phone", "issued_for"]
    assert (card["locale"], card["issued_for"]) == ("zh_CN", ["merchant-1"])
    assert card["gender"] in {"male", "female"}
    tracer.ok(
        "order", "add", "--canary", card["canary_id"], "--route", "merchant-1", "--item", "袜子", "--price", "57.30"
    )
    tracer.ok(
        "call",
        "log",
        "--dialled",
        card["phone"],
        "--name",
        card["recipient_name"],
        "--knew",
        "name item",
        "--id",
        "c-1",
    )
    found = tracer.json("explain", "c-1")
    assert found["canary_id"] == card["canary_id"]
    tracer.ok("call", "correct", "c-1", "--set", "nature=unsure")
    shown = tracer.ok("call", "show", "c-1").out
    assert "call_corrected by tester" in shown
    assert "nature was 'scam'" in shown
    tracer.ok("canary", "note", card["canary_id"], "--tag", "spring")
    assert [one["canary_id"] for one in tracer.json("canary", "list", "--tag", "spring")] == [card["canary_id"]]
    assert tracer.json("canary", "list", "--tag", "autumn") == []
    assert "its line comes free in 90 days" in tracer.ok("canary", "retire", card["canary_id"]).out


def test_processes_of_their_own(tracer):
    ran = tracer.process("channel", "add", "merchant", "兰亭旗舰店")
    assert (ran.code, ran.err) == (0, "")
    assert (tracer.home / "tracer.key").stat().st_mode & 0o777 == 0o600
    assert tracer.home.stat().st_mode & 0o077 == 0
    ran = tracer.process("channel", "add", "drone", "蜂")
    assert "a channel kind out of: platform merchant" in ran.refused()
    ran = tracer.process("channel", "add")
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    names = json.loads(tracer.process("channel", "list", "--format", "json").out)
    assert [one["name"] for one in names] == ["兰亭旗舰店"]


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_chinese_is_printed_whatever_the_locale(tracer, locale):
    tracer.more |= {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    tracer.ok("channel", "add", "merchant", "兰亭旗舰店")
    done = subprocess.run(tracer.command("channel", "list"), env=tracer.environment, capture_output=True, check=True)
    assert "兰亭旗舰店" in done.stdout.decode("utf-8")


@pytest.mark.parametrize("output", ["table", "json"])
def test_a_reader_that_leaves_early_hears_no_complaint(tracer, tmp_path, output):
    channels = [rows.channel(f"m-{n}", name="店" * 200) for n in range(3_000)]
    tracer.ok("import", rows.write_bundle(tmp_path / "b", {"channels.csv": channels}))
    writer = tracer.start("channel", "list", "--format", output, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    writer.stdout.readline()
    writer.stdout.close()
    assert writer.stderr.read() == ""
    assert writer.wait(30) == 0
    writer.stderr.close()


@pytest.mark.parametrize(
    "arguments", [("channel", "list"), ("channel", "list", "--format", "json"), ("report",), ("--help",)]
)
def test_a_reader_that_has_left_already_hears_no_complaint(tracer, arguments):
    tracer.ok("channel", "add", "merchant", "兰亭")
    writer = tracer.start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    writer.stdout.close()
    assert writer.stderr.read() == ""
    assert writer.wait(60) == 0
    writer.stderr.close()


def test_json_tells_what_a_table_tells(tracer, tmp_path):
    tracer.ok("number", "add", "+442079460016")
    (card,) = tracer.json("canary", "issue", "--control")
    recording = tmp_path / "call.wav"
    recording.write_bytes(b"beep")
    for call_id in ("c-1", "c-2", "c-3"):
        tracer.ok("call", "log", "--canary", card["canary_id"], "--id", call_id, "--attach", recording)
    tracer.ok("call", "undo", "c-1")
    tracer.ok("call", "merge", "c-2", "c-3")
    shown = tracer.json("call", "show", "c-2")
    assert list(shown) == [*CALL_COLUMNS, "state", "merged_into", "attachments", "deliveries", "history"]
    assert (shown["state"], shown["merged_into"]) == ("merged", "c-3")
    digest = hashlib.sha256(b"beep").hexdigest()
    (file,) = shown["attachments"]
    told = {"file_name": "call.wav", "size": 4, "sha256": digest, "kept": True}
    assert file == {"attachment_id": file["attachment_id"], **told}
    assert [entry["event"] for entry in shown["history"]] == ["call_logged", "call_merged"]
    assert set(shown["history"][0]) == {"recorded_at", "actor", "event", "before"}
    assert [list(call) for call in tracer.json("call", "list")] == [list(CALL_COLUMNS)]
    everything = tracer.json("call", "list", "--all")
    assert {call["call_id"]: (call["state"], call["merged_into"]) for call in everything} == {
        "c-1": ("undone", ""),
        "c-2": ("merged", "c-3"),
        "c-3": ("logged", ""),
    }
    canary = tracer.json("canary", "show", card["canary_id"])
    assert list(canary) == [*CANARY_COLUMNS, "sounds_like_another", "history"]
    assert canary["history"][0]["event"] == "canary_issued"


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("channel", "nonsense"),
        ("canary", "issue", "--count", "many"),
        ("canary", "list", "--state", "lost"),
        ("number", "add", "+442079460016", "--kind", "pager"),
        ("order", "add"),
        ("call", "correct", "c-1"),
        ("report", "--format", "xml"),
        ("import",),
    ],
)
def test_wrong_usage_is_exit_code_2(tracer, arguments):
    ran = tracer(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage" in ran.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("canary", "issue", "--for", "gone"), "there is no channel 'gone'. `tracer channel list` shows them"),
        (("canary", "issue"), "--for CHANNEL, or --control"),
        (("canary", "issue", "--control", "--count", "0"), "--count: expected a whole number from 1 to 100,000, got 0"),
        (("canary", "issue", "--control", "--count", "-3"), "got -3"),
        (("canary", "issue", "--control", "--number", "12"), "too short"),
        (("canary", "show", "k-gone"), "there is no canary 'k-gone'"),
        (("canary", "retire", "k-gone"), "there is no canary 'k-gone'"),
        (("channel", "show", "gone"), "there is no channel 'gone'"),
        (("channel", "show", "\udcff"), "not UTF-8"),
        (("channel", "add", "merchant", "a\udcffb"), "not UTF-8"),
        (("channel", "add", "merchant", "x" * 2_001), "at most 2,000 characters (these are 2,001)"),
        (("channel", "add", "merchant", "a\x1b[31mb"), "control characters"),
        (("number", "add", "12345"), "number: expected a telephone number"),
        (("number", "add", "+442079460016", "--extensions", "0"), "1 to 7"),
        (("number", "add", "+442079460016", "--from", "46027.18"), "spreadsheet"),
        (("order", "add", "--canary", "k-gone"), "there is no canary 'k-gone'"),
        (("order", "add", "--canary", "k-gone", "--route", "a@"), "CHANNEL or CHANNEL@TIME"),
        (("order", "expose", "o-gone", "merchant-1"), "there is no order 'o-gone'"),
        (("call", "log"), "nothing is said of this call"),
        (("call", "log", "--notes", "x", "--at", "2109-01-01T00:00:00+08:00"), "--at: expected a time that has come"),
        (("call", "correct", "c-1", "--set", "received_at=2109-01-01T00:00:00+08:00"), "a time that has come"),
        (("call", "log", "--notes", "x", "--tag", "a b"), "one word without blanks or commas"),
        (("channel", "add", "merchant", "x", "--tag", "a b"), "one word without blanks or commas"),
        (("call", "log", "--dialled", "+447700900199"), "not in your pool"),
        (("call", "log", "--dialled", "+442079460016", "--transcript", "gone.txt"), "No such file"),
        (("call", "log", "--dialled", "+442079460016", "--attach", "/"), "a file that can be read"),
        (("call", "log", "--dialled", "+442079460016", "--attach", "gone.wav"), "No such file"),
        (("call", "attach", "c-gone", __file__), "there is no call 'c-gone'"),
        (("call", "attach", "c-1", "/dev/null"), "This is no file"),
        (("call", "fetch", "c-gone", "a-gone"), "there is no attachment 'a-gone'"),
        (("call", "show", "c-gone"), "there is no call 'c-gone'"),
        (("call", "correct", "c-gone", "--set", "nature"), "COLUMN=VALUE"),
        (("call", "undo", "c-gone"), "there is no call 'c-gone'"),
        (("call", "merge", "c-1", "c-1"), "merged into itself"),
        (("export", "/dev/null/x"), "/dev/null/x cannot be written"),
    ],
)
def test_refusals_say_what_was_expected_and_what_came(tracer, arguments, says):
    assert says in tracer(*arguments).refused()


def test_an_unknown_locale(tracer):
    tracer.ok("number", "add", "+442079460016")
    message = tracer("canary", "issue", "--control", "--locale", "tlh").refused()
    assert "got 'tlh'" in message
    assert "zh_CN" in message


@pytest.mark.parametrize(
    ("text", "says"), [(b"a\xffb", "UTF-8"), (b"a\x00b", "control characters"), (b"x" * 200_001, "at most 200,000")]
)
@pytest.mark.parametrize("source", ["-", "file"])
def test_a_transcript_that_is_refused(tracer, tmp_path, text, says, source):
    tracer.ok("number", "add", "+442079460016")
    name = source
    if source == "file":
        name = tmp_path / "said.txt"
        name.write_bytes(text)
    message = tracer("call", "log", "--dialled", "+442079460016", "--transcript", name, stdin=text).refused()
    assert says in message
    assert len(message) < 400
    assert tracer.json("call", "list") == []


def test_the_longest_transcript_is_logged(tracer):
    tracer.ok("number", "add", "+442079460016")
    text = "话" * 199_999 + "\n"
    tracer.ok("call", "log", "--dialled", "+442079460016", "--transcript", "-", stdin=text.encode())
    assert [one["transcript"] for one in tracer.json("call", "list")] == [text]


def test_help_starts_without_the_database_layer():
    code = """
import sys
from tracer.__main__ import main
sys.argv = ["tracer", "--help"]
try:
    main()
except SystemExit:
    assert not {"sqlalchemy", "scipy", "alembic"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_json_history_tells_what_a_correction_changed(tracer):
    tracer.ok("number", "add", "+442079460016")
    tracer.ok("call", "log", "--dialled", "+442079460016", "--name", "张女士", "--id", "c-1")
    tracer.ok("call", "correct", "c-1", "--set", "heard_name=章女士")
    logged, corrected = tracer.json("call", "show", "c-1")["history"]
    assert (logged["before"], corrected["before"]) == ({}, {"heard_name": "张女士"})
