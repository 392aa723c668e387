"""The pages of the ledger: who may see them, what they say, sealing, looking again, proofs, and the alarm."""

import json
import re
from datetime import datetime

import pytest

from tests.conftest import NOW
from tests.factories import registry
from tests.factories.access import set_clock
from tests.factories.reports import written
from tests.storage_dump import execute
from tracer.domain.ledger.checkpoint import Checkpoint, read_proof, verified_checkpoint, verify_proof
from tracer.domain.ledger.note import read_key
from tracer.scheduler.run_jobs import run_one
from tracer.services.ledger.read_ledger import ledger_state, prove_entry
from tracer.services.ledger.stamp_ledger import keep_stamp, unstamped

PAGES = ("/ledger", "/ledger/facts", "/ledger/facts/none", "/ledger/facts/none/proof")


@pytest.fixture
def channel(app):
    return registry.add_channel(app)


def entry_of(app, subject_id, event="channel_registered"):
    with app.reading() as work:
        (found,) = (one.entry_id for one in work.journal.about(subject_id) if one.event == event)
    return found


def set_back(app):
    """The head outside the database knows of more facts than the database has."""
    app.seal_ledger()
    (path,) = (app.settings.home / "ledger").iterdir()
    with app.reading() as work:
        path.write_text(work.ledger.sign(Checkpoint(work.ledger.log().key.name, 999, bytes(32))))


def test_only_those_who_may_read_the_ledger_see_it(owner, auditor, operator, analyst, outsider):
    for path in PAGES:
        assert outsider.get(path).status_code == 303, path
        for who in (operator, analyst):
            assert who.get(path).status_code == 403, path
        for who in (owner, auditor):
            assert who.get(path).status_code == (404 if "none" in path else 200), path
    for path in ("/ledger/seal", "/ledger/verify"):
        assert analyst.send(path).status_code == 403
        assert auditor.http.post(path, data={}).status_code == 403, "without the page's token"


def test_an_auditor_lands_on_the_ledger_and_finds_the_way(auditor, owner):
    assert auditor.get("/").headers["location"] == "/ledger"
    page = auditor.get("/ledger").text
    assert 'href="/evidence/verify"' in page
    assert 'href="/account"' in page, "who came by a link is told to set a password"
    assert owner.get("/").status_code == 200


def test_sealing_makes_a_checkpoint_to_publish(app, auditor, channel):
    before = written(auditor.get("/ledger"))
    assert "Nothing is signed yet" in before
    assert "No time-stamp authority is configured" in before
    answer = auditor.send("/ledger/seal")
    assert answer.headers["location"] == "/ledger?done=ledger-sealed"
    page = auditor.get("/ledger")
    with app.reading() as work:
        state = ledger_state(work, app.ledger_head)
        note = work.ledger.latest_checkpoint().note
    assert verified_checkpoint(note, read_key(state["key"])).size == state["size"] > 0
    for text in (note, state["fingerprint"], state["key"]):
        assert f'data-copy="{text.replace("+", "&#43;")}"' in page.text or f'data-copy="{text}"' in page.text
        assert " ".join(text.split()) in " ".join(written(page).split())


def test_the_newest_trusted_time_is_the_tokens(app, auditor, channel):
    app.seal_ledger()
    with app.writing() as work:
        signed = unstamped(work)
        keep_stamp(work, signed, "tsa.example", b"token", datetime.fromisoformat("2026-11-19T08:07:06+00:00"))
        work.commit()
    said = written(auditor.get("/ledger"))
    assert "2026-11-19 08:07" in said
    assert "tsa.example" in said
    assert "No authority is asked any more" in said
    fact = written(auditor.get(f"/ledger/facts/{entry_of(app, channel)}"))
    assert "2026-11-19 08:07 · tsa.example" in fact


def test_facts_are_listed_newest_first_by_pages_and_filtered(app, auditor):
    made = [registry.add_channel(app, name=f"shop {number}") for number in range(60)]
    page = auditor.get("/ledger/facts?event=channel_registered")
    assert [made[-1], made[10]] == [
        re.findall(r"<td role=\"cell\">([^<]+)</td>", page.text)[place] for place in (0, 49)
    ]
    following = re.search(r'rel="next" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
    assert made[9] in auditor.get(following).text
    assert made[10] not in auditor.get(following).text
    (row,) = re.findall(r'href="(/ledger/facts/[^"]+)"', auditor.get(f"/ledger/facts?subject_id={made[3]}").text)
    assert row.endswith(entry_of(app, made[3]))
    assert "Nothing fits this search" in written(auditor.get("/ledger/facts?subject_id=nothing"))
    for bad in ("x", "-1", "0", "9" * 30, "%00"):
        assert auditor.get(f"/ledger/facts?after={bad}").status_code == 422, bad


def test_facts_show_heads_only(app, owner, channel):
    assert "兰亭" not in owner.get("/ledger/facts").text
    assert "兰亭" not in owner.get(f"/ledger/facts/{entry_of(app, channel)}").text


def test_the_proof_of_a_fact_is_a_file_that_verifies(app, auditor, channel):
    entry = entry_of(app, channel)
    assert "waits for its place" in written(auditor.get(f"/ledger/facts/{entry}"))
    assert auditor.get(f"/ledger/facts/{entry}/proof").status_code == 409
    app.seal_ledger()
    with app.reading() as work:
        proved = prove_entry(work, entry)
        key = work.ledger.log().key
    page = auditor.get(f"/ledger/facts/{entry}")
    assert proved.leaf_hash.hex() in page.text
    file = auditor.get(f"/ledger/facts/{entry}/proof")
    assert file.headers["content-disposition"] == f'attachment; filename="tracer-{entry}.tlog-proof"'
    found = read_proof(file.text)
    assert found.index == proved.proof.index
    assert verify_proof(proved.leaf_hash, found, key).size > found.index


def test_looking_at_everything_again_is_a_job_whose_result_is_told(app, auditor, owner, channel):
    app.seal_ledger()
    begun = auditor.send("/ledger/verify", {"once": "a"}).headers["location"]
    assert auditor.send("/ledger/verify", {"once": "b"}).headers["location"] == begun, "not begun twice"
    assert run_one(app, "tester")
    job = begun.partition("?")[0]
    assert "Everything holds" in written(auditor.get(job))
    assert "Everything holds" in written(auditor.get("/ledger"))
    set_clock(app, minutes=1)
    execute(app.settings.url, "UPDATE channels SET kind = 'bank'")
    job = auditor.send("/ledger/verify", {"once": "c"}).headers["location"].partition("?")[0]
    assert run_one(app, "tester")
    for path in (job, "/ledger"):
        said = written(auditor.get(path))
        assert "It does not hold. Problems found: 1." in said
        assert f"channel {channel}: its kind is not what its facts say" in said
    chinese = written(auditor.get(job, headers={"Accept-Language": "zh-CN"}))
    assert f"经手方 {channel}：它的 kind 与事实所记不符" in chinese
    assert "核对不通过" in chinese


def test_an_audit_of_somebody_else_is_told_without_a_link(app, auditor, owner, channel):
    job = owner.send("/ledger/verify").headers["location"].partition("?")[0]
    assert job not in auditor.get("/ledger").text
    assert auditor.send("/ledger/verify").headers["location"].partition("?")[0] != job, "one that can be looked at"
    assert auditor.get(job).status_code == 404


def test_a_database_set_back_is_an_alarm_nobody_misses(app, auditor, owner, operator, channel):
    app.seal_ledger()
    for path in ("/", "/ledger"):
        assert "not signed any more" not in written(owner.get(path))
    set_back(app)
    for who, path in ((owner, "/"), (owner, "/ledger"), (auditor, "/ledger")):
        page = who.get(path)
        assert "The ledger is not signed any more." in written(page), path
        assert "999 were signed before" in written(page)
        assert 'class="notice bad" role="alert"' in page.text
    assert "not signed" not in written(operator.get("/")), "it is nothing that an operator may look into"
    refused = auditor.send("/ledger/seal")
    assert refused.status_code == 409
    assert "999 were signed before" in written(refused)
    assert "此前已签名 999 条" in written(owner.get("/", headers={"Accept-Language": "zh-CN"}))
    assert json.loads(owner.get("/api/v1/ledger").text)["alarm"]


def test_the_heads_file_that_cannot_be_read_is_an_alarm_too(app, owner, channel):
    app.seal_ledger()
    (path,) = (app.settings.home / "ledger").iterdir()
    path.write_bytes(b"\xff\xfe")
    page = owner.get("/")
    assert page.status_code == 200
    assert "cannot be read" in written(page)


def test_the_page_says_when_the_clock_is_ours(app, auditor, channel):
    app.seal_ledger()
    assert f"Signed at {NOW:%Y-%m-%d %H:%M} by our own clock" in written(auditor.get("/ledger"))
