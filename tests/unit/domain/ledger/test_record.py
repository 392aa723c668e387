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
    flatten,
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
SEALED = "3bb23a7a3acc133b7643156ac9577325ce93fb9c0c93674a46c3b1b4a17b6128"
FIRST_SALT = "176ecd59414cc570262941ca0466af1a"
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


def test_lists_of_objects_are_fields_each_and_other_values_one():
    fact = {
        "event": "",
        "payload": {
            "payload": {"b": 2, "a": "ä"},
            "mixed": [{"a": 1}, 2],
            "pair": ({"a": 1}, {}),
            "empty": "",
            "none": None,
            "no": [],
            "sure": False,
        },
        "also": {"deep": [{"x": 1}]},
    }
    assert list(flatten(fact)) == [
        ("/payload/payload", '{"a":"ä","b":2}'),
        ("/payload/mixed", '[{"a":1},2]'),
        ("/payload/pair", "2"),
        ("/payload/pair/0", '{"a":1}'),
        ("/payload/pair/1", "{}"),
        ("/payload/none", "null"),
        ("/payload/no", "[]"),
        ("/payload/sure", "false"),
        ("/also", '{"deep":[{"x":1}]}'),
    ]


def test_leaves_that_were_sealed_stay_what_they_are():
    """Written down once: what was sealed by an older version must still be made of the same bytes."""
    assert sha256(new_record(SALT, FACT).content()).hexdigest() == SEALED
    assert new_record(SALT, FACT).fields[0] == Field(FIRST_SALT, "/event", '"order_placed"')


def test_a_record_has_one_salt_of_sixteen_bytes():
    for salt in (b"", SALT[:15], SALT + b"x"):
        for make in (new_record, new_content):
            with pytest.raises(ValueError, match=r"^expected a salt of 16 bytes$"):
                make(salt, FACT)


def test_only_leaves_these_and_hides_the_rest():
    record = new_record(SALT, FACT)
    shown = record.only({"/event", "/nowhere"})
    assert [field.path for field in shown.fields] == ["/event"]
    assert len(shown.hidden) == len(PATHS) - 1
    again = shown.only({"/event"})
    assert again == shown
    with pytest.raises(KeyError) as caught:
        shown.value("/payload/item")
    assert caught.value.args == ("/payload/item",)


def listing(value, *more):
    """A leaf of one field, /a, with a list that says something else."""
    return Record((Field("00", "/a", "1"), Field("01", LIST, value), *more))


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (Record((Field("00", "/a", "1"),)), "expected the opened list of its fields, /fields: it is not there"),
        (listing('"/a"'), "expected a list of paths in /fields"),
        (listing('["/a",1]'), "expected a list of paths in /fields"),
        (listing('{"/a":1}'), "expected a list of paths in /fields"),
        (listing('["/b","/a"]'), "expected the paths in /fields in their order, each once"),
        (listing('["/a","/a"]'), "expected the paths in /fields in their order, each once"),
        (listing('["/a","/fields"]'), "expected the paths in /fields in their order, each once"),
        (listing('["/a"]', Field("02", "/a", "1")), "a field is opened twice"),
        (listing('["/a"]', Field("02", LIST, '["/a"]')), "a field is opened twice"),
        (listing('["/b"]'), "a field is opened that /fields does not name"),
        (listing('["/a","/b"]'), "it has 1 fields, and /fields names 2"),
    ],
)
def test_a_list_that_is_none_is_named(record, said):
    with pytest.raises(EvidenceRejected) as caught:
        check_list(record)
    assert str(caught.value) == said


def test_what_makes_a_text_no_disclosure_is_told():
    def said(text):
        with pytest.raises(EvidenceRejected) as caught:
            read_disclosure(text)
        return str(caught.value)

    for text in ('["a","b",1,2]', '["a",2,3]', '{"a":"b"}', "1"):
        assert said(text) == 'expected a disclosure ["salt","path",value], got other JSON'
    assert said("[").startswith("expected a disclosure, a JSON list of salt, path and value: Expecting value")
    edited = "a disclosure is not written in its one form: it was edited or made by another program"
    assert said('["a","b",1 ]') == edited
    assert read_disclosure('["a","b",[1,{"x":"ä"}]]') == Field("a", "b", '[1,{"x":"ä"}]')
    assert read_disclosure('["a","b",[1,{"x":"ä"}]]').read == [1, {"x": "ä"}]
