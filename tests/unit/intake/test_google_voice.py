import zipfile
from html import escape
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracer.domain.incoming import Incoming, NotReceived, Unreadable
from tracer.domain.records import read_call
from tracer.intake.google_voice import pages
from tracer.intake.google_voice.read import SOURCE
from tracer.intake.sources import FileOptions, Item

LINE = "+442079460016"
ALL = FileOptions(lines={"": LINE})
FUZZED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
CALL = "Takeout/Voice/Calls/张女士 - Missed - 2026-01-05T04_24_12Z.html"


def call(kind: str, number: str = "+447700900123", name: str = "张女士", inside: str = "") -> str:
    return (
        f"<html><head><title>Call</title></head><body><div class='haudio'><span class='album'>Call Log for </span>"
        f"<span class='fn'>{kind} call from {name}</span><div class='contributor vcard'>{kind} call from"
        f"<a class='tel' href='tel:{number}'><span class='fn'>{name}</span></a></div>"
        f"<abbr class='published' title='2026-01-04T20:24:12.123-08:00'>Jan 4, 2026</abbr>{inside}"
        f"<abbr class='duration' title='PT42S'>(00:00:42)</abbr><div class='tags'>Labels:"
        f"<a rel='tag' href='http://www.google.com/voice#{kind}'>{kind}</a></div></div></body></html>"
    ).replace("'", '"')


def text(*messages: tuple[str, str, str]) -> str:
    told = "".join(
        f'<div class="message"><abbr class="dt" title="{at}">then</abbr>: <cite class="sender vcard">'
        f'<a class="tel" href="tel:{number}">'
        + ('<abbr class="fn" title="">我</abbr>' if number == LINE else f'<span class="fn">{number}</span>')
        + f"</a></cite>: <q>{escape(body)}</q></div>"
        for at, number, body in messages
    )
    tags = '<div class="tags"><a rel="tag" href="http://www.google.com/voice#sms">Text</a></div>'
    return f'<html><body><div class="hChatLog hfeed">{told}</div>{tags}</body></html>'


def read(path: Path, content: str | bytes | None = None, options: FileOptions = ALL) -> list[Item]:
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(SOURCE.read(path, options))


@pytest.mark.parametrize(("kind", "answered"), [("received", "yes"), ("missed", "no"), ("voicemail", "no")])
def test_a_call(tmp_path: Path, kind: str, answered: str) -> None:
    path = tmp_path / "x.html"
    [item] = read(path, call(kind))
    assert SOURCE.recognises(path.name, path.read_bytes()[:4096])
    assert isinstance(item, Incoming)
    assert item.record == {
        "received_at": "2026-01-04T20:24:12.123000-08:00",
        "kind": "call",
        "dialled_number": LINE,
        "caller_number": "+447700900123",
        "answered": answered,
    }
    assert item.extra == {"duration": "PT42S", "labels": kind, "contact_name": "张女士"}
    assert read_call({**item.record, "call_id": "k"})


def test_a_voicemail_brings_its_transcription(tmp_path: Path) -> None:
    said = '<span class="description"><span class="full-text">Your parcel<br>is lost</span></span>'
    [item] = read(tmp_path / "x.html", call("voicemail", inside=said))
    [silent] = read(
        tmp_path / "x.html",
        call("voicemail", inside=said.replace("Your parcel<br>is lost", "Unable to transcribe this message.")),
    )
    assert isinstance(item, Incoming)
    assert isinstance(silent, Incoming)
    assert item.record["transcript"] == "Your parcel\nis lost"
    assert "transcript" not in silent.record


def test_a_hidden_caller_is_a_call(tmp_path: Path) -> None:
    [item] = read(tmp_path / "x.html", call("missed", number="", name=""))
    assert isinstance(item, Incoming)
    assert item.record["caller_number"] == ""


def test_of_a_conversation_what_others_wrote(tmp_path: Path) -> None:
    content = text(
        ("2026-01-05T04:24:12.270Z", "+447700900123", "快递丢失 <double> refund"),
        ("2026-01-05T04:25:12.270Z", LINE, "which parcel?"),
        ("2026-01-05T04:26:12.270Z", "+447700900456", "yours"),
    )
    first, _, second = read(tmp_path / "x.html", content)
    assert isinstance(first, Incoming)
    assert isinstance(second, Incoming)
    assert first.record["transcript"] == "快递丢失 <double> refund"
    assert (second.record["kind"], second.record["caller_number"]) == ("sms", "+447700900456")
    assert first.contact_id != second.contact_id


@pytest.mark.parametrize("kind", ["placed", "recorded"])
def test_what_was_not_received_is_left_alone(tmp_path: Path, kind: str) -> None:
    [item] = read(tmp_path / "x.html", call(kind))
    assert isinstance(item, NotReceived)


def test_without_a_line_nothing_is_kept(tmp_path: Path) -> None:
    [item] = read(tmp_path / "x.html", call("missed"), FileOptions())
    assert isinstance(item, NotReceived)


def test_a_zip_and_a_folder_tell_the_same(tmp_path: Path) -> None:
    takeout = tmp_path / "takeout-20260105.zip"
    folder = tmp_path / "Takeout"
    with zipfile.ZipFile(takeout, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(CALL, call("missed"))
        archive.writestr("Takeout/Voice/Bills.html", "<html></html>")
        archive.writestr("Takeout/Voice/Calls/x.mp3", b"\0" * 100)
        archive.extractall(tmp_path)
    assert SOURCE.recognises(takeout.name, takeout.read_bytes()[:4096])
    zipped = read(takeout)
    assert sorted(map(repr, zipped)) == sorted(map(repr, read(folder)))
    assert [type(item) for item in zipped] == [Incoming, NotReceived]


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    takeout = tmp_path / "takeout-20260105.zip"
    monkeypatch.setattr(pages, "LARGEST_TAKEOUT", 3 * pages.LARGEST_PAGE)
    with zipfile.ZipFile(takeout, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(9):
            archive.writestr(f"Takeout/Voice/Calls/{n}.html", b"\0" * (pages.LARGEST_PAGE + 1))
        archive.writestr(CALL, call("missed"))
    items = read(takeout)
    assert all(isinstance(item, Unreadable) for item in items)
    assert "more than" in items[-1].reason
    assert len(items) == 4


def test_a_damaged_or_locked_zip_says_so(tmp_path: Path) -> None:
    takeout = tmp_path / "takeout-20260105.zip"
    with zipfile.ZipFile(takeout, "w") as archive:
        archive.writestr(CALL, call("missed"))
        archive.writestr("Takeout/Voice/Calls/b.html", call("received"))
    whole = takeout.read_bytes()
    at = whole.index(b"<html>")
    items = read(takeout, whole[:at] + b"<xtml>" + whole[at + 6 :])
    assert isinstance(items[-1], Unreadable)
    assert "damaged" in items[-1].reason


@pytest.mark.parametrize("content", ["", "plain", "<![nonsense[", "<div>" * 3000, "<a><b></a>" * 300])
def test_what_is_no_page_of_voice_does_not_crash_it(tmp_path: Path, content: str) -> None:
    [item] = read(tmp_path / "x.html", content)
    assert isinstance(item, NotReceived | Unreadable)


def test_a_page_with_no_time_is_kept_with_its_reason(tmp_path: Path) -> None:
    [item] = read(tmp_path / "x.html", call("missed").replace("2026-01-04T", "yesterday"))
    assert isinstance(item, Unreadable)
    assert "ISO 8601" in item.reason


@FUZZED
@given(st.data())
def test_no_damage_crashes_it(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray((call("voicemail") + text(("2026-01-05T04:24:12Z", "+447700900123", "x"))).encode())
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    for item in read(tmp_path / "x.html", bytes(content)):
        assert isinstance(item, Incoming | Unreadable | NotReceived)
