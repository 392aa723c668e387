"""Each page of the registry for each role and an outsider; names and numbers for those who may see them."""

import pytest

from tests.factories import registry
from tests.factories.access import facts, set_clock
from tests.serving import client
from tracer.domain.job import JobKind
from tracer.services.jobs.queue_job import queue_job

OWNER, ANALYST, OPERATOR, AUDITOR = "owner", "analyst", "operator", "auditor"
READERS = {OWNER, ANALYST, OPERATOR}
PAGES = {
    "/channels": READERS,
    "/channels.csv": READERS,
    "/channels/{channel}": READERS,
    "/channels/new": {OWNER},
    "/canaries": READERS,
    "/canaries.csv": READERS,
    "/canaries/{canary}": READERS,
    "/canaries/new": {OWNER, OPERATOR},
    "/canaries/sheet?ids={canary}": {OWNER},
    "/orders": READERS,
    "/orders.csv": READERS,
    "/orders/{order}": READERS,
    "/orders/new?canary={canary}": {OWNER, OPERATOR},
    "/numbers": READERS,
    "/numbers.csv": READERS,
    "/campaigns": READERS,
    "/more": {OWNER, ANALYST, OPERATOR, AUDITOR},
    "/account": {OWNER, ANALYST, OPERATOR, AUDITOR},
    "/import": {OWNER},
    "/jobs": {OWNER, ANALYST, AUDITOR},
    "/ledger": {OWNER, AUDITOR},
    "/ledger/facts": {OWNER, AUDITOR},
    "/evidence/new?kind=canary&id={canary}": {OWNER},
    "/evidence/new?kind=channel&id={channel}": {OWNER},
    "/evidence/verify": {OWNER, ANALYST, OPERATOR, AUDITOR},
    "/backups": {OWNER},
    "/account/notifications": {OWNER, ANALYST, OPERATOR, AUDITOR},
    "/users": {OWNER},
    "/keys": {OWNER},
    "/settings": {OWNER},
}
POSTS = {
    "/channels/new": {OWNER},
    "/canaries/new": {OWNER, OPERATOR},
    "/canaries/search": {OWNER, OPERATOR},
    "/canaries/selected": {OWNER},
    "/canaries/retire": {OWNER},
    "/canaries/{canary}/notes": {OWNER},
    "/canaries/{canary}/retire": {OWNER},
    "/orders/new": {OWNER, OPERATOR},
    "/orders/{order}/exposures": {OWNER, OPERATOR},
    "/numbers": {OWNER},
    "/import": {OWNER},
    "/export": {OWNER},
    "/ledger/seal": {OWNER, AUDITOR},
    "/ledger/verify": {OWNER, AUDITOR},
    "/evidence": {OWNER},
    "/evidence/verify": {OWNER, ANALYST, OPERATOR, AUDITOR},
    "/backups": {OWNER},
    "/users": {OWNER},
    "/users/u-none": {OWNER},
    "/users/u-none/link": {OWNER},
    "/keys": {OWNER},
    "/keys/trc_none/revoke": {OWNER},
    "/account/notifications": {OWNER, ANALYST, OPERATOR, AUDITOR},
    "/account/notifications/nt-none": {OWNER, ANALYST, OPERATOR, AUDITOR},
    "/account/password": {OWNER, ANALYST, OPERATOR, AUDITOR},
    "/account/sessions": {OWNER, ANALYST, OPERATOR, AUDITOR},
}


@pytest.fixture
def there(app):
    channel = registry.add_channel(app)
    person = registry.add_channel(app, "courier", "王师傅", natural_person="yes", legitimate_numbers="+442079460999")
    registry.own_number(app)
    (canary,) = registry.issue(app, channel, person, tags=("spring",), notes="box kept")
    order = registry.place(app, canary.canary_id, channel, person, item="护肤品套装", order_no="240202-7781")
    registry.log(app, dialled_number=canary.phone.text, heard_name=canary.recipient_name, canary_id=canary.canary_id)
    return {"channel": channel, "person": person, "canary": canary.canary_id, "order": order.order_id, "made": canary}


@pytest.fixture(params=[OWNER, ANALYST, OPERATOR, AUDITOR])
def somebody(request):
    return request.param, request.getfixturevalue(request.param)


def test_each_page_and_form_is_for_those_who_may(somebody, there):
    role, browser = somebody
    found = {path: browser.get(path.format(**there)).status_code for path in PAGES}
    assert found == {path: 200 if role in may else 403 for path, may in PAGES.items()}
    csrf = browser.csrf
    found = {path: browser.post(path.format(**there), [("csrf", csrf)]).status_code == 403 for path in POSTS}
    assert found == {path: role not in may for path, may in POSTS.items()}


def test_an_outsider_is_shown_where_to_log_in(address, there):
    with client(address) as outsider:
        for path in PAGES:
            answer = outsider.get(path.format(**there))
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login"), path
        for path in POSTS:
            answer = outsider.post(path.format(**there), data={"csrf": "x"})
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login"), path


def test_no_form_is_taken_without_its_token_or_from_another_site(owner, there, app):
    before = registry.everything(app)
    token = owner.csrf
    for path in POSTS:
        for fields, headers in [
            ({}, {}),
            ({"csrf": "AAAA"}, {}),
            ({"csrf": token}, {"origin": "http://evil.example"}),
            ({"csrf": token}, {"sec-fetch-site": "cross-site"}),
        ]:
            answer = owner.http.post(path.format(**there), data=fields, headers=headers)
            assert answer.status_code == 403, (path, fields, headers)
    assert registry.everything(app) == before


def personal(there):
    made = there["made"]
    return [
        made.recipient_name,
        made.phone.number,
        made.phone.number[-4:] + ";ext",
        "box kept",
        "240202-7781",
        "护肤品套装",
    ]


def test_lists_and_files_hide_what_is_personal(analyst, operator, there):
    for browser in (analyst, operator):
        for path in PAGES:
            if "new" in path or "{" in path or path in {"/import", "/users", "/keys", "/settings", "/account", "/more"}:
                continue
            said = browser.get(path).text
            assert [one for one in [*personal(there), "王师傅", "+442079460999"] if one in said] == [], path


def test_one_at_a_time_is_shown_to_an_operator_and_not_to_an_analyst(operator, analyst, there):
    pages = [f"/canaries/{there['canary']}", f"/orders/{there['order']}", f"/channels/{there['person']}"]
    shown = " ".join(operator.text(path) for path in pages)
    assert [one for one in [there["made"].recipient_name, "240202-7781", "王师傅"] if one not in shown] == []
    hidden = " ".join(analyst.get(path).text for path in pages)
    assert [one for one in [*personal(there), "王师傅", "+442079460999"] if one in hidden] == []


def test_every_look_is_noted_and_counted(operator, there, app):
    app.settings.__dict__["lookups_per_hour"] = 2
    path = f"/canaries/{there['canary']}"
    assert [operator.get(path).status_code for _ in range(3)] == [200, 200, 429]
    assert facts(app, there["canary"]).count("identity_revealed") == 2
    assert operator.send("/canaries", "/canaries/search", heard="王").status_code == 429


def test_an_owner_reads_lists_and_the_journal_notes_it(owner, there, app):
    said = owner.text("/canaries")
    assert there["made"].recipient_name in said
    assert there["made"].phone.text in said
    assert facts(app, "canaries").count("identities_revealed") == 1
    owner.get("/orders")
    owner.get("/numbers")
    assert facts(app, "orders") == ["identities_revealed"]
    assert facts(app, "numbers") == ["identities_revealed"]


def test_jobs_of_others_are_not_there(analyst, owner, app):
    with app.writing() as work:
        mine = queue_job(work, JobKind.REPORT, analyst.user.user_id, {}, app.rng)
        theirs = queue_job(work, JobKind.REPORT, "u-somebody", {}, app.rng)
        work.commit()
    assert analyst.get(f"/jobs/{mine.job_id}").status_code == 200
    for path in (f"/jobs/{theirs.job_id}", f"/jobs/{theirs.job_id}/output", "/jobs/j-none"):
        assert analyst.get(path).status_code == 404
    assert theirs.job_id not in analyst.get("/jobs").text
    assert theirs.job_id in owner.get("/jobs").text


def test_ids_that_nothing_has_are_not_found(owner):
    for path in ("/canaries/k-none", "/orders/o-none", "/channels/c-none", "/jobs/j-none"):
        assert owner.get(path).status_code == 404, path
    assert owner.get("/orders/new?canary=k-none").status_code == 422  # the address is right, what it asks is not


def test_a_session_that_fell_idle_sees_nothing(owner, there, app):
    set_clock(app, hours=app.settings.idle_hours + 1)
    assert owner.get("/canaries").headers["location"].startswith("/login?next=/canaries")
