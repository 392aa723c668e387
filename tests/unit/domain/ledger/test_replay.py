"""What rows should hold by their facts: every change behind their back is named, and nothing else is."""

from itertools import permutations

import pytest

from tracer.domain.ledger.replay import Replay, leg_number
from tracer.domain.personal import ERASED

CHANNEL = {"name": "一家店", "kind": "merchant"}
NUMBER = {"number": "+442079460033", "notes": ""}
CANARY = {"recipient_name": "张三", "phone": "+447700900123", "state": "issued", "tags": "", "notes": ""}
ORDER = {"canary_id": "k-1", "item": "擦墙慕斯", "notes": ""}
CALL = {"dialled_number": "+447700900123", "heard_name": "张三", "transcript": "您好", "notes": ""}
USER = {"name": "anna", "has_password": False, "disabled": False}
KEY = {"name": "phone", "revoked_at": ""}
LEGS = [{"channel_id": "m-1", "alias": ""}, {"channel_id": "c-1", "alias": "+447700900456"}, {"channel_id": "s-1"}]
LOGGED = {**CALL, "state": "logged", "merged_into": ""}
GONE = "no fact tells of it"
ROUTE = "its route is not what its facts say"
ROW = "it is not what its facts say"
OWED = "parts of its facts are gone, and no erasure tells of it"


def heard(*facts):
    """A replay of (event, id, payload) and of (event, id, payload, True) for a fact that lost parts."""
    replay = Replay()
    for event, subject_id, payload, *erased in facts:
        replay.hear(event, subject_id, payload, erased=any(erased))
    return replay


def legs(*some):
    return sum(map(leg_number, some))


@pytest.mark.parametrize(
    ("event", "noun", "told", "row"),
    [
        ("channel_registered", "channel", CHANNEL, CHANNEL),
        ("number_added", "number", NUMBER, NUMBER),
        ("canary_issued", "canary", CANARY, CANARY),
        ("canary_imported", "canary", CANARY, CANARY),
        ("order_placed", "order", ORDER, ORDER),
        ("order_imported", "order", ORDER, ORDER),
        ("call_logged", "call", CALL, LOGGED),
        ("call_imported", "call", CALL, LOGGED),
        ("call_taken_in", "call", {**CALL, "source": "mail"}, LOGGED),
        ("user_added", "user", USER, USER),
        ("user_changed", "user", {**USER, "before": "Anna"}, USER),
        ("key_made", "key", KEY, KEY),
    ],
)
def test_a_row_is_what_founded_it(event, noun, told, row):
    fact = (event, "x-1", told)
    replay = heard(fact)
    assert list(replay.left()) == [(noun, "x-1")]
    assert replay.differs(noun, "x-1", row) == ""
    assert list(replay.left()) == []
    assert replay.differs(noun, "x-1", row) == GONE, "each row is shown once"
    assert heard(fact).differs(noun, "x-2", row) == GONE
    for name in row:
        changed = heard(fact).differs(noun, "x-1", {**row, name: "another"})
        assert changed in (f"its {name} is not what its facts say", ROW)
        if noun in ("channel", "number", "call", "user", "key"):
            assert changed != ROW, "where the columns are kept, the one that differs is named"


def test_all_columns_that_differ_are_named():
    replay = heard(("call_logged", "c", CALL))
    assert replay.differs("call", "c", {**LOGGED, "state": "undone", "notes": "n"}) == (
        "its notes and state is not what its facts say"
    )
    del (row := dict(CHANNEL))["kind"]
    assert heard(("channel_registered", "m", CHANNEL)).differs("channel", "m", row) == (
        "its kind is not what its facts say"
    )


def test_a_canary_changes_by_its_facts_and_in_nothing_else():
    facts = [
        ("canary_issued", "k", CANARY),
        ("canary_annotated", "k", {"tags": "spring", "notes": "remember", "recipient_name": "李四"}),
        ("canary_retired", "k", {"state": "retired"}),
        ("canary_retired", "stranger", {"state": "retired"}),
    ]
    now = {**CANARY, "tags": "spring", "notes": "remember", "state": "retired"}
    assert heard(*facts).differs("canary", "k", now) == ""
    assert heard(*facts).differs("canary", "k", CANARY) == "its notes and state and tags is not what its facts say"
    assert heard(*facts).differs("canary", "k", {**now, "recipient_name": "李四"}) == ROW
    assert heard(*facts).differs("canary", "stranger", now) == GONE
    assert heard(facts[0], (*facts[1], True)).differs("canary", "k", CANARY) == OWED
    looked = ("identities_seen", "k", {"notes": "x", "state": "retired"})
    assert heard(facts[0], looked).differs("canary", "k", CANARY) == "", "other facts change nothing"


def test_an_import_uses_a_canary_without_a_fact_and_nothing_makes_it_unused():
    issued, used = ("canary_issued", "k", CANARY), ("canary_used", "k", {"state": "used"})
    assert heard(issued).differs("canary", "k", {**CANARY, "state": "used"}) == ""
    assert heard(issued).differs("canary", "k", {**CANARY, "state": "retired"}) == "its state is not what its facts say"
    assert heard(issued, used).differs("canary", "k", CANARY) == "its state is not what its facts say"
    tagged = ("canary_annotated", "k", {"tags": "issued"})
    assert heard(issued, tagged).differs("canary", "k", {**CANARY, "tags": "used"}) == (
        "its tags is not what its facts say"
    )
    call = (
        ("call_logged", "c", {**CALL, "state": "issued"}),
        ("call_undone", "c", {"state": "issued", "merged_into": ""}),
    )
    assert heard(*call).differs("call", "c", {**LOGGED, "state": "used"}) == "its state is not what its facts say"


def test_a_route_is_that_of_its_facts_in_whatever_order():
    placed = ("order_placed", "o", {**ORDER, "route": LEGS[:2]})
    exposed = ("exposure_recorded", "o", LEGS[2])
    for some in permutations(LEGS):
        assert heard(placed, exposed).differs("order", "o", ORDER, legs(*some)) == ""
    assert heard(placed, exposed, ("exposure_recorded", "o-2", LEGS[2])).differs("order", "o", ORDER, legs(*LEGS)) == ""
    for some in ([], LEGS[:2], LEGS[1:], [*LEGS, LEGS[0]]):
        assert heard(placed, exposed).differs("order", "o", ORDER, legs(*some)) == ROUTE
    assert heard(placed).differs("order", "o", {**ORDER, "item": "x"}, legs(*LEGS[:2])) == ROW
    assert heard(("order_placed", "o", ORDER)).differs("order", "o", ORDER) == ""
    assert heard(("order_placed", "o", ORDER)).differs("order", "o", ORDER, legs(LEGS[0])) == ROUTE
    assert leg_number(LEGS[0]) == leg_number(dict(reversed(LEGS[0].items()))) != leg_number(LEGS[1])


def test_text_that_is_no_utf_8_is_compared_as_well():
    odd = {**ORDER, "item": "\ud800"}
    assert heard(("order_placed", "o", odd)).differs("order", "o", odd) == ""
    assert heard(("order_placed", "o", odd)).differs("order", "o", ORDER) == ROW


def test_calls_users_and_keys_change_by_their_facts():
    call = [
        ("call_logged", "c", CALL),
        ("call_corrected", "c", {"changed": {"heard_name": "张山"}, "reason": "misheard"}),
        ("call_corrected", "c", {}),
        ("call_merged", "c", {"state": "merged", "merged_into": "c-0", "reason": "twice"}),
    ]
    merged = {**LOGGED, "heard_name": "张山", "state": "merged", "merged_into": "c-0"}
    assert heard(*call).differs("call", "c", merged) == ""
    assert (
        heard(*call).differs("call", "c", LOGGED)
        == "its heard_name and merged_into and state is not what its facts say"
    )
    back = ("call_restored", "c", {"state": "logged", "merged_into": ""})
    assert heard(*call, back).differs("call", "c", {**LOGGED, "heard_name": "张山"}) == ""
    undone = ("call_undone", "c", {"state": "undone", "merged_into": ""})
    assert heard(call[0], undone).differs("call", "c", {**LOGGED, "state": "undone"}) == ""
    user = ("user_added", "u", USER), ("password_set", "u", {})
    assert heard(*user).differs("user", "u", {**USER, "has_password": True}) == ""
    assert heard(*user).differs("user", "u", USER) == "its has_password is not what its facts say"
    key = ("key_made", "y", KEY), ("key_revoked", "y", {"revoked_at": "2026"})
    assert heard(*key).differs("key", "y", {**KEY, "revoked_at": "2026"}) == ""
    assert heard(*key).differs("key", "y", KEY) == "its revoked_at is not what its facts say"
    assert heard(("thing_happened", "t", {"state": "x"})).differs("call", "t", {}) == GONE


@pytest.mark.parametrize(
    ("noun", "founded", "lost", "erasure"),
    [
        ("call", "call_logged", {"dialled_number": "+447700900123"}, "call_erased"),
        ("call", "call_imported", {"dialled_number": "+447700900123"}, "call_history_erased"),
        ("canary", "canary_issued", {"phone": "+447700900123", "state": "issued", "tags": ""}, "canary_erased"),
        ("order", "order_placed", {"canary_id": "k-1"}, "order_erased"),
    ],
)
def test_a_fact_that_lost_parts_wants_an_erasure_to_tell_of_it(noun, founded, lost, erasure):
    first = (founded, "x", lost, True)
    whole = {**dict.fromkeys(ERASED[noun], ""), **lost}
    assert heard(first).differs(noun, "x", whole) == OWED
    told = (erasure, "x", {**lost, "what": "notes", "reason": "asked"})
    assert heard(first, told).differs(noun, "x", whole) == ""
    for name in ERASED[noun]:
        wrong = heard(first, told).differs(noun, "x", {**whole, name: "back"})
        assert wrong == f"its {name} is not what its facts say", "what was taken away is not there again"
    kept = next(iter(lost))
    assert heard(first, told).differs(noun, "x", {**whole, kept: "b"}) == f"its {kept} is not what its facts say"


def test_a_later_fact_that_lost_parts_is_owed_by_the_row_it_is_about():
    shared = {"state": "logged"}
    for later in ("call_corrected", "call_merged"):
        facts = [("call_logged", "c", CALL), (later, "c", {"state": "logged", "merged_into": ""}, True)]
        assert heard(*facts).differs("call", "c", LOGGED) == OWED, later
        told = ("call_history_erased", "c", {**LOGGED, "what": "", "reason": "asked"})
        assert heard(*facts, told).differs("call", "c", LOGGED) == ""
    order = ("order_placed", "o", ORDER), ("exposure_recorded", "o", {"channel_id": "c-1"}, True)
    assert heard(*order).differs("order", "o", ORDER, legs(LEGS[1])) == OWED
    left = [LEGS[0], {"channel_id": "c-1", "alias": ""}]
    told = ("order_erased", "o", {**ORDER, "item": "", "what": "item", "reason": "asked", "route": left})
    bare = {**ORDER, **dict.fromkeys(ERASED["order"], "")}
    assert heard(*order, told).differs("order", "o", bare, legs(*left)) == ""
    assert heard(*order, told).differs("order", "o", bare, legs(LEGS[0])) == ROUTE
    assert heard(("call_corrected", "nobody", shared, True)).differs("call", "nobody", shared) == GONE


def test_where_the_whole_row_was_left_nothing_is_taken_for_gone():
    """`what` is empty where an erasure told only of what stood there before."""
    told = ("call_history_erased", "c", {**LOGGED, "what": "", "reason": "asked"})
    assert heard(told).differs("call", "c", LOGGED) == ""
    assert heard(told).differs("call", "c", {**LOGGED, "heard_name": ""}) == "its heard_name is not what its facts say"


def test_of_a_row_of_which_parts_are_unknown_only_the_known_ones_are_followed():
    facts = [
        ("call_logged", "c", {"dialled_number": "1"}, True),
        ("call_corrected", "c", {"changed": {"heard_name": "张山", "dialled_number": "2"}}),
    ]
    replay = heard(*facts)
    row = replay._rows["call", "c"]
    assert row.partial
    assert row.columns == {"dialled_number": "2", "state": "logged", "merged_into": ""}
    order = heard(("order_placed", "o", {"canary_id": "k", "route": LEGS}, True))._rows["order", "o"]
    assert (order.partial, order.legs, order.digest) == (True, 0, b"")


def test_what_came_in_by_itself_stands_as_its_facts_say():
    def differs(facts, **row):
        return heard(*facts).differs("message", "d", {"source": "mail", "state": "held", "call_id": "", **row})

    held = ("delivery_held", "d", {"source": "mail", "fault": "no_number"})
    assert differs([held]) == ""
    assert differs([]) == GONE
    assert list(heard(held).left()) == [("message", "d")]
    assert differs([held], source="voip", state="taken") == "its source and state is not what its facts say"
    assert differs([held], call_id="c") == "its call_id is not what its facts say"
    for event, state in (("delivery_noted", "taken"), ("delivery_read", "taken"), ("delivery_dismissed", "dismissed")):
        assert differs([held, (event, "d", {"source": "mail", "call_id": "c"})], state=state, call_id="c") == ""
    assert differs([held, ("delivery_read", "d", {"source": "mail", "state": "dismissed"})], state="dismissed") == ""
    for event in ("call_taken_in", "call_corrected"):
        told = (event, "c", {"source": "mail", "delivery": "d"})
        assert differs([held, told], state="taken", call_id="c") == ""
    assert differs([("call_logged", "c", {"source": "mail", "delivery": "d"})]) == GONE
    shown = heard(held)
    shown.differs("message", "d", {"source": "mail", "state": "held", "call_id": ""})
    assert list(shown.left()) == []
