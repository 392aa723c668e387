"""Report, explanation and identification on a small registry: form, as-of, tags, verdicts."""

import json
import re

import pytest

from tests.factories import records as rows
from tracer.domain.channel import Channel

REPORT_KEYS = ["as_of", "channels", "groups", "calls", "background", "sensitivity", "diagnostics", "assumptions"]
CHANNEL_KEYS = {
    *("channel_id", "kind", "name", "p_leaked", "leak_rate", "log_bayes_factor", "orders", "called", "silent"),
    *("verdict", "bound", "reason"),
}
LATER = "2026-09-01T00:00:00+08:00"


def tables():
    """Eight canaries with orders by two shops; three of the first shop's were called; one bears a tag."""
    found = rows.campaign()
    found["channels.csv"].append(rows.channel("merchant-2", name="锦绣小铺"))
    names = ("张晓萌", "王志强", "陈思雨", "刘建国", "欧阳娜", "司马光明", "郑成功", "孙小圣")
    place = range(len(names))
    tag = {3: "spring"}
    found["canaries.csv"] = [
        rows.canary(f"k-{n}", names[n], f"+442079460016;ext={n:04d}", tags=tag.get(n, "")) for n in place
    ]
    found["orders.csv"] = [rows.order(f"o-{n}", f"k-{n}") for n in place]
    found["exposures.csv"] = [rows.exposure(f"o-{n}", f"merchant-{1 + n % 2}") for n in place]
    found["calls.csv"] = [
        rows.call(
            f"c-{n}",
            dialled_number=f"+442079460016;ext={n:04d}",
            heard_name="",
            received_at=f"2026-06-1{n}T09:00:00+08:00",
        )
        for n in (0, 2, 4, 3)
    ]
    found["calls.csv"].append(
        rows.call("c-late", dialled_number="+442079460016;ext=0006", received_at="2026-08-20T09:00:00+08:00")
    )
    found["calls.csv"].append(
        rows.call("c-own", dialled_number="+442079460016;ext=0005", nature="legitimate", known_fields="name")
    )
    return found


@pytest.fixture
def tracer_of(tracer, tmp_path):
    tracer.ok("import", rows.write_bundle(tmp_path / "bundle", tables()))
    return tracer


@pytest.fixture
def report(tracer_of):
    return tracer_of.json("report", "--as-of", LATER)


def test_the_form_of_a_report(report):
    assert list(report) == REPORT_KEYS
    assert report["as_of"] == LATER
    assert {channel["channel_id"] for channel in report["channels"]} == {"merchant-1", "merchant-2", "courier-1"}
    for channel in report["channels"]:
        assert set(channel) >= CHANNEL_KEYS
        assert set(channel["leak_rate"]) == {"mean", "lower", "upper"}
        assert channel["verdict"] in {"implicated", "bounded", "unresolved"}
        assert 0 <= channel["leak_rate"]["lower"] <= channel["leak_rate"]["upper"] <= 1
        assert channel["called"] + channel["silent"] == channel["orders"]
    for call in report["calls"]:
        assert set(call) == {"call_id", "canary_id", "match_p", "sources", "evidence"}
        assert sum(source["p"] for source in call["sources"]) == pytest.approx(1, abs=1e-9)
        for term in call["evidence"]:
            assert set(term) == {"term", "channel_id", "log_likelihood_ratio"}


def test_a_legitimate_call_accuses_nobody(report):
    assert "c-own" not in {call["call_id"] for call in report["calls"]}
    assert report["background"]["legitimate_calls_left_out"] == 1


def test_as_of_looks_at_events_up_to_then(tracer_of, report):
    assert {call["call_id"] for call in report["calls"]} == {"c-0", "c-2", "c-3", "c-4", "c-late"}
    early = tracer_of.json("report", "--as-of", "2026-06-12T09:00:00+08:00")
    assert {call["call_id"] for call in early["calls"]} == {"c-0", "c-2"}
    before = tracer_of.json("report", "--as-of", "2026-06-01T12:00:00+08:00")
    assert before["calls"] == []
    assert [channel["orders"] for channel in before["channels"]] == [0, 0, 0]


def test_one_tag_is_one_campaign(tracer_of):
    report = tracer_of.json("report", "--as-of", LATER, "--tag", "spring")
    assert [call["call_id"] for call in report["calls"]] == ["c-3"]
    assert {c["channel_id"]: c["orders"] for c in report["channels"]} == {
        "merchant-1": 0,
        "merchant-2": 1,
        "courier-1": 0,
    }


def test_the_text_report_and_an_explanation_are_printed(tracer_of):
    assert "merchant-1" in tracer_of.ok("report", "--as-of", LATER).out
    text = tracer_of.ok("explain", "c-0", "--as-of", LATER).out
    assert "兰亭旗舰店" in text
    assert not re.search(r"^ *[+-]0\.00 ", text, re.MULTILINE)
    found = tracer_of.json("explain", "c-0", "--as-of", LATER)
    assert found["call_id"] == "c-0"
    assert found["canary_id"] == "k-0"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("explain", "c-gone"), "there is no call 'c-gone'"),
        (("explain", "c-own"), "is not attributed"),
        (("explain", "c-late", "--as-of", "2026-07-01T00:00:00+08:00"), "is not attributed"),
        (("report", "--as-of", "2026-07-01"), "--as-of: expected an ISO 8601 time with offset"),
        (("report", "--as-of", "46027.18"), "spreadsheet"),
        (("identify",), "--heard"),
        (("identify", "--heard", "张", "--dialled", "12"), "too short"),
        (("identify", "--heard", "张", "--dialled", "+447700900199"), "not in your pool"),
        (("identify", "--batch", "gone.jsonl"), "--batch"),
    ],
)
def test_what_cannot_be_answered(tracer_of, arguments, says):
    assert says in tracer_of(*arguments).refused()


def test_an_empty_registry_has_a_report_and_knows_nobody(tracer):
    report = tracer.json("report")
    assert (report["channels"], report["calls"]) == ([], [])
    tracer.ok("report")
    assert tracer.json("identify", "--heard", "张女士") == {"candidates": [], "not_ours": 1.0, "verdict": None}


def test_identify_on_a_shared_line(tracer, tmp_path):
    names = {"k-1": "张晓萌", "k-2": "王志强", "k-3": "陈思雨"}
    canaries = [rows.canary(key, name, "+447700900123") for key, name in names.items()]
    tracer.ok("import", rows.write_bundle(tmp_path / "b", {"canaries.csv": canaries}))
    found = tracer.json("identify", "--heard", "章小梦", "--dialled", "+447700900123")
    assert found["verdict"] == "k-1"
    assert sum(one["p"] for one in found["candidates"]) + found["not_ours"] == pytest.approx(1)
    stranger = tracer.json("identify", "--heard", "诸葛明亮", "--dialled", "+447700900123")
    assert stranger["verdict"] is None
    assert stranger["not_ours"] > found["not_ours"]
    batch = tmp_path / "heard.jsonl"
    asked = '{"heard": "王志强", "dialled": "+447700900123"}\r\n\n{"heard": "x\u2028y"}\n'
    batch.write_bytes(b"\xef\xbb\xbf" + asked.encode())
    lines = tracer.ok("identify", "--batch", batch).out.splitlines()
    assert len(lines) == 2
    assert '"verdict": "k-2"' in lines[0]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"heard": 3}', "--batch line 2"),
        (b"not json", "--batch line 2"),
        (b'["heard"]', "--batch line 2"),
        (b'{"dialled": "+447700900123"}', "--batch line 2"),
        (b'{"heard": "x", "dialled": "12"}', "--batch line 2"),
        (b'{"heard": "\xff"}', "UTF-8"),
    ],
)
def test_a_bad_line_of_a_batch_is_named(tracer, tmp_path, line, says):
    batch = tmp_path / "heard.jsonl"
    batch.write_bytes('{"heard": "张"}\n'.encode() + line)
    assert says in tracer("identify", "--batch", batch).refused()


def test_lines_of_a_batch_that_mean_nobody_do_not_end_it(tracer_of, tmp_path):
    asked = [("张晓萌", "+442079460016;ext=0000"), ("张晓萌", "+447700900199"), ("", ""), ("张晓萌", "")]
    batch = tmp_path / "heard.jsonl"
    batch.write_text("\n".join(json.dumps({"heard": heard, "dialled": dialled}) for heard, dialled in asked))
    found = [json.loads(line) for line in tracer_of.ok("identify", "--batch", batch).out.splitlines()]
    nobody = {"candidates": [], "not_ours": 1.0, "verdict": None}
    assert found[1:3] == [nobody, nobody]
    assert [found[place]["verdict"] for place in (0, 3)] == ["k-0", "k-0"]


def test_a_channel_of_a_kind_that_is_no_longer_configured(tracer_of):
    (tracer_of.home / "channels.toml").write_text('[kinds.kiosk]\nfields = "name"\n')
    tracer_of.ok("channel", "add", "kiosk", "街角")
    (tracer_of.home / "channels.toml").unlink()
    assert "got 'kiosk'" in tracer_of("report").refused()
    assert Channel("kiosk-1", "kiosk", "街角").channel_id in {
        one["channel_id"] for one in tracer_of.json("channel", "list")
    }
