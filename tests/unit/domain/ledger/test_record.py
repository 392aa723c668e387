"""A fact as a leaf: each field opens by itself, nothing else can be opened in its place, and what is erased stays."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.errors import EvidenceRejected
from tracer.domain.ledger.record import (
    FIELD_TAG,
    LIST,
    RECORD_TAG,
    Field,
    Record,
    check_list,
    new_content,
    new_record,
    read_disclosure,
    record_content,
)

SALT = bytes(range(16))
FACT = {
    "event": "order_placed",
    "subject_id": "o-1",
    "payload": {
        "item": "擦墙慕斯",
        "price": "39.90",
        "count": 3,
        "a/b~c": None,
        "tags": [],
        "route": [{"channel_id": "m-1", "fields": "name phone"}, {"channel_id": "c-1", "fields": "name"}],
    },
}
PATHS = {
    "/event",
    "/subject_id",
    "/payload/item",
    "/payload/price",
    "/payload/count",
    "/payload/a~1b~0c",
    "/payload/tags",
    "/payload/route",
    "/payload/route/0",
    "/payload/route/1",
    LIST,
}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def test_every_field_has_its_path_and_a_salt_of_its_own():
    record = new_record(SALT, FACT)
    assert {field.path for field in record.fields} == PATHS
    assert len({field.salt for field in record.fields}) == len(PATHS)
    assert all(len(field.salt) == 32 for field in record.fields)
    assert record.value("/payload/route") == 2
    assert record.value("/payload/route/1") == {"channel_id": "c-1", "fields": "name"}


def test_the_content_is_what_the_docstring_says():
    """Worked out here once more, as somebody would who has only the pack's README."""
    record = new_record(SALT, FACT)
    digests = []
    for field in record.fields:
        value = json.dumps(json.loads(field.value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        text = f'["{field.salt}",{json.dumps(field.path)},{value}]'
        digests.append(sha256(FIELD_TAG + text.encode()).digest())
    assert record.content() == RECORD_TAG + b"".join(sorted(digests)) == new_content(SALT, FACT)


@given(st.dictionaries(st.text(max_size=5), values, max_size=5))
def test_the_quick_way_gives_the_same(payload):
    fact = {"event": "x", "payload": payload}
    record = new_record(SALT, fact)
    assert record.content() == new_content(SALT, fact)
    for field in record.fields:
        assert read_disclosure(field.disclosure()) == field


def test_the_list_names_every_field_once():
    record = new_record(SALT, FACT)
    assert record.value(LIST) == sorted(PATHS - {LIST})
    for one in (record, record.without({"/payload/item"}), record.only({LIST})):
        check_list(one)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda record: record.without({LIST}), "it is not there"),
        (lambda record: Record(record.fields[1:]), "it has 9 fields, and /fields names 10"),
        (lambda record: Record(record.fields, (bytes(32),)), "it has 11 fields, and /fields names 10"),
        (lambda record: Record((*record.fields, record.fields[0])), "opened twice"),
        (
            lambda record: Record((record.fields[0]._replace(path="/payload/other"), *record.fields[1:])),
            "a field is opened that /fields does not name",
        ),
    ],
)
def test_a_leaf_with_a_field_to_choose_from_is_refused(spoil, message):
    """Two values sealed under one path, the keeper opening whichever suits: one of them would be in no list."""
    with pytest.raises(EvidenceRejected, match=message):
        check_list(spoil(new_record(SALT, FACT)))


def test_what_is_erased_keeps_the_leaf():
    record = new_record(SALT, FACT)
    left = record.without({"/payload/item", "/payload/route/0"})
    assert {field.path for field in left.fields} == PATHS - {"/payload/item", "/payload/route/0"}
    assert left.content() == record.content()
    assert left.without({"/event"}).only({"/subject_id"}).content() == record.content()
    with pytest.raises(KeyError):
        left.value("/payload/item")


def test_another_salt_value_or_path_is_another_leaf():
    record = new_record(SALT, FACT)
    first, *others = record.fields
    for changed in (
        first._replace(salt="0" * 32),
        first._replace(value='"order_imported"'),
        first._replace(path="/payload/event"),
    ):
        digests = [changed.digest(), *(field.digest() for field in others)]
        assert record_content(digests) != record.content()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a disclosure"),
        ("[" * 100_000, "expected a disclosure"),
        ("{}", "got other JSON"),
        ('["a","b"]', "got other JSON"),
        ('[1,"b",2]', "got other JSON"),
        ('["a", "b", 2]', "not written in its one form"),
        ('["a","b",{"y":1,"x":2}]', "not written in its one form"),
        ('["a","b",{"x":1,"x":2}]', "not written in its one form"),
        ('["a","b","\\u5f20"]', "not written in its one form"),
        ('["a","b",1e999]', "expected a disclosure"),
        ('["a","b",NaN]', "expected a disclosure"),
        ('["a","b","\\ud800"]', "expected a disclosure"),
    ],
)
def test_what_is_no_disclosure_is_refused(text, message):
    with pytest.raises(EvidenceRejected, match=message):
        read_disclosure(text)


def test_digests_of_the_wrong_length_are_refused():
    with pytest.raises(EvidenceRejected, match="digests of 32 bytes, got one of 31"):
        record_content([bytes(31), bytes(33)])


def test_a_field_says_what_it_opens():
    assert Field("00" * 16, "/payload/item", '"慕斯"').disclosure() == f'["{"00" * 16}","/payload/item","慕斯"]'
