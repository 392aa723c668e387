"""`tracer call parse` and `tracer call log --transcript`, as a user runs them."""

import json

import pytest

SAID = """客服：您好，请问是张小萌女士吗？
我：是的，哪位？
客服：我是淘宝花间美妆店的客服，您11月3号买的面膜质检不合格，给您三倍赔付。
我：那我订单号是多少？
客服：这个涉及隐私看不到。您加一下我们理赔专员的QQ。
"""


@pytest.fixture
def said(tmp_path):
    path = tmp_path / "said.txt"
    path.write_text(SAID, encoding="utf-8")
    return path


def test_a_transcript_is_read_and_nothing_logged(tracer, said):
    told = tracer.json("call", "parse", said)
    assert told["known_fields"] == ["name", "item", "order_time"]
    assert told["unknown_fields"] == ["order_no"]
    assert (told["heard_name"], told["claimed_role"], told["nature"]) == ("张小萌", "merchant", "scam")
    assert (told["script"], told["asked_for"]) == ("multiple_compensation", ["add_chat"])
    assert {"what", "text", "start", "end", "p"} == set(told["spans"][0])
    assert json.loads(tracer.ok("call", "parse", "-", "--format", "json", stdin=SAID.encode()).out) == told
    assert "张小萌" in tracer.ok("call", "parse", said).out
    assert tracer.json("call", "list") == []


def test_a_transcript_fills_what_is_left_out(tracer, said):
    tracer.ok("call", "log", "--transcript", said, "--script", "other", "--at", "2026-11-09T10:00:00+08:00")
    (call,) = tracer.json("call", "list")
    assert (call["heard_name"], call["known_fields"]) == ("张小萌", "name item order_time")
    assert (call["unknown_fields"], call["script"], call["heard_item"]) == ("order_no", "other", "面膜")
    assert call["transcript"] == SAID


def test_unread_takes_nothing_from_it(tracer, said):
    tracer.ok("call", "log", "--transcript", said, "--unread")
    (call,) = tracer.json("call", "list")
    assert (call["heard_name"], call["known_fields"]) == ("", "")


def test_the_orders_of_a_canary_decide(tracer, tmp_path):
    tracer.ok("channel", "add", "merchant", "shop", "--id", "m-1")
    tracer.ok("number", "add", "+442079460016")
    (canary,) = tracer.json("canary", "issue", "--for", "m-1")
    tracer.ok("order", "add", "--canary", canary["canary_id"], "--route", "m-1", "--item", "面膜", "--price", "129")
    path = tmp_path / "said.txt"
    path.write_text(f"您好，{canary['recipient_name']}是吧？您买的面膜一共付了180元，有质量问题。", encoding="utf-8")
    assert "price" in tracer.json("call", "parse", path)["known_fields"]
    assert tracer.json("call", "parse", path, "--dialled", canary["phone"])["known_fields"] == ["name", "item"]


def test_a_line_that_is_not_ours_is_refused(tracer, said):
    assert "not in your pool" in tracer("call", "parse", said, "--dialled", "+442079460099").refused()
