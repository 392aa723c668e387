"""Lists: search, paging, files for spreadsheets, what is done to ticked ones, and nothing that runs as a script."""

from __future__ import annotations

import csv
import io
import re

import pytest

from tests.browsing import text_of
from tests.factories import registry
from tests.factories.access import facts
from tracer.web import lists
from tracer.web.csv_download import harmless
from tracer.web.routes import canaries as canary_pages
from tracer.web.routes import channels as channel_pages
from tracer.web.routes import orders as order_pages

EVIL = """<script>alert(1)</script>"><img src=x onerror=alert(2)>'"""


@pytest.fixture
def shop(app):
    registry.own_number(app)
    return registry.add_channel(app)


def rows_of(answer):
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def ids_on(browser, path, noun):
    """All ids of a list, page after page."""
    found = []
    while path:
        text = browser.get(path).text
        found += re.findall(rf'<th scope="row"><a href="/{noun}/([^"]+)"', text)
        more = re.search(r'rel="next" href="([^"]+)"', text)
        path = more[1].replace("&amp;", "&") if more else ""
    return found


def test_pages_go_through_every_list_once(owner, app, shop, monkeypatch):
    for module in (canary_pages, order_pages, channel_pages):
        monkeypatch.setattr(module, "PAGE", 3)
    made = [one.canary_id for one in registry.issue(app, shop, count=7, tags=("spring",))]
    registry.issue(app, count=2)
    orders = [registry.place(app, one, shop).order_id for one in made]
    channels = [shop, *(registry.add_channel(app, "courier", f"快递{n}") for n in range(6))]
    assert ids_on(owner, "/canaries?tag=spring", "canaries") == sorted(made, reverse=True)
    assert ids_on(owner, "/canaries?tag=spring&order=id", "canaries") == sorted(made)
    assert len(ids_on(owner, "/canaries", "canaries")) == 9
    assert ids_on(owner, "/orders", "orders") == sorted(orders, reverse=True)
    assert ids_on(owner, "/orders?order=id", "orders") == sorted(orders)
    assert ids_on(owner, "/channels", "channels") == sorted(channels)


def test_the_newest_stand_first(owner, app, shop):
    (canary,) = registry.issue(app, shop)
    times = [f"2026-11-2{day}T12:00:00+08:00" for day in (3, 5, 4)]
    made = {time: registry.place(app, canary.canary_id, shop, placed_at=time).order_id for time in times}
    assert ids_on(owner, "/orders", "orders") == [made[time] for time in sorted(times, reverse=True)]


def test_lists_are_searched(owner, app, shop):
    courier = registry.add_channel(app, "courier", "顺风", tags="north")
    first, second = (registry.issue(app, one, tags=(tag,))[0] for one, tag in ((shop, "spring"), (courier, "springs")))
    (control,) = registry.issue(app)
    order = registry.place(app, first.canary_id, shop, courier)
    for path, noun, expected in [
        (f"/canaries?prefix={first.canary_id[:6]}", "canaries", [first.canary_id]),
        ("/canaries?tag=spring", "canaries", [first.canary_id]),
        (f"/canaries?issued_for={courier}", "canaries", [second.canary_id]),
        ("/canaries?state=used", "canaries", [first.canary_id]),
        ("/canaries?purpose=control", "canaries", [control.canary_id]),
        (f"/orders?channel_id={courier}&tag=spring", "orders", [order.order_id]),
        ("/orders?tag=springs", "orders", []),
        (f"/orders?prefix={order.order_id}", "orders", [order.order_id]),
        ("/orders?prefix=%25", "orders", []),
        (f"/orders?canary_id={second.canary_id}", "orders", []),
        ("/channels?tag=north", "channels", [courier]),
        ("/channels?named=兰亭", "channels", [shop]),
        ("/channels?kind=courier&prefix=cou", "channels", [courier]),
    ]:
        assert ids_on(owner, path, noun) == expected, path
    assert "Nothing fits this search." in owner.text("/canaries?tag=none")
    assert owner.get("/orders?after=garbage").status_code == 422
    assert owner.get("/canaries?tag=%00").status_code == 422


def test_a_name_is_found_and_stands_in_no_address(owner, operator, app, shop):
    made = registry.issue(app, shop, count=3)
    answer = owner.send("/canaries", "/canaries/search", heard=made[1].recipient_name)
    assert answer.status_code == 200
    first = re.search(r'<th scope="row"><a href="/canaries/([^"]+)"', answer.text)
    assert first
    assert first[1] == made[1].canary_id
    hidden = operator.send("/canaries", "/canaries/search", heard="金秀珍")
    others = [one.recipient_name for one in made if one.recipient_name in hidden.text]
    assert others == []


def test_campaigns_count_what_bears_their_tag(analyst, app, shop):
    (one,) = registry.issue(app, shop, tags=("spring", "north"))
    registry.issue(app, shop, tags=("spring",))
    registry.place(app, one.canary_id, shop)
    registry.log(app, dialled_number=one.phone.text, canary_id=one.canary_id)
    registry.log(app, dialled_number=one.phone.text, tags="loose spring")
    rows = re.findall(r'<tr><th scope="row">(.*?)</tr>', analyst.get("/campaigns").text, re.S)
    assert [re.sub(r"<[^>]+>", " ", row).split() for row in rows] == [
        ["loose", "0", "0", "1"],
        ["north", "1", "1", "1"],
        ["spring", "2", "1", "2"],
    ]


def test_files_hold_what_the_filter_shows_and_no_formula(owner, app, shop):
    evil = registry.add_channel(app, "courier", "=HYPERLINK(1)", contact="@SUM(1)", legitimate_numbers="+447700900321")
    (canary,) = registry.issue(app, shop, notes="-1+1")
    registry.place(app, canary.canary_id, shop, evil, item="=1+1", order_no="+86", account="@x")
    (row,) = rows_of(owner.get("/canaries.csv"))
    assert (row["phone"], row["notes"]) == (f"'{canary.phone.text}", "'-1+1")
    assert row["recipient_name"] == canary.recipient_name
    (order,) = rows_of(owner.get("/orders.csv"))
    assert (order["item"], order["order_no"], order["account"]) == ("'=1+1", "'+86", "'@x")
    assert order["route"] == f"{shop} {evil}"
    named = {row["channel_id"]: row for row in rows_of(owner.get("/channels.csv?kind=courier"))}
    assert list(named) == [evil]
    assert (named[evil]["name"], named[evil]["contact"]) == ("'=HYPERLINK(1)", "'@SUM(1)")
    assert named[evil]["legitimate_numbers"] == "'+447700900321"
    assert [row["number"] for row in rows_of(owner.get("/numbers.csv"))] == [f"'{registry.LANDLINE}"]
    assert rows_of(owner.get("/canaries.csv?tag=none")) == []
    assert facts(app, "orders") == ["identities_revealed"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_what_begins_like_a_formula_is_taken_for_text(text):
    assert harmless(text) == f"'{text}"


def test_long_files_are_whole(owner, app, monkeypatch):
    monkeypatch.setattr(lists, "_FILE_ROWS", 2)
    registry.own_number(app)
    made = registry.issue(app, count=5)
    assert [row["canary_id"] for row in rows_of(owner.get("/canaries.csv"))] == sorted(one.canary_id for one in made)


def test_ticked_canaries_are_tagged_and_untagged(owner, app, shop):
    ids = [one.canary_id for one in registry.issue(app, shop, count=3, tags=("old",))]
    ticked = {"id": ids[:2], "tags": "spring north"}
    assert owner.send("/canaries", "/canaries/selected", act="tag", **ticked).status_code == 303
    assert sorted(ids_on(owner, "/canaries?tag=spring", "canaries")) == sorted(ids[:2])
    assert owner.send("/canaries", "/canaries/selected", act="untag", id=ids, tags="old").status_code == 303
    assert ids_on(owner, "/canaries?tag=old", "canaries") == []
    sheet = owner.send("/canaries", "/canaries/selected", act="sheet", id=ids)
    assert sheet.text.count('class="card canary"') == 3


def test_ticked_canaries_are_given_up_after_one_more_question(owner, app, shop):
    ids = [one.canary_id for one in registry.issue(app, shop, count=3)]

    def registry_state():
        return {one.canary_id: one.state.value for one in registry.everything(app)["canaries"]}

    asked = owner.send("/canaries", "/canaries/selected", act="retire", id=ids[:2])
    assert asked.status_code == 200
    assert set(registry_state().values()) == {"issued"}
    fields = [("csrf", owner.csrf), ("sure", "yes"), *(("id", one) for one in ids[:2])]
    assert [owner.post("/canaries/retire", fields).status_code for _ in range(2)] == [303, 303]
    assert registry_state() == {ids[0]: "quarantined", ids[1]: "quarantined", ids[2]: "issued"}
    again = owner.send("/canaries", "/canaries/selected", act="retire", id=ids)
    assert f"Given up already, and left as they are: {ids[0]}, {ids[1]}" in text_of(again)
    one = owner.send(f"/canaries/{ids[2]}", f"/canaries/{ids[2]}/retire")
    assert "Give canaries up?" in text_of(one)
    assert registry_state()[ids[2]] == "issued"


WRONG = [
    {"act": "tag", "tags": "x"},
    {"act": "tag", "id": ["k-none"], "tags": "x"},
    {"act": "tag", "id": "real", "tags": ""},
    {"act": "other", "id": "real"},
    {"act": "sheet", "id": ["k-none"]},
    {"act": "retire", "id": ["k-none"]},
]


def test_what_cannot_be_done_to_ticked_ones_is_refused(owner, app, shop):
    (canary,) = registry.issue(app, shop)
    before = registry.everything(app)
    for given in WRONG:
        ids = [canary.canary_id] if given.get("id") == "real" else given.get("id", [])
        assert owner.send("/canaries", "/canaries/selected", **{**given, "id": ids}).status_code in {404, 422}, given
    assert registry.everything(app) == before


def test_tags_and_notes_are_written_anew(owner, app, shop):
    (canary,) = registry.issue(app, shop, tags=("old",), notes="before")
    path = f"/canaries/{canary.canary_id}"
    assert owner.send(path, f"{path}/notes", tags="new, newer", notes="line\r\nline").status_code == 303
    with app.reading() as work:
        found = work.canaries.get(canary.canary_id)
    assert (found.tags, found.notes) == (("new", "newer"), "line\nline")
    long = owner.send(path, f"{path}/notes", tags="kept", notes="x" * 2001)
    assert long.status_code == 422
    assert 'value="kept"' in long.text


def test_nothing_that_was_typed_runs_as_a_script(owner, app):
    registry.own_number(app, notes=EVIL)
    tag = "<script>alert(1)</script>"
    shop = registry.add_channel(app, "merchant", EVIL, contact=EVIL, tags=tag)
    (canary,) = registry.issue(app, shop, notes=EVIL, tags=(tag,))
    private = {"item": EVIL, "order_no": EVIL, "waybill_no": EVIL, "account": EVIL, "notes": EVIL}
    order = registry.place(app, canary.canary_id, shop, **private)
    reading = [
        *("/canaries", "/canaries/new", "/channels", "/orders", "/numbers", "/campaigns", "/users", "/keys"),
        *(f"/canaries/{canary.canary_id}", f"/channels/{shop}", f"/orders/{order.order_id}"),
        *("/orders/new", f"/canaries?tag={EVIL}", f"/orders?prefix={EVIL}", f"/channels?named={EVIL}"),
        f"/canaries/sheet?ids={canary.canary_id}",
    ]
    answers = {path: owner.get(path) for path in reading}
    csrf = owner.csrf
    for path, names in {
        "/canaries/new": ("for", "tags", "notes", "locale", "gender", "number", "count", "name", "kind"),
        "/channels/new": ("name", "kind", "channel_id", "parent_id", "contact", "legitimate_numbers", "tags"),
        "/numbers": ("number", "kind", "extension_digits", "owned_from", "owned_until", "notes"),
        "/orders/new": (
            "canary_id",
            "leg",
            "item",
            "price",
            "currency",
            "order_no",
            "waybill_no",
            "account",
            "placed_at",
        ),
        f"/orders/{order.order_id}/exposures": ("channel_id", "exposed_at", "fields", "alias", "alias_expires_at"),
        "/canaries/search": ("heard",),
        "/canaries/selected": ("id", "act", "tags"),
        f"/canaries/{canary.canary_id}/notes": ("tags",),
        "/users": ("login", "role", "password"),
        "/keys": ("label", "scopes", "days"),
    }.items():
        fields = [("csrf", csrf), *((name, EVIL) for name in names)]
        answers[f"POST {path}"] = owner.post(path, fields)
    for path, answer in answers.items():
        assert answer.status_code in {200, 303, 404, 422, 409}, (path, answer.status_code)
        assert "<script>alert" not in answer.text, path
        assert "<img src=x" not in answer.text, path
        if answer.status_code == 200:
            assert "script-src 'self'" in answer.headers["content-security-policy"]
