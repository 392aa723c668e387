"""Import, export, users, keys, settings and one's own account, in a browser without JavaScript."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape

import pytest
from starlette.formparsers import MultiPartParser

from tests.browsing import Browser, text_of
from tests.factories import registry
from tests.factories.access import do, log_in_by_link
from tests.serving import client
from tracer.scheduler.run_jobs import run_one
from tracer.services.access.manage_users import set_password
from tracer.settings import Settings
from tracer.web.routes.more import explanations

CHANNELS = "channel_id,kind,name,parent_id\nmerchant-1,merchant,兰亭旗舰店,\n"
PASSWORD = "correct horse battery"


def zipped(**files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        for name, content in files.items():
            bundle.writestr(f"{name}.csv", content)
    return file.getvalue()


def upload(browser, content, name="bundle.zip"):
    fields = dict(browser.form("/import", "/import"))
    return browser.http.post("/import", data=fields, files={"bundle": (name, content)}), fields


def test_a_bundle_is_imported_by_a_job_that_may_be_left(owner, app):
    begun, _ = upload(owner, zipped(channels=CHANNELS))
    path = begun.headers["location"].partition("?")[0]
    waiting = owner.get(path)
    assert 'http-equiv="refresh"' in waiting.text
    assert "<progress" in waiting.text
    assert 'http-equiv="refresh"' not in owner.get(f"{path}?still=yes").text
    assert run_one(app, "w")
    done = owner.get(path)
    assert 'http-equiv="refresh"' not in done.text
    assert "channels.csv 1 0" in text_of(done)
    assert path in owner.get("/jobs").text


def test_bad_rows_stand_in_a_table(owner, app):
    evil = CHANNELS + "merchant-2,<b>no kind</b>,x,\nmerchant-3,merchant,,\n"
    begun, _ = upload(owner, zipped(channels=evil))
    run_one(app, "w")
    failed = owner.get(begun.headers["location"])
    assert "nothing was imported: 2 problems found" in text_of(failed)
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', failed.text)
    assert sorted((unescape(place), column) for place, column, _ in rows) == [
        ("channels.csv:3", "kind"),
        ("channels.csv:4", "name"),
    ]
    assert "<b>no kind" not in failed.text


def test_an_upload_is_taken_once_and_not_an_empty_one(owner, app):
    content = zipped(channels=CHANNELS)
    first, fields = upload(owner, content)
    again = owner.http.post("/import", data=fields, files={"bundle": ("bundle.zip", content)})
    assert again.headers["location"] == first.headers["location"]
    answer, _ = upload(owner, b"")
    assert (answer.status_code, "a zip of the bundle" in text_of(answer)) == (422, True)
    none = owner.send("/import", "/import")
    assert none.status_code == 422
    with app.reading() as work:
        assert len(work.jobs.all()) == 1
    assert MultiPartParser.spool_max_size > app.settings.upload_megabytes << 20  # so that it is never in a plain file


def test_everything_is_exported_and_fetched(owner, app):
    registry.own_number(app)
    (canary,) = registry.issue(app)
    path = owner.send("/jobs", "/export").headers["location"].partition("?")[0]
    assert owner.get(f"{path}/output").status_code == 409
    run_one(app, "w")
    fetched = owner.get(f"{path}/output")
    with zipfile.ZipFile(io.BytesIO(fetched.content)) as bundle:
        assert canary.recipient_name in bundle.read("canaries.csv").decode()
    assert f'href="{path}/output"' in owner.get(path).text


def test_a_user_is_added_and_comes_by_a_link_shown_once(owner, address):
    assert owner.send("/users", "/users", login="文静", role="operator").status_code == 303
    page = owner.get("/users").text
    assert "文静" in page
    user_id = next(one for one in re.findall(r'action="/users/(u-[^"/]+)"', page) if one != owner.user.user_id)
    shown = owner.send("/users", f"/users/{user_id}/link")
    link = unescape(re.search(r"<code>([^<]+)</code>", shown.text)[1])
    assert link.startswith(f"{address}/login?token=")
    assert link not in owner.get("/users").text
    with client(address) as browser:
        browser.headers["accept-language"] = "en"
        assert browser.get(link).headers["location"] == "/"
        assert "You have no password yet" in browser.get("/").text
        assert browser.get("/users").status_code == 403
    with client(address) as browser:
        assert browser.get(link).status_code == 401


def test_users_change_and_the_last_owner_stays(owner, app, operator):
    path = f"/users/{operator.user.user_id}"
    assert owner.send("/users", path, role="analyst", act="role").status_code == 303
    assert operator.get("/canaries/new").status_code == 403
    assert owner.send("/users", path, act="disable").status_code == 303
    assert operator.get("/canaries").status_code == 303
    assert owner.send("/users", path, act="enable").status_code == 303
    last = owner.send("/users", f"/users/{owner.user.user_id}", act="disable")
    assert (last.status_code, "the last enabled owner" in text_of(last)) == (422, True)
    for given in ({"login": "", "role": "owner"}, {"login": "x", "role": "king"}, {"login": "y", "password": "short"}):
        bad = owner.send("/users", "/users", **given)
        assert bad.status_code == 422, given
    taken = owner.send("/users", "/users", login="owner-person", role="analyst")
    assert (taken.status_code, 'value="owner-person"' in taken.text) == (422, True)


def test_a_key_is_shown_once_works_and_is_revoked(owner, address):
    made = owner.send("/keys", "/keys", label="telephone", scopes=["calls:log"], days="30")
    key = unescape(re.search(r"<code>(trc_[^<]+)</code>", made.text)[1])
    page = owner.get("/keys").text
    assert key not in page
    assert "2026-12-21" in page
    key_id = re.search(r'action="/keys/([^"/]+)/revoke"', page)[1]
    with client(address, key) as program:
        assert program.post("/api/v1/calls", json={"heard_name": "王"}).status_code == 201
        assert program.get("/api/v1/canaries").status_code == 403
        assert owner.send("/keys", f"/keys/{key_id}/revoke").status_code == 303
        assert program.post("/api/v1/calls", json={"heard_name": "王"}).status_code == 401
    for given in ({"label": ""}, {"label": "x", "scopes": ["nonsense"]}):
        bad = owner.send("/keys", "/keys", **given)
        assert bad.status_code == 422, given


@pytest.mark.usefixtures("cheap_passwords")
def test_a_password_is_set_changed_and_ends_other_sessions(operator, app, address):
    assert "You have no password yet" in operator.text("/")

    def send(**given):
        return operator.send("/account", "/account/password", **given)

    assert send(new=PASSWORD, again="other").status_code == 422
    assert send(new="short", again="short").status_code == 422
    with client(address) as elsewhere:
        elsewhere.cookies.set("tracer_session", log_in_by_link(app, operator.user))
        assert elsewhere.get("/account").status_code == 200
        assert send(new=PASSWORD, again=PASSWORD).headers["location"] == "/account?done=changed"
        assert elsewhere.get("/account").status_code == 303
    assert "You have no password yet" not in operator.text("/")
    wrong = send(current="not mine at all", new=PASSWORD + "2", again=PASSWORD + "2")
    assert (wrong.status_code, "This is not your password." in text_of(wrong)) == (422, True)
    assert "not mine at all" not in wrong.text
    assert send(current=PASSWORD, new=PASSWORD + "2", again=PASSWORD + "2").status_code == 303


@pytest.mark.usefixtures("cheap_passwords")
def test_a_taken_session_cannot_try_all_passwords(operator, app):
    do(app, set_password, operator.user.user_id, PASSWORD, keep_session=None)
    operator.http.cookies.clear()
    operator.http.cookies.set("tracer_session", log_in_by_link(app, operator.user))
    least = app.settings.access_rules.failures_per_account
    tries = [
        operator.send("/account", "/account/password", current=f"guess {n}", new=PASSWORD, again=PASSWORD).status_code
        for n in range(least + 1)
    ]
    assert tries == [422] * least + [429]


def test_one_logs_out_elsewhere_and_nobody_else(operator, analyst, app, address):
    with client(address) as elsewhere:
        elsewhere.cookies.set("tracer_session", log_in_by_link(app, operator.user))
        (theirs,) = re.findall(r'name="session_id" value="([^"]+)"', operator.get("/account").text)
        taken = analyst.post("/account/sessions", [("csrf", analyst.csrf), ("session_id", theirs)])
        assert taken.status_code == 422
        assert elsewhere.get("/account").status_code == 200
        assert operator.send("/account", "/account/sessions").status_code == 303
        assert elsewhere.get("/account").status_code == 303
    assert operator.get("/account").status_code == 200


def test_settings_are_explained_and_hold_no_secret(owner, app, monkeypatch):
    url = "postgresql://tracer:sesame@db.example/tracer?password=sesame"
    monkeypatch.setitem(app.settings.__dict__, "database_url", url)
    said = owner.text("/settings")
    assert "quarantine_days 90 How long a line stays out of use" in said
    assert "postgresql://…@db.example/tracer" in said
    assert "sesame" not in said
    assert set(explanations()) == set(Settings.model_fields) - {"home", "key"}
    assert all(explanations().values())


def test_what_else_there_is_leads_somewhere(owner, auditor):
    paths = re.findall(r'<li><a href="([^"]+)"', owner.get("/more").text)
    assert {"/ledger", "/evidence/verify", "/backups"} <= set(paths)
    for path in paths:
        assert owner.get(path).status_code == 200, path
    for path in re.findall(r'<li><a href="([^"]+)"', auditor.get("/more").text):
        assert auditor.get(path).status_code == 200, path
    assert "/users" not in auditor.get("/more").text


def test_the_pages_are_chinese_for_who_reads_chinese(app, address):
    visitor = Browser(app, address, language="zh-CN")
    assert visitor.get("/more").headers["content-language"] == "zh-Hans"
    for path, said in {"/canaries": "金丝雀", "/numbers": "号码", "/users": "用户", "/orders/new": "记下订单"}.items():
        assert said in visitor.text(path)
    visitor.http.close()
