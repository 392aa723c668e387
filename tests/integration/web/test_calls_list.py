"""The list of calls: filters, pages, CSV for spreadsheets, several changed at once; and who sees what."""

import csv
import io
import re

import pytest

from tests.factories import access, registry
from tracer.domain.call import CallState
from tracer.web.csv_download import harmless

HEARD = "Wilhelmina Quistgaard"


@pytest.fixture
def logged(app):
    """Three calls, the oldest first; the first one says personal things."""
    return [
        registry.log(
            app,
            received_at=f"2026-11-{day}T10:00:00+08:00",
            heard_name=name,
            caller_number="+447700900321",
            script=script,
            tags=tags,
            nature=nature,
        ).call_id
        for day, name, script, tags, nature in (
            (10, HEARD, "threat", "spring", "scam"),
            (11, "=1+1", "delivery", "", "legitimate"),
            (12, "张女士", "threat", "", "unsure"),
        )
    ]


def shown(text):
    return re.findall(r'name="call" value="([^"]+)"', text)


def rows(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def states(app, ids):
    with app.reading() as work:
        return [work.calls.get(one).state for one in ids]


def test_an_outsider_is_shown_where_to_log_in(outsider, logged):
    for path in ("/calls", "/calls.csv"):
        answer = outsider.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")
    assert outsider.http.post("/calls/bulk").headers["location"].startswith("/login")


def test_who_reads_no_calls_is_refused(auditor, logged):
    for path in ("/calls", "/calls.csv"):
        assert auditor.get(path).status_code == 403


@pytest.mark.parametrize(("role", "sees"), [("owner", True), ("operator", False), ("analyst", False)])
def test_names_are_shown_to_those_who_may_see_all_and_it_is_noted(app, browser, logged, role, sees):
    who = browser(role)
    listed, written = who.get("/calls"), who.get("/calls.csv")
    assert (HEARD in listed.text, HEARD in written.text) == (sees, sees)
    assert "447700900321" in written.text if sees else "447700900321" not in written.text
    assert access.facts(app, "call") == (["identities_revealed"] * 2 if sees else [])


def test_the_newest_come_first_and_filters_hold(owner, logged):
    first, second, third = logged
    found = {
        query: shown(owner.get(f"/calls?{query}").text)
        for query in (
            "",
            "nature=legitimate",
            "script=threat",
            "tag=spring",
            "since=2026-11-11",
            "until=2026-11-11",
            "since=2026-11-11&until=2026-11-11",
            "canary_id=k-none",
        )
    }
    assert list(found.values()) == [
        [third, second, first],
        [second],
        [third, first],
        [first],
        [third, second],
        [second, first],
        [second],
        [],
    ]


@pytest.mark.parametrize("query", ["since=yesterday", "until=0001-01-01", "nature=bad", "after=x", "tag=%00"])
def test_a_bad_filter_is_told(owner, query):
    assert owner.get(f"/calls?{query}").status_code == 422


def test_pages_follow_each_other(app, owner):
    for minute in range(53):
        registry.log(app, received_at=f"2026-11-10T10:{minute:02}:00+08:00", heard_name="x", tags="many")
    first = owner.get("/calls?tag=many")
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
    second = owner.get(following.replace("&amp;", "&"))
    assert (len(shown(first.text)), len(shown(second.text))) == (50, 3)
    assert 'rel="next"' not in second.text
    assert len({*shown(first.text), *shown(second.text)}) == 53


def test_the_csv_holds_what_is_filtered_and_nothing_that_computes(owner, logged):
    answer = owner.get("/calls.csv?script=delivery")
    assert answer.headers["content-disposition"] == 'attachment; filename="tracer-calls.csv"'
    (row,) = rows(answer)
    assert (row["call_id"], row["heard_name"], row["caller_number"]) == (logged[1], "'=1+1", "'+447700900321")


@pytest.mark.parametrize("text", ["=1", "+44", "-1", "@x", "\tx", "  =1", "＝1"])
def test_what_begins_a_formula_gets_an_apostrophe(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "张", "1+1", "c-1"])
def test_other_cells_stay(text):
    assert harmless(text) == text


def test_those_ticked_are_tagged(app, operator, logged):
    first, _, third = logged
    answer = operator.send(
        "/calls/bulk", {"call": [first, third], "action": "tag", "tags": "seen", "back": "/calls?x=1"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls?x=1&done=changed")
    with app.reading() as work:
        assert [work.calls.get(one).tags for one in logged] == [("spring", "seen"), (), ("seen",)]


def test_those_ticked_are_undone_and_are_found_again(app, operator, logged):
    first, second, third = logged
    assert operator.send("/calls/bulk", {"call": [first, second], "action": "undo"}).status_code == 303
    assert states(app, logged) == [CallState.UNDONE, CallState.UNDONE, CallState.LOGGED]
    assert shown(operator.get("/calls").text) == [third]
    assert shown(operator.get("/calls?everything=yes").text) == [third, second, first]
    assert operator.send("/calls/bulk", {"call": logged, "action": "undo"}).status_code == 303
    assert states(app, logged) == [CallState.UNDONE] * 3


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"action": "undo"}, "Tick the calls first"),
        ({"action": "tag", "call": ["FIRST"]}, "Write the tag first"),
        ({"action": "tag", "call": ["FIRST", "c-none"], "tags": "x"}, "there is no call"),
    ],
)
def test_a_change_that_cannot_be_changes_nothing_and_keeps_the_ticks(app, owner, logged, sent, said):
    sent = {**sent, "call": [logged[0] if one == "FIRST" else one for one in sent.get("call", [])]}
    answer = owner.send("/calls/bulk", {**sent, "back": "/calls?script=threat"})
    assert answer.status_code == 422
    assert said in answer.text
    assert shown(answer.text) == [logged[2], logged[0]]
    assert (f'value="{logged[0]}" checked' in answer.text) == (logged[0] in sent["call"])
    with app.reading() as work:
        assert work.calls.get(logged[0]).tags == ("spring",)


def test_who_may_not_change_is_refused_and_shown_no_boxes(app, analyst, logged):
    assert shown(analyst.get("/calls").text) == []
    assert analyst.send("/calls/bulk", {"call": logged, "action": "undo"}).status_code == 403
    forged = analyst.http.post("/calls/bulk", data={"call": logged, "action": "undo"})
    assert forged.status_code == 403
    assert states(app, logged) == [CallState.LOGGED] * 3


def test_going_back_leads_nowhere_else(owner, logged):
    for back in ("https://evil.example/", "//evil.example"):
        answer = owner.send("/calls/bulk", {"call": [logged[0]], "action": "undo", "back": back})
        assert answer.headers["location"] == "/?done=changed"
