"""Issue a canary, record its order, see its story: in a browser without JavaScript."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.browsing import text_of
from tests.factories import registry
from tests.factories.access import facts
from tracer.domain.codebook.capacity import LINE_CAPACITY

NEW = "/canaries/new"


def all_of(app, noun):
    with app.reading() as work:
        return list(getattr(work, noun).all())


@pytest.fixture
def shop(app):
    registry.own_number(app)
    return registry.add_channel(app)


def test_from_nothing_to_the_first_order(owner, app):
    assert "There is no number yet" in owner.text(NEW)
    number = owner.send("/numbers", "/numbers", number="+44 20 7946 0016", kind="landline", extension_digits="4")
    assert number.headers["location"] == "/numbers?done=number-added"
    assert "test line" in owner.text("/numbers")
    issued = owner.send(NEW, NEW, name="兰亭旗舰店", kind="merchant", tags="spring 2026", notes="box kept")
    (canary,) = all_of(app, "canaries")
    assert issued.headers["location"] == f"/canaries/{canary.canary_id}?done=canary-issued"
    assert (canary.issued_for, canary.tags, canary.notes) == (("merchant-1",), ("spring", "2026"), "box kept")
    card = owner.get(issued.headers["location"])
    assert canary.recipient_name in text_of(card)
    assert f'data-copy="{canary.recipient_name}"' in card.text
    assert f"+44 20 7946 0016转{canary.phone.extension}" in text_of(card)
    owner.send("/channels/new", "/channels/new", name="顺风", kind="courier")
    path = f"/orders/new?canary={canary.canary_id}"
    assert ("leg", "merchant-1") in owner.form(path, "/orders/new")
    given = {"item": "护肤品套装", "price": "180.00", "order_no": "240202-7781", "placed_at": "2026-11-21T12:30"}
    placed = owner.send(path, "/orders/new", leg=["merchant-1", "", "courier-1"], **given)
    (order,) = all_of(app, "orders")
    assert placed.headers["location"] == f"/orders/{order.order_id}?done=order-placed"
    assert order.placed_at.isoformat() == "2026-11-21T12:30:00+08:00"
    shown = owner.text(placed.headers["location"])
    assert shown.index("兰亭旗舰店 was shown") < shown.index("顺风 was shown")
    story = owner.text(f"/canaries/{canary.canary_id}")
    assert story.index("was handed the canary") < story.index("Ordered:") < story.index("顺风 was shown")


def test_a_double_tap_issues_once(owner, shop, app):
    fields = [(name, value) for name, value in owner.form(NEW, NEW) if name != "for"] + [("for", shop)]
    with ThreadPoolExecutor(4) as taps:
        answers = list(taps.map(lambda _: owner.post(NEW, fields), range(4)))
    assert {answer.status_code for answer in answers} <= {303, 409}
    assert owner.post(NEW, fields).headers["location"] == next(a for a in answers if a.is_redirect).headers["location"]
    assert len(all_of(app, "canaries")) == 1
    other = [(name, "female" if name == "gender" else value) for name, value in fields]
    assert owner.post(NEW, other).status_code == 303
    assert len(all_of(app, "canaries")) == 2


def test_a_double_tap_records_one_order(owner, shop, app):
    (canary,) = registry.issue(app, shop)
    fields = owner.form(f"/orders/new?canary={canary.canary_id}", "/orders/new")
    answers = [owner.post("/orders/new", fields).headers["location"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(all_of(app, "orders")) == 1


def test_a_batch_is_shown_on_a_sheet_to_print(owner, shop, app):
    answer = owner.send(NEW, NEW, count="3", control="yes", **{"for": []})
    path = answer.headers["location"]
    assert path.startswith("/canaries/sheet?ids=")
    sheet = owner.text(path)
    canaries = all_of(app, "canaries")
    assert len(canaries) == 3
    assert [one for one in canaries if one.recipient_name not in sheet or one.phone.extension not in sheet] == []
    assert sheet.count("control: give it to nobody") == 3
    assert facts(app, "canaries") == ["identities_revealed"]


BAD = [
    ({}, "a shop or another channel, or a control"),
    ({"for": "nobody-1"}, "There is no such channel: nobody-1"),
    ({"for": "merchant-1", "control": "yes"}, "leave out either"),
    ({"for": "merchant-1", "count": "0"}, "a whole number from 1 to 200"),
    ({"for": "merchant-1", "count": "9999999999999"}, "a whole number from 1 to 200"),
    ({"for": "merchant-1", "locale": "fr_FR"}, "a locale out of"),
    ({"for": "merchant-1", "number": "12"}, "Expected here"),
    ({"for": "merchant-1", "number": "+447700900123"}, "not in the pool"),
    ({"for": "merchant-1", "notes": "x" * 2001}, "at most 2,000 characters"),
    ({"name": "neu", "kind": "nonesuch"}, "a channel kind out of"),
]


def test_a_bad_form_is_shown_again_as_it_was_filled_in(owner, shop, app):
    for given, said in BAD:
        answer = owner.send(NEW, NEW, **{"tags": "kept-tag", "for": [], **given})
        assert (answer.status_code, said in text_of(answer)) == (422, True), (given, text_of(answer))
        assert 'value="kept-tag"' in answer.text
    assert all_of(app, "canaries") == []
    assert len(all_of(app, "channels")) == 1


def test_an_operator_issues_one_at_a_time_and_on_no_number_of_choice(operator, shop, app):
    assert operator.send(NEW, NEW, **{"for": shop}).status_code == 303
    csrf = operator.csrf
    for more in (("count", "2"), ("number", registry.LANDLINE), ("name", "neu")):
        answer = operator.post(NEW, [("csrf", csrf), ("for", shop), more])
        assert answer.status_code == 403, more
    assert len(all_of(app, "canaries")) == 1


def test_where_nothing_is_left_the_form_says_what_to_do(owner, app):
    shop = registry.add_channel(app)
    registry.own_number(app, extensions="1")
    registry.issue(app, shop, count=10)
    assert "only 0 of its extensions are free" in owner.text(NEW)
    answer = owner.send(NEW, NEW, **{"for": shop})
    assert answer.status_code == 422
    said = text_of(answer)
    assert "every extension is in use or quarantined" in said
    assert "What you can do: choose another number" in said
    assert "90 days" in said


def test_few_names_left_are_told_before_they_bite(owner, shop, app, monkeypatch):
    registry.own_number(app, registry.SHARED, extensions="", kind="sim")
    assert "more names of this language" not in owner.text(NEW)
    monkeypatch.setitem(LINE_CAPACITY, "zh_CN", 40)
    assert f"Number {registry.SHARED}: only 40 more names of this language fit on it." in owner.text(NEW)


def test_an_exposure_is_recorded_with_fields_alias_and_expiry(operator, shop, app):
    (canary,) = registry.issue(app, shop)
    order = registry.place(app, canary.canary_id, shop)
    courier = registry.add_channel(app, "courier", "顺风")
    page, action = f"/orders/{order.order_id}", f"/orders/{order.order_id}/exposures"
    given = {
        "channel_id": courier,
        "exposed_at": "2026-11-22T09:00",
        "fields": ["name:masked", "phone:alias"],
        "alias": "+447700900555",
        "alias_expires_at": "2026-12-07T00:00",
    }
    fields = [(name, value) for name, value in operator.form(page, action) if name not in given]
    fields += [("fields", one) for one in given.pop("fields")] + list(given.items())
    assert [operator.post(action, fields).status_code for _ in range(2)] == [303, 303]
    with app.reading() as work:
        (_, made) = work.exposures.route(order.order_id)
    assert (made.channel_id, made.fields.text, made.alias) == (courier, "name:masked phone:alias", "+447700900555")
    assert made.exposed_at.isoformat() == "2026-11-22T09:00:00+08:00"
    said = operator.text(page)
    assert "surname only" in said
    assert "Through a virtual number until 2026-12-07 00:00" in said
    early = operator.send(page, action, channel_id=courier, exposed_at="2020-01-01T00:00", alias="+447700900556")
    assert early.status_code == 422
    assert 'value="+447700900556"' in early.text
    assert "the order was placed at" in text_of(early)


def test_an_order_that_cannot_be_is_shown_again(owner, shop, app):
    (canary,) = registry.issue(app, shop)
    page = f"/orders/new?canary={canary.canary_id}"
    for given, said in [
        ({"price": "¥1,20"}, "a plain number"),
        ({"placed_at": "2020-01-01T00:00"}, "before its canary"),
        ({"leg": [shop, shop]}, "names a channel twice"),
        ({"leg": ["c-none"]}, "There is no such channel: c-none"),
        ({"canary_id": "k-none"}, "There is no such canary: k-none"),
    ]:
        answer = owner.send(page, "/orders/new", item="kept item", **given)
        assert (answer.status_code, said in text_of(answer)) == (422, True), (given, text_of(answer))
        assert 'value="kept item"' in answer.text
    assert all_of(app, "orders") == []
