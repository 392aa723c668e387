"""Log a call on the page: by tapping, once, nothing lost that was typed, nothing shown that may not be seen."""

import re
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

from tests.factories import access, registry
from tracer.domain.records import call_record
from tracer.web.call_form import ROWS

NASTY = """<script>alert(1)</script>"'&<b>"""
ESCAPED = "&lt;script&gt;"
KEY = re.compile(r'name="request_key" value="([^"]+)"')


@pytest.fixture
def canary(app):
    merchant = registry.add_channel(app)
    registry.own_number(app)
    (made,) = registry.issue(app, merchant)
    return made


@pytest.fixture
def number_id(app, canary):
    with app.reading() as work:
        return work.numbers.all()[0].number_id


def calls(app):
    with app.reading() as work:
        return list(work.calls.all())


def key_of(who):
    return KEY.search(who.get("/calls/new").text)[1]


def typed(canary, number_id, **more):
    ext = {"line": number_id, "line_text": canary.phone.extension}
    return {**ext, "heard_name": canary.recipient_name, "knew_name": "name", "answered": "yes", "kind": "call", **more}


def test_an_outsider_is_shown_where_to_log_in(outsider):
    answer = outsider.get("/calls/new")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/calls/new")
    for path in ("/calls/new", "/calls/candidates"):
        assert outsider.http.post(path, data={"heard_name": "x"}).headers["location"].startswith("/login")


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_who_logs_no_calls_is_refused(app, browser, role):
    who = browser(role)
    assert who.get("/calls/new").status_code == 403
    assert who.send("/calls/new", {"heard_name": "x"}).status_code == 403
    assert calls(app) == []


@pytest.mark.parametrize("role", ["owner", "operator"])
def test_a_call_is_logged_and_its_page_shown(app, browser, canary, number_id, role):
    who = browser(role)
    more = {"knew_item": "item", "heard_item": "护肤品", "knew_order_no": "!", "script": "defect_refund"}
    answer = who.send("/calls/new", typed(canary, number_id, **more, claimed_role="merchant", tags="a b", notes="n"))
    assert answer.status_code == 303, answer.text
    (call,) = calls(app)
    assert answer.headers["location"] == f"/calls/{call.call_id}?done=call-logged"
    record = call_record(call)
    assert (record["known_fields"], record["unknown_fields"]) == ("name item", "order_no")
    assert (record["dialled_number"], record["heard_item"]) == (canary.phone.text, "护肤品")
    assert (record["script"], record["claimed_role"], record["nature"], record["tags"]) == (
        *("defect_refund", "merchant", "scam"),
        "a b",
    )
    shown = who.get(answer.headers["location"] + "&wait=1")
    assert shown.status_code == 200
    assert "The call is logged." in shown.text
    assert canary.recipient_name in shown.text
    assert "<meter" in shown.text
    assert f'action="/calls/{call.call_id}/undo"' in shown.text


def test_a_form_of_another_site_is_refused(app, owner, canary, number_id):
    for csrf in ("", "x"):
        answer = owner.http.post("/calls/new", data={"csrf": csrf, **typed(canary, number_id)})
        assert answer.status_code == 403
    foreign = owner.send("/calls/new", typed(canary, number_id), headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert calls(app) == []


def test_the_same_form_sent_again_logs_one_call(app, owner, canary, number_id):
    form = typed(canary, number_id, request_key=key_of(owner))
    places = {owner.send("/calls/new", form).headers["location"] for _ in range(3)}
    assert len(places) == len(calls(app)) == 1


def test_a_double_tap_logs_one_call_and_both_see_it(app, owner, canary, number_id):
    form = {**typed(canary, number_id), "request_key": key_of(owner), "csrf": owner.csrf()}
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: owner.http.post("/calls/new", data=form), range(8)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == len(calls(app)) == 1


def test_another_call_under_a_used_form_is_not_swallowed(app, owner, canary, number_id):
    key = key_of(owner)
    owner.send("/calls/new", typed(canary, number_id, request_key=key))
    again = owner.send("/calls/new", typed(canary, number_id, request_key=key, notes="changed"))
    assert again.status_code == 422
    assert "changed" in again.text
    fresh = KEY.search(again.text)[1]
    assert fresh != key
    assert owner.send("/calls/new", typed(canary, number_id, request_key=fresh, notes="changed")).status_code == 303
    assert [call.notes for call in calls(app)] == ["", "changed"]


def test_the_pages_own_script_is_told_where_the_call_is(app, owner, canary, number_id):
    answer = owner.send("/calls/new", typed(canary, number_id), headers={"Accept": "application/json"})
    assert answer.status_code == 201
    assert answer.json() == {"location": f"/calls/{calls(app)[0].call_id}?done=call-logged"}


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"line": "", "line_text": "12"}, "This number cannot be read"),
        ({"line": "", "line_text": "+447700900999"}, "This number is not among yours"),
        ({"received_at": "2031-01-01T10:00"}, "This is no time that has come"),
        ({"received_at": "yesterday"}, "This is no time that has come"),
        ({"caller_number": "1" * 80}, "This number cannot be read"),
        ({"heard_price": "x" * 41}, "Shorter, please"),
        ({"canary_id": "k-nobody"}, "There is no such canary"),
        ({"script": "nonsense"}, "one of:"),
        ({"knew_item": "nonsense"}, "field names out of"),
    ],
)
def test_a_bad_form_keeps_what_was_typed(app, owner, canary, number_id, bad, said):
    form = typed(canary, number_id, request_key="k", transcript="what was said", knew_phone="phone:last4") | bad
    answer = owner.send("/calls/new", form)
    assert answer.status_code == 422
    assert calls(app) == []
    assert said in answer.text
    for kept in (canary.recipient_name, "what was said", 'value="k"', *(text for text in bad.values() if text)):
        assert kept in answer.text or kept == "nonsense"  # no button is called so: it falls back to the first
    assert re.search(r'name="knew_phone" value="phone:last4" checked', answer.text)


def test_an_empty_form_is_not_a_call(app, owner, canary):
    answer = owner.send("/calls/new", {"kind": "call", "answered": "yes"})
    assert answer.status_code == 422
    assert "nothing is said of this call" in answer.text
    assert calls(app) == []


def test_what_is_typed_is_shown_as_text(app, owner, canary):
    fields = ("line_text", "heard_name", "heard_item", "heard_price", "heard_order_no", "heard_waybill_no")
    fields = (*fields, "caller_number", "transcript", "notes", "tags", "canary_id", "received_at", "request_key")
    answer = owner.send("/calls/new", dict.fromkeys((*fields, "script", "line"), NASTY))
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert answer.text.count(ESCAPED) >= len(fields)
    looked = owner.send("/calls/candidates", {"heard_name": NASTY, "canary_id": NASTY})
    assert "<script>alert" not in looked.text


def test_a_time_without_offset_is_that_of_the_browser(app, owner, canary, number_id):
    form = typed(canary, number_id, received_at="2026-11-20T10:00")
    owner.send("/calls/new", {**form, "utc_offset": "-05:00"})
    owner.send("/calls/new", form)
    assert sorted(call.received_at.isoformat() for call in calls(app)) == [
        "2026-11-20T10:00:00+08:00",
        "2026-11-20T10:00:00-05:00",
    ]


@pytest.mark.parametrize("role", ["owner", "operator"])
def test_candidates_appear_while_the_name_is_typed(app, browser, canary, role):
    who = browser(role)
    answer = who.send("/calls/candidates", {"heard_name": canary.recipient_name})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert f'name="canary_id" value="{canary.canary_id}"' in answer.text
    assert canary.recipient_name in answer.text
    assert access.facts(app, "canary")[-1] == "identities_revealed"


def test_the_look_button_shows_them_without_script(app, operator, canary, number_id):
    answer = operator.send("/calls/new", typed(canary, number_id, action="look", notes="kept"))
    assert answer.status_code == 200
    assert f'name="canary_id" value="{canary.canary_id}"' in answer.text
    assert "kept" in answer.text
    assert calls(app) == []


def test_a_look_says_why_it_finds_nobody(owner, canary):
    said = {
        "": "Type the name as you heard it",
        "+447700900999": "This number is not among yours",
        "??": "This number cannot be read",
    }
    for line, text in said.items():
        name = "张" if line else ""
        assert text in owner.send("/calls/candidates", {"heard_name": name, "line_text": line}).text


@pytest.fixture
def two_looks(monkeypatch):
    monkeypatch.setenv("TRACER_LOOKUPS_PER_HOUR", "2")


def test_looks_are_counted_and_the_call_is_saved_all_the_same(two_looks, app, operator, canary, number_id):
    texts = [operator.send("/calls/candidates", {"heard_name": canary.recipient_name}).text for _ in range(3)]
    assert [canary.canary_id in text for text in texts] == [True, True, False]
    assert "Too many look-ups for now" in texts[2]
    assert operator.send("/calls/new", typed(canary, number_id)).status_code == 303


def test_no_number_and_no_name_stands_in_the_empty_form(owner, canary):
    text = owner.get("/calls/new").text
    assert canary.phone.number not in text
    assert canary.recipient_name not in text
    assert canary.phone.number[-4:] in text


def test_every_field_of_the_domain_has_a_button(owner, canary):
    from tracer.domain.fields import TOKENS

    text = owner.get("/calls/new").text
    assert {token for row in ROWS for token in row.tokens} == set(TOKENS)
    for row in ROWS:
        for token in (*row.tokens, "!", ""):
            assert f'name="{row.name}" value="{token}"' in text


def test_files_are_kept_sealed_with_their_hash(app, owner, canary, number_id):
    planted = b"planted-recording-of-the-call" * 50_000
    files = [("attachments", ("../../录音 <b>.ogg", planted, "audio/ogg")), ("attachments", ("b.png", b"png", "x/y"))]
    answer = owner.send("/calls/new", typed(canary, number_id), files=files)
    assert answer.status_code == 303, answer.text
    (call,) = calls(app)
    with app.reading() as work:
        kept = {file.file_name: file.sha256 for file in work.calls.attachments(call.call_id)}
        (fact,) = work.journal.about(call.call_id)
    assert kept == {"录音 <b>.ogg": sha256(planted).hexdigest(), "b.png": sha256(b"png").hexdigest()}
    assert {file["sha256"] for file in fact.payload["attachments"]} == set(kept.values())
    held = b"".join(path.read_bytes() for path in app.settings.home.rglob("*") if path.is_file())
    assert len(held) > len(planted)
    assert b"planted-recording" not in held
    shown = owner.get(f"/calls/{call.call_id}").text
    assert "录音 &lt;b&gt;.ogg" in shown


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setenv("TRACER_ATTACHMENT_MEGABYTES", "1")


def test_files_too_large_are_told_of_in_the_form(small, app, owner, canary, number_id):
    large = [("attachments", ("a.ogg", bytes((1 << 20) + 1), "audio/ogg"))]
    answer = owner.send("/calls/new", typed(canary, number_id, notes="kept"), files=large)
    assert answer.status_code == 422
    assert "at most 1 MB together" in answer.text
    assert "kept" in answer.text
    assert calls(app) == []


def test_bodies_far_too_large_are_refused_with_a_page(small, app, owner, canary, number_id):
    huge = [("attachments", ("a.ogg", bytes(4 << 20), "audio/ogg"))]
    answer = owner.send("/calls/new", typed(canary, number_id), files=huge)
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")
    assert calls(app) == []


def test_a_pasted_transcript_fills_the_form_and_nothing_is_saved(app, browser, canary, number_id):
    who = browser("operator")
    story = f"客服：请问是{canary.recipient_name}吗？您买的面膜有质量问题，退款请加微信。"
    text = f"{story}\n我：订单号？\n客服：{NASTY}看不到"
    ext = {"line": number_id, "line_text": canary.phone.extension}
    answer = who.send("/calls/new", {**ext, "transcript": text, "action": "read", "claimed_role": "platform"})
    assert answer.status_code == 200
    assert calls(app) == []
    assert f'name="heard_name" value="{canary.recipient_name}"' in answer.text
    for chosen in ('"knew_name" value="name"', '"knew_item" value="item"', '"knew_order_no" value="!"'):
        assert f"name={chosen} checked" in answer.text
    assert 'name="claimed_role" value="platform" checked' in answer.text  # what was tapped stays
    assert 'name="script" value="defect_refund" checked' in answer.text
    assert "<mark>面膜" in answer.text
    assert "Nothing is saved yet" in answer.text
    assert NASTY not in answer.text


def test_a_transcript_for_a_line_that_is_not_ours_is_told_by_the_field(app, browser, canary):
    who = browser("operator")
    answer = who.send("/calls/new", {"line_text": "+442079460099", "transcript": "您好，退款", "action": "read"})
    assert answer.status_code == 422
    assert "This number is not among yours" in answer.text
    assert "您好，退款" in answer.text
