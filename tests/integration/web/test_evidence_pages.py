"""Evidence packs on pages: from a call in two taps, what is chosen is opened, and a verdict for whoever has one."""

import re

import pytest

from tests.factories import registry
from tests.factories.packs import OURS, key_of, pack_members
from tests.factories.reports import written
from tracer.documents.evidence.pack_zip import read_pack, write_pack
from tracer.domain.evidence.verify_pack import verify_pack
from tracer.scheduler.run_jobs import run_one

CALLER = "+447700900666"


@pytest.fixture
def there(app):
    shop = registry.add_channel(app)
    registry.own_number(app)
    called, silent = registry.issue(app, shop, count=2)
    registry.place(app, called.canary_id, shop)
    call = registry.log(app, canary_id=called.canary_id, known_fields="name", caller_number=CALLER, transcript="您好")
    return {"channel": shop, "canary": called.canary_id, "silent": silent.canary_id, "call": call.call_id}


def form(there, kind="call", **more):
    return {"kind": kind, "id": there[kind], **more}


def upload(pack, name="pack.zip"):
    return {"files": {"pack": (name, pack, "application/zip")}}


@pytest.mark.parametrize(("kind", "folder"), [("call", "calls"), ("canary", "canaries"), ("channel", "channels")])
def test_the_way_leads_from_the_subject_and_is_shown_to_whom_it_is_open(there, owner, analyst, kind, folder):
    (link,) = re.findall(r'href="(/evidence/new\?[^"]+)"', owner.get(f"/{folder}/{there[kind]}").text)
    page = owner.get(link.replace("&amp;", "&"))
    assert page.status_code == 200
    assert there[kind] in written(page)
    assert "/evidence/new" not in analyst.get(f"/{folder}/{there[kind]}").text


def test_only_those_who_may_export_make_packs(there, operator, analyst, auditor, outsider, owner):
    path = f"/evidence/new?kind=call&id={there['call']}"
    for who in (operator, analyst, auditor):
        assert who.get(path).status_code == 403
        assert who.send("/evidence", form(there, checked="yes")).status_code == 403
    assert outsider.get(path).status_code == 303
    assert owner.http.post("/evidence", data=form(there, checked="yes")).status_code == 403, "without the page's token"


def test_a_pack_from_a_call_opens_what_was_chosen(app, there, owner, analyst):
    begun = owner.send("/evidence", form(there, open="caller_number", checked="yes", once="one"))
    assert begun.status_code == 303
    job = begun.headers["location"].partition("?")[0]
    again = owner.send("/evidence", form(there, open="caller_number", checked="yes", once="one"))
    assert again.headers["location"] == begun.headers["location"], "a double tap makes one"
    assert '<meta http-equiv="refresh"' in owner.get(job).text
    assert run_one(app, "tester")
    page = owner.get(job)
    link = f"{job}/output"
    assert f'href="{link}"' in page.text
    fetched = owner.get(link)
    with app.reading() as work:
        made = work.jobs.get(job.rpartition("/")[2]).result
        fingerprint = work.ledger.log().key.fingerprint
    assert made["sha256"] in page.text
    assert fingerprint in page.text
    assert "nobody has called yet" not in written(page)
    told = {one.path: one.read for one in _fields(fetched.content, fingerprint)}
    assert told["/payload/caller_number"] == CALLER
    assert "/payload/transcript" not in told
    assert CALLER not in page.text
    assert analyst.get(job).status_code == 404


def _fields(pack, fingerprint):
    return [field for one in verify_pack(read_pack(pack), fingerprint).facts for field in one.fact.fields]


def test_without_the_tick_nothing_is_made_and_what_was_chosen_stays(app, there, owner):
    refused = owner.send("/evidence", form(there, open=["transcript", "notes"], name_persons="yes"))
    assert refused.status_code == 422
    assert "made only by somebody who has checked" in written(refused)
    ticked = re.findall(r'name="(?:open|name_persons)" value="(\w+)" checked', refused.text)
    assert ticked == ["transcript", "notes", "yes"]
    assert "<details open>" in refused.text
    with app.reading() as work:
        assert work.jobs.all() == []


def test_what_cannot_be_packed_is_refused_in_words(app, there, owner):
    for query, status in (("kind=call&id=none", 404), ("kind=number&id=x", 422), ("kind=call", 422), ("id=x", 422)):
        assert owner.get(f"/evidence/new?{query}").status_code == status, query
    assert owner.send("/evidence", form(there, open="everything", checked="yes")).status_code == 422
    assert owner.send("/evidence", {"kind": "call", "id": "none", "checked": "yes"}).status_code == 404
    owner.send(f"/calls/{there['call']}/undo")
    assert "/evidence/new" not in owner.get(f"/calls/{there['call']}").text
    refused = owner.get(f"/evidence/new?kind=call&id={there['call']}", headers={"Accept-Language": "zh-CN"})
    assert refused.status_code == 409
    assert "不计入" in written(refused)


def test_a_canary_that_nobody_called_is_warned_of_before_and_after(app, there, owner):
    warning = "Nobody has called this canary yet"
    assert warning in written(owner.get(f"/evidence/new?kind=canary&id={there['silent']}"))
    assert warning not in written(owner.get(f"/evidence/new?kind=canary&id={there['canary']}"))
    job = owner.send("/evidence", form(there, "canary") | {"id": there["silent"], "checked": "yes"})
    assert run_one(app, "tester")
    page = owner.get(job.headers["location"])
    assert "canaries that nobody has called yet" in written(page)
    assert f'href="/canaries/{there["silent"]}"' in page.text


def test_anybody_logged_in_gets_a_verdict(operator, analyst, auditor, outsider):
    whole = write_pack(pack_members(early=0))
    assert outsider.get("/evidence/verify").status_code == 303
    for who in (operator, analyst, auditor):
        assert who.get("/evidence/verify").status_code == 200
        answer = who.send("/evidence/verify", **upload(whole))
        assert answer.status_code == 200
        assert "Intact, but its origin is not proven." in written(answer)
    fingerprint = key_of(OURS).fingerprint
    proven = auditor.send("/evidence/verify", {"trust": fingerprint.upper()}, **upload(whole))
    assert "Intact, and signed by the key you trust." in written(proven)
    assert auditor.http.post("/evidence/verify", data={}, **upload(whole)).status_code == 403, "without the token"


def test_a_pack_that_does_not_hold_is_refused_with_its_member(auditor):
    members = pack_members(early=0)
    edited = write_pack({**members, "report.pdf": b"edited"})
    answer = auditor.send("/evidence/verify", **upload(edited))
    assert answer.status_code == 422
    assert "Refused: this pack does not hold. report.pdf was changed" in written(answer)
    chinese = {"Accept-Language": "zh-CN"}
    assert "report.pdf 被改过" in written(auditor.send("/evidence/verify", headers=chinese, **upload(edited)))
    cut = auditor.send("/evidence/verify", headers=chinese, **upload(edited[:200]))
    assert "文件被截断了" in written(cut)
    less = write_pack({name: content for name, content in members.items() if name != "facts/0002.json"})
    assert "facts/0002.json is missing" in written(auditor.send("/evidence/verify", **upload(less)))


def test_bad_input_keeps_what_was_typed(auditor):
    whole = write_pack(pack_members(early=0))
    none = auditor.send("/evidence/verify", {"trust": "ab:cd"})
    assert none.status_code == 422
    assert "Choose the zip file" in written(none)
    assert 'value="ab:cd"' in none.text
    bad = auditor.send("/evidence/verify", {"trust": "ab:cd"}, **upload(whole))
    assert bad.status_code == 422
    assert "a fingerprint of 64 hexadecimal digits" in written(bad)
    assert 'value="ab:cd"' in bad.text
    other = auditor.send("/evidence/verify", {"trust": "00" * 32}, **upload(whole))
    assert "signed by another key than the one you trust" in written(other)
    assert f'value="{"00" * 32}"' in other.text


def test_a_pack_larger_than_usual_bodies_is_read(auditor):
    pack = write_pack({**pack_members(early=0), "x": bytes(2 << 20)})
    answer = auditor.send("/evidence/verify", **upload(pack))
    assert "x does not belong in the pack" in written(answer)
