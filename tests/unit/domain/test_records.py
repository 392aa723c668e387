"""Every noun as a text record and back."""

import pytest

from tests.factories import records as rows
from tracer.domain import records
from tracer.domain.errors import InvalidRecord
from tracer.domain.fields import Fields
from tracer.domain.line import Line

FULL = {
    "channel": {
        **rows.channel(parent_id="platform-1", contact="客服 <x@example.org>", tags="spring a"),
        "legitimate_numbers": "+447700900001 95338",
        "natural_person": "yes",
    },
    "number": rows.number(
        extension_digits="4",
        owned_from="2026-01-01T00:00:00+08:00",
        owned_until="2027-01-01T00:00:00+00:00",
        notes="=SUM(A1)",
    ),
    "canary": rows.canary(
        locale="zh_CN",
        gender="female",
        issued_for="merchant-1 courier-1",
        purpose="control",
        state="used",
        tags="a b",
        notes='says "hi",\r\nand more',
    ),
    "order": rows.order(
        account="shopper7", ended_at="2026-06-03T10:00:00+08:00", state="cancelled", notes="\ttab", price="349.1"
    ),
    "exposure": rows.exposure(
        fields="name:masked phone:alias", alias="+447700900111", alias_expires_at="2026-06-30T00:00:00+08:00"
    ),
    "call": rows.call(
        canary_id="k-1",
        heard_item="杯子",
        heard_price="345",
        heard_order_no="6523",
        heard_waybill_no="3293",
        nature="unsure",
        answered="no",
        caller_reached="alias",
        notes="n",
        tags="t",
    ),
}
COLUMNS = {
    "channel": records.CHANNEL_COLUMNS,
    "number": records.NUMBER_COLUMNS,
    "canary": records.CANARY_COLUMNS,
    "order": records.ORDER_COLUMNS,
    "exposure": records.EXPOSURE_COLUMNS,
    "call": records.CALL_COLUMNS,
}


def read(noun, record):
    return getattr(records, f"read_{noun}")(record)


def write(noun, item):
    return getattr(records, f"{noun}_record")(item)


@pytest.mark.parametrize("noun", FULL)
def test_a_record_is_read_and_written_the_same(noun):
    written = write(noun, read(noun, FULL[noun]))
    assert written == FULL[noun]
    assert tuple(written) == COLUMNS[noun]


@pytest.mark.parametrize(
    ("noun", "record"),
    [
        ("channel", rows.channel()),
        ("number", rows.number()),
        ("canary", rows.canary()),
        ("order", rows.order()),
        ("exposure", rows.exposure()),
        ("call", rows.call()),
    ],
)
def test_columns_that_may_be_absent_have_defaults_that_write_back_stably(noun, record):
    once = write(noun, read(noun, record))
    assert set(once) >= set(record)
    assert write(noun, read(noun, once)) == once


def bad_column(noun, **changes):
    with pytest.raises(InvalidRecord) as refusal:
        read(noun, {**FULL[noun], **changes})
    (problem,) = refusal.value.problems
    return problem.field, str(problem)


@pytest.mark.parametrize(
    ("noun", "changes", "column", "says"),
    [
        ("channel", {"channel_id": "background"}, "channel_id", "reserved"),
        ("channel", {"channel_id": "other"}, "channel_id", "reserved"),
        ("channel", {"parent_id": "merchant-1"}, "parent_id", "another channel than itself"),
        ("channel", {"name": ""}, "name", "may not be empty"),
        ("channel", {"natural_person": "perhaps"}, "natural_person", "yes or no"),
        (
            "number",
            {"number": "+861082345678-801"},
            "number",
            "tracer number add +861082345678 --extensions 3",
        ),
        ("number", {"number": "020 7946 0016"}, "number", "telephone number"),
        ("number", {"kind": ""}, "kind", "sim landline virtual"),
        ("number", {"kind": "pager"}, "kind", "sim landline virtual"),
        ("number", {"extension_digits": "8"}, "extension_digits", "1 to 7"),
        ("number", {"extension_digits": "0"}, "extension_digits", "1 to 7"),
        ("number", {"extension_digits": "４"}, "extension_digits", "1 to 7"),
        ("number", {"owned_until": "2025-01-01T00:00:00+08:00"}, "owned_until", "after owned_from"),
        ("canary", {"phone": "12345"}, "phone", "too short"),
        ("canary", {"phone": ""}, "phone", "may not be empty"),
        ("canary", {"gender": "f"}, "gender", "male female"),
        ("canary", {"purpose": "test"}, "purpose", "one of: control"),
        ("canary", {"state": "lost"}, "state", "issued used quarantined retired"),
        ("canary", {"issued_for": "a b a"}, "issued_for", "each id once"),
        ("canary", {"recipient_name": "x" * 201}, "recipient_name", "at most 200"),
        ("canary", {"locale": "zh CN"}, "locale", "one word"),
        ("order", {"price": "NaN"}, "price", "plain number"),
        ("order", {"ended_at": "2026-06-01T10:00:00+08:00"}, "ended_at", "after placed_at"),
        ("order", {"canary_id": ""}, "canary_id", "may not be empty"),
        ("exposure", {"fields": "colour"}, "fields", "'colour'"),
        ("exposure", {"exposed_at": "", "alias_expires_at": ""}, "exposed_at", "may not be empty"),
        ("exposure", {"fields": "name phone"}, "fields", "phone:alias among the fields"),
        ("exposure", {"alias": "abc"}, "alias", "virtual number"),
        ("exposure", {"alias_expires_at": "2026-06-01T00:00:00+08:00"}, "alias_expires_at", "after exposed_at"),
        ("exposure", {"alias": "", "fields": "name"}, "alias_expires_at", "neither an alias nor phone:alias"),
        ("exposure", {"alias": "", "fields": ""}, "alias_expires_at", "neither an alias nor phone:alias"),
        ("call", {"kind": "fax"}, "kind", "call sms chat"),
        ("call", {"script": "prize"}, "script", "lost_parcel"),
        ("call", {"claimed_role": "king"}, "claimed_role", "courier"),
        ("call", {"nature": "spam"}, "nature", "scam legitimate unsure"),
        ("call", {"known_fields": "name price"}, "unknown_fields", "price is in both"),
        ("call", {"transcript": "x" * 200_001}, "transcript", "at most 200,000"),
        ("call", {"transcript": "beep\x07"}, "transcript", "control characters"),
        ("call", {"caller_number": "9" * 65}, "caller_number", "at most 64"),
    ],
)
def test_one_bad_column_is_one_problem(noun, changes, column, says):
    field, message = bad_column(noun, **changes)
    assert field == column
    assert says in message
    assert len(message) < 400


def test_the_longest_transcript_is_taken():
    text = "话" * 200_000
    assert read("call", rows.call(transcript=text)).transcript == text


def test_empty_exposed_fields_mean_the_default_of_the_kind():
    assert read("exposure", rows.exposure()).fields is None
    assert read("exposure", rows.exposure(fields="name:masked")).fields == Fields.NAME_MASKED


def test_where_the_default_holds_an_alias_stands_in_for_the_number():
    default = Fields.NAME | Fields.PHONE | Fields.ADDRESS
    assert read("exposure", rows.exposure()).shown(default) == default
    aliased = read("exposure", rows.exposure(alias="+447700900111"))
    assert aliased.shown(default) == Fields.NAME | Fields.PHONE_ALIAS | Fields.ADDRESS
    assert read("exposure", rows.exposure(fields="item")).shown(default) == Fields.ITEM


def test_a_line_may_be_written_as_people_write_it():
    assert read("canary", rows.canary(phone="+44 20 7946 0016 ext. 0042")).phone == Line("+442079460016", "0042")


def test_fictional_numbers_become_test_lines():
    assert read("number", rows.number()).test_line
