"""The texts of notifications: short, honest, in both languages, and never longer than any service takes."""

import re

import pytest

from tests.conftest import NOW
from tracer.documents.notices.compose import MOST_BYTES, MOST_CHARACTERS, compose, compose_test, trouble_words
from tracer.domain.notice import Event, Item, Message, Notice, Target, Trouble, Wishes

ABOUT = {
    Event.IMPLICATED: {"kind": "courier", "p": "0.9712"},
    Event.CLEARED: {"kind": "courier"},
    Event.CALL: {"kind": "sms", "nature": "scam", "received_at": "2026-02-10T15:04:00+08:00", "canary_id": "k-1"},
    Event.CONTROL: {"kind": "call", "nature": "unsure", "received_at": "2026-02-10T15:04:00+08:00", "canary_id": ""},
    Event.JOB: {"since": "2026-02-10T15:04:00+08:00"},
    Event.HELD: {"source": "twilio"},
}


def message(*events, language="en", times=1):
    wishes = Wishes("phone", language, frozenset(Event))
    target = Target("nt-1", "u-1", "json", "", wishes, NOW)
    items = [
        Item(Notice(place, "nt-1", event, f"x-{place}", {}, NOW), ABOUT[event])
        for place, event in enumerate([*events] * times)
    ]
    return Message("m-1", target, items)


@pytest.mark.parametrize("event", Event)
def test_each_event_alone_in_both_languages(event):
    title, body = compose(message(event), "https://t.example.org/")
    assert title
    assert "x-0" in body
    assert "https://t.example.org/" in body
    assert body.endswith("Tracer, message m-1")
    assert "guilty" not in body
    title, body = compose(message(event, language="zh_Hans"), "")
    assert re.search("[\u4e00-\u9fff]", title)
    assert "登录 Tracer" in body
    left = re.sub(r"Tracer|SMS|x-\d|k-\d|m-\d|twilio|T\d\d:\d\d", "", f"{title}{body}")
    assert not re.search("[A-Za-z]{2,}", left), left


def test_a_probability_is_never_certain_and_says_no_more_than_is_known():
    item = Item(Notice(1, "nt-1", Event.IMPLICATED, "ch-1", {}, NOW), {"kind": "merchant", "p": "0.99999"})
    _, body = compose(Message("m-1", message(Event.CALL).target, [item]), "")
    assert ">99.9%" in body
    assert "via this channel or someone holding its data" in body
    assert "no proof against anyone" in body


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
@pytest.mark.parametrize("times", [1, 2, 400])
def test_a_digest_groups_by_kind_the_gravest_first_and_fits_every_service(language, times):
    title, body = compose(message(*Event, language=language, times=times), "https://t.example.org")
    assert f"{6 * times:,}" in title
    assert len(body) <= MOST_CHARACTERS
    assert len(body.encode()) <= MOST_BYTES
    assert body.endswith("m-1")
    if times == 2:
        heads = [line for line in body.splitlines() if line.endswith("(2)")]
        assert len(heads) == 6


def test_the_test_message_names_the_place():
    assert "“phone”" in compose_test("phone", "en")[1]
    assert "测试" in compose_test("phone", "zh_Hans")[0]


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_is_told_in_both_languages(trouble):
    error = {"status": "status 404", "code": "code dingtalk 310000"}.get(trouble, trouble.value)
    english, chinese = trouble_words(error, "en"), trouble_words(error, "zh_Hans")
    assert english.endswith(".")
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert trouble_words("", "en") == ""
