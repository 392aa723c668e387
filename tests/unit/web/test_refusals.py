"""What the domain refuses with is read in Chinese: held to what it really says."""

import re
from types import SimpleNamespace

import pytest
from starlette.requests import Request

from tracer.domain.columns import InvalidRecord
from tracer.domain.errors import InvalidValue, NotAllowed, NotPermitted, TooManyRequests, UnknownId
from tracer.domain.records import read_call, read_channel, read_exposure, read_number, read_order
from tracer.web.refusals import in_words

CALL = {"call_id": "c-1", "received_at": "2026-02-10T15:04:00+08:00"}
BAD = [
    (read_call, {**CALL, "nature": "?"}),
    (read_call, {**CALL, "call_id": "a b"}),
    (read_call, {**CALL, "received_at": "2026-02-10T15:04:00"}),
    (read_call, {**CALL, "received_at": "x"}),
    (read_call, {**CALL, "received_at": "1900-02-10T15:04:00+08:00"}),
    (read_call, {**CALL, "answered": "perhaps"}),
    (read_call, {**CALL, "notes": "\x01"}),
    (read_call, {**CALL, "heard_name": "x" * 201}),
    (read_call, {**CALL, "known_fields": "name name:masked"}),
    (read_channel, {"channel_id": "other", "kind": "merchant", "name": "A"}),
    (read_channel, {"channel_id": "a", "kind": "merchant", "name": ""}),
    (read_channel, {"channel_id": "a", "kind": "merchant", "name": "A", "parent_id": "a"}),
    (read_number, {"number": "+442079460016", "kind": "sim", "extension_digits": "9"}),
    (read_order, {"order_id": "o", "canary_id": "k", "placed_at": CALL["received_at"], "price": "9,50"}),
    (
        read_order,
        {"order_id": "o", "canary_id": "k", "placed_at": CALL["received_at"], "ended_at": "2026-01-01T00:00:00Z"},
    ),
    (read_exposure, {"order_id": "", "channel_id": "m", "exposed_at": CALL["received_at"]}),
]


def visitor(language):
    application = SimpleNamespace(settings=SimpleNamespace(locale="zh_CN"))
    app = SimpleNamespace(state=SimpleNamespace(service=SimpleNamespace(application=application)))
    headers = [(b"cookie", f"tracer_language={language}".encode())]
    return Request({"type": "http", "headers": headers, "app": app, "method": "GET", "path": "/"})


@pytest.mark.parametrize(("read", "record"), BAD)
def test_what_a_value_should_be_is_said_in_chinese(read, record):
    with pytest.raises((InvalidRecord, InvalidValue)) as caught:
        read(record)
    for problem in caught.value.problems:
        for text in filter(None, (problem.expected, problem.hint)):
            told = in_words(visitor("zh_Hans"), text)
            assert told != text, text
            assert re.search("[\u4e00-\u9fff]", told), told
            assert in_words(visitor("en"), text) == text


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UnknownId("call", "c-1", "`tracer call list` shows them"), "没有 call 'c-1'。"),
        (UnknownId("user", "", "`tracer user list` shows them"), "没有这个 user。"),
        (UnknownId("report", "latest", "Make one on the page /report"), "还没有报告。请先在“报告”页生成一份"),
        (NotPermitted("bulk"), "这需要权限 bulk"),
        (TooManyRequests("look-ups", 30), "请 30 秒后再试"),
        (NotAllowed("a call cannot be merged into itself"), "来电不能并入它自己"),
    ],
)
def test_rules_are_said_in_chinese(error, told):
    assert told in in_words(visitor("zh_Hans"), str(error))


def test_what_nobody_translated_is_shown_as_it_was_written():
    assert in_words(visitor("zh_Hans"), "something new. And more") == "something new. And more"
