"""The page of one call: what may be seen of it, its files, its finding; corrected, undone, restored, merged."""

import re

import pytest

from tests.factories import access, registry
from tracer.domain.call import CallState
from tracer.domain.records import call_record
from tracer.services.calls.log_call import AttachedFile, attached
from tracer.web.call_form import states_of

CONTENT = b"\x00the recording\xff"
SECRETS = {
    "heard_name": "Wilhelmina Quistgaard",
    "caller_number": "+447700900321",
    "transcript": "periwinkle kettle",
    "notes": "sounded hurried",
    "heard_item": "violet kettle",
    "heard_order_no": "ends in 00981",
    "heard_waybill_no": "tail 12349",
}


@pytest.fixture
def canary(app):
    merchant = registry.add_channel(app)
    registry.own_number(app)
    (made,) = registry.issue(app, merchant)
    return made


@pytest.fixture
def call(app, canary):
    files = (attached("recording of Quistgaard.ogg", CONTENT), AttachedFile("noted.txt", 3, "0" * 64))
    known = {"known_fields": "name phone:last4 phone:alias", "unknown_fields": "order_no", "tags": "spring"}
    return registry.log(app, *files, dialled_number=canary.phone.text, **SECRETS, **known)


@pytest.fixture
def place(call):
    return f"/calls/{call.call_id}"


def current(app, call):
    with app.reading() as work:
        return work.calls.get(call.call_id)


def file_of(app, call, name="recording of Quistgaard.ogg"):
    with app.reading() as work:
        return next(one for one in work.calls.attachments(call.call_id) if one.file_name == name).attachment_id


def form_of(text):
    """The fields of the form of a page as a browser would send them."""
    fields = dict(re.findall(r'<input name="(\w+)" (?:type="[\w-]+" )?value="([^"]*)"', text))
    fields |= dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    fields |= dict(re.findall(r'<input type="radio" name="(\w+)" value="([^"]*)" checked', text))
    fields |= dict(re.findall(r'<textarea name="(\w+)"[^>]*>\n(.*?)</textarea>', text, re.DOTALL))
    return fields


def test_an_outsider_is_shown_where_to_log_in(outsider, app, call, place):
    for path in (place, f"{place}/correct", f"{place}/explanation", f"{place}/attachments/{file_of(app, call)}"):
        answer = outsider.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")
    for what in ("correct", "undo", "restore", "merge"):
        assert outsider.http.post(f"{place}/{what}").headers["location"].startswith("/login")
    assert current(app, call) == call


def test_an_auditor_sees_no_call(auditor, place):
    assert auditor.get(place).status_code == auditor.get(f"{place}/explanation").status_code == 403


@pytest.mark.parametrize("role", ["owner", "operator"])
def test_all_is_shown_to_those_who_see_one_and_it_is_noted(app, browser, call, place, role):
    text = browser(role).get(place).text
    assert [secret for secret in SECRETS.values() if secret not in text] == []
    assert "recording of Quistgaard.ogg" in text
    assert access.facts(app, call.call_id) == ["call_logged", "identity_revealed"]


def test_an_analyst_sees_nothing_personal(app, analyst, call, place):
    for path in (place, f"{place}/explanation"):
        text = analyst.get(path).text
        assert [secret for secret in (*SECRETS.values(), "Quistgaard", call.dialled.number) if secret in text] == []
    assert access.facts(app, call.call_id) == ["call_logged"]


def test_there_is_no_page_of_what_is_not_there(owner):
    for path in (
        "/calls/c-none",
        "/calls/c-none/correct",
        "/calls/c-none/explanation",
        "/calls/c-none/attachments/a-x",
    ):
        assert owner.get(path).status_code == 404
    assert owner.get("/calls/%00").status_code == 422


def test_the_finding_is_a_piece_of_the_page(operator, canary, place):
    piece = operator.get(f"{place}/explanation")
    assert piece.status_code == 200
    assert "<html" not in piece.text
    assert canary.canary_id in piece.text
    assert "<meter" in piece.text
    assert "style=" not in piece.text
    assert "The caller knew: name" in piece.text


def test_a_call_that_accuses_nobody_says_so(app, operator):
    call = registry.log(app, heard_name="x", nature="legitimate")
    assert "is not attributed" in operator.get(f"/calls/{call.call_id}/explanation").text


@pytest.mark.parametrize("role", ["owner", "operator"])
def test_a_file_is_downloaded_and_never_shown(app, browser, call, place, role):
    answer = browser(role).get(f"{place}/attachments/{file_of(app, call)}")
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''recording%20of%20Quistgaard.ogg"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert access.facts(app, call.call_id) == ["call_logged", "attachment_fetched"]


def test_a_file_is_not_handed_to_those_who_may_not_see(app, analyst, auditor, call, place):
    for who in (analyst, auditor):
        assert who.get(f"{place}/attachments/{file_of(app, call)}").status_code == 403
    assert access.facts(app, call.call_id) == ["call_logged"]


def test_of_a_file_that_was_only_noted_there_is_nothing_to_download(app, owner, call, place):
    assert "only its hash was noted" in owner.get(place).text
    assert owner.get(f"{place}/attachments/{file_of(app, call, 'noted.txt')}").status_code == 404


def test_the_form_to_correct_changes_nothing_by_itself(app, operator, call, place):
    form = form_of(operator.get(f"{place}/correct").text)
    assert {name: form[name] for name in SECRETS} == SECRETS
    answer = operator.send(f"{place}/correct", form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{place}?done=call-corrected")
    assert current(app, call) == call
    assert "call_corrected" not in access.facts(app, call.call_id)


def test_a_call_is_corrected_and_the_history_tells(app, operator, call, place):
    form = form_of(operator.get(f"{place}/correct").text)
    changes = {
        "heard_name": "Quist <i>",
        "nature": "unsure",
        "knew_item": "item",
        "knew_order_no": "",
        "answered": "no",
    }
    operator.send(f"{place}/correct", {**form, **changes, "received_at": "2026-11-20T09:08:07"})
    record = call_record(current(app, call))
    assert (record["heard_name"], record["nature"], record["answered"]) == ("Quist <i>", "unsure", "no")
    assert (record["known_fields"], record["unknown_fields"]) == ("name phone:last4 phone:alias item", "")
    assert record["received_at"] == "2026-11-20T09:08:07+08:00"
    text = operator.get(place).text
    assert "<del>Wilhelmina Quistgaard</del> → <ins>Quist &lt;i&gt;</ins>" in text


def test_a_bad_correction_keeps_what_was_typed(app, operator, call, place):
    form = form_of(operator.get(f"{place}/correct").text)
    answer = operator.send(f"{place}/correct", {**form, "dialled_number": "12", "notes": "<script>new"})
    assert answer.status_code == 422
    assert "This number cannot be read" in answer.text
    assert "&lt;script&gt;new" in answer.text
    assert current(app, call) == call


def test_a_call_is_undone_and_restored(app, operator, call, place):
    assert operator.send(f"{place}/undo").headers["location"] == f"{place}?done=call-undone"
    assert current(app, call).state is CallState.UNDONE
    again = operator.send(f"{place}/undo")
    assert again.status_code == 409
    assert "undone already" in again.text
    assert f'action="{place}/restore"' in again.text
    assert operator.send(f"{place}/restore").headers["location"] == f"{place}?done=call-restored"
    assert current(app, call).state is CallState.LOGGED


def test_two_records_become_one(app, operator, call, place):
    other = registry.log(app, heard_name=SECRETS["heard_name"])
    answer = operator.send(f"{place}/merge", {"into": other.call_id})
    assert answer.headers["location"] == f"/calls/{other.call_id}?done=call-merged"
    assert current(app, call).merged_into == other.call_id
    assert f'href="/calls/{other.call_id}"' in operator.get(place).text
    shown = operator.get(f"/calls/{other.call_id}").text
    assert f"/calls/{other.call_id}/attachments/{file_of(app, call)}" in shown


def test_a_merge_that_cannot_be_keeps_the_id_that_was_typed(app, operator, call, place):
    answer = operator.send(f"{place}/merge", {"into": "c-no<ne"})
    assert answer.status_code == 409
    assert 'value="c-no&lt;ne"' in answer.text
    assert current(app, call) == call


@pytest.mark.parametrize("what", ["correct", "undo", "restore", "merge"])
def test_who_may_not_change_and_forged_forms_are_refused(app, analyst, operator, call, place, what):
    assert analyst.send(f"{place}/{what}", {"into": "x"}).status_code == 403
    assert operator.http.post(f"{place}/{what}", data={"into": "x"}).status_code == 403
    assert current(app, call) == call


def test_an_analyst_is_offered_no_changes(analyst, place):
    text = analyst.get(place).text
    assert f'action="{place}' not in text
    assert analyst.get(f"{place}/correct").status_code == 403


def test_buttons_and_record_agree():
    assert states_of({"known_fields": "phone:last4", "unknown_fields": "name item"}) == {
        **dict.fromkeys(("knew_price", "knew_order_no", "knew_waybill_no"), ""),
        **dict.fromkeys(("knew_address", "knew_order_time", "knew_account"), ""),
        "knew_phone": "phone:last4",
        "knew_name": "!",
        "knew_item": "!",
    }


def test_files_are_added_later_and_once(app, operator, call, place):
    two = [("attachments", ("声音 <b>.ogg", b"later", "audio/ogg")), ("attachments", ("b.png", b"png", "image/png"))]
    answer = operator.send(f"{place}/attachments", files=two)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{place}?done=files-attached#files")
    text = operator.get(place).text
    assert "声音 &lt;b&gt;.ogg" in text
    assert operator.get(f"{place}/attachments/{file_of(app, call, '声音 <b>.ogg')}").content == b"later"
    again = operator.send(f"{place}/attachments", files=two[:1])
    assert again.headers["location"] == f"{place}?done=files-known#files"
    with app.reading() as work:
        assert len(work.calls.attachments(call.call_id)) == 4


def test_files_that_cannot_be_kept_are_told_of_by_the_chooser(app, operator, call, place):
    for content, says in ((b"", "One is empty: 0 bytes"), (bytes((25 << 20) + 1), "at most 25 MB together")):
        answer = operator.send(f"{place}/attachments", files=[("attachments", ("a.ogg", content, "a/b"))])
        assert answer.status_code == 422
        assert says in answer.text
        assert 'id="attachments-problem"' in answer.text
    answer = operator.send(f"{place}/attachments", files=[("other", ("a.ogg", b"x", "a/b"))])
    assert "Choose a recording or a screenshot" in answer.text
    with app.reading() as work:
        assert len(work.calls.attachments(call.call_id)) == 2


def test_who_only_reads_calls_adds_no_file(app, analyst, call, place):
    assert "multipart/form-data" not in analyst.get(place).text
    sent = analyst.send(f"{place}/attachments", files=[("attachments", ("a.ogg", b"x", "a/b"))])
    assert sent.status_code == 403
    assert access.facts(app, call.call_id) == ["call_logged"]
