"""A transcript read against the registry, and a call logged from it, on both databases."""

import pytest

from tests.factories import registry
from tracer.domain.codebook.phone_number import parse_line
from tracer.domain.errors import InvalidValue, UnknownId
from tracer.domain.records import call_record
from tracer.services.calls.log_call import log_call
from tracer.services.calls.read_call import completed, read_call, reading_object

TEXT = (
    "客服：您好，请问是{name}吗？您买的面膜花了{price}元，质检不合格，三倍赔付，您加一下我的微信。\n"
    "我：订单号呢？\n客服：看不到。"
)


@pytest.fixture
def canary(app):
    merchant = registry.add_channel(app)
    registry.own_number(app)
    (made,) = registry.issue(app, merchant)
    registry.place(app, made.canary_id, item="补水面膜", price="129.00", order_no="330019915871", currency="CNY")
    return made


def read(app, text, **where):
    with app.reading() as work:
        return read_call(work, text, **where)


def test_what_is_true_of_the_order_is_known_and_what_is_not_is_not(app, canary):
    right = read(app, TEXT.format(name=canary.recipient_name, price=130), dialled=canary.phone)
    assert right.known_fields == ("name", "item", "price")
    assert right.unknown_fields == ("order_no",)
    wrong = read(app, TEXT.format(name="某某某", price=180), canary_id=canary.canary_id)
    assert wrong.known_fields == ("item",)
    alone = read(app, TEXT.format(name="某某某", price=180))
    assert "price" in alone.known_fields


def test_a_line_or_canary_that_nothing_carries_is_refused(app, canary):
    with pytest.raises(UnknownId):
        read(app, "您好", dialled=parse_line("+442079460099"))
    with pytest.raises(UnknownId):
        read(app, "您好", canary_id="k-nothing")
    with pytest.raises(InvalidValue, match="at most 200,000 characters"):
        read(app, "您" * 200_001)


def test_a_record_keeps_what_it_states_and_gains_the_rest(app, canary):
    text = TEXT.format(name=canary.recipient_name, price=129)
    reading = read(app, text, dialled=canary.phone)
    given = {
        "dialled_number": canary.phone.text,
        "transcript": text,
        "known_fields": "name order_no",
        "script": "other",
    }
    filled = completed(given, reading)
    with app.writing() as work:
        call = log_call(work, filled, [], app.rng)
        work.commit()
    record = call_record(call)
    assert (record["known_fields"], record["unknown_fields"]) == ("name order_no", "")
    assert (record["script"], record["heard_name"]) == ("other", canary.recipient_name)
    assert (record["heard_price"], record["heard_item"]) == ("129", "面膜")


def test_what_a_person_says_was_unknown_is_not_known_after_all(app, canary):
    reading = read(app, TEXT.format(name=canary.recipient_name, price=129))
    assert completed({"unknown_fields": "price"}, reading)["known_fields"] == "name item"


def test_an_honest_call_is_filled_in_as_one():
    from tracer.domain.transcript.reading import read_transcript

    reading = read_transcript("你好，顺丰快递，您的件放门口了啊。")
    assert completed({}, reading)["nature"] == "legitimate"
    assert completed({"nature": "scam"}, reading)["nature"] == "scam"


def test_the_object_has_the_promised_keys(app):
    told = reading_object(read(app, "喂？"))
    assert list(told) == [
        "nature", "heard_name", "known_fields", "unknown_fields", "claimed_role", "script", "asked_for", "spans",
    ]  # fmt: skip
    assert told["heard_name"] is None
    assert told["known_fields"] == []


def test_on_a_crowded_line_the_name_tells_whose_orders_are_meant(app):
    merchant = registry.add_channel(app)
    registry.own_number(app, extensions="")
    many = registry.issue(app, merchant, count=120)
    meant, other = many[0], many[1]
    registry.place(app, meant.canary_id, item="补水面膜", price="129.00", currency="CNY")
    registry.place(app, other.canary_id, item="电饭煲", price="349.00", currency="CNY")
    reading = read(app, TEXT.format(name=meant.recipient_name, price=349), dialled=meant.phone)
    assert reading.known_fields == ("name", "item")
