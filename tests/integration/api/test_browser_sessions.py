"""A person with a browser: logging in and out, and what other sites' pages may not do."""

import httpx
import pytest

from tests.refusals import is_problem
from tests.serving import client, serving
from tracer.services.access.log_in import make_login_link
from tracer.services.access.manage_users import add_user, change_user

SESSION, CHANNELS = "/api/v1/session", "/api/v1/channels"
PASSWORD = "correct horse battery"
pytestmark = pytest.mark.usefixtures("cheap_passwords")
SHOP = {"kind": "merchant", "name": "兰亭旗舰店"}


@pytest.fixture
def database_url(sqlite_url):
    """SQLite alone: sessions on PostgreSQL are tested with the services."""
    return sqlite_url


@pytest.fixture
def user(app):
    with app.writing() as work:
        add_user(work, "chief", "owner", None)
        made = add_user(work, "mei", "owner", PASSWORD)
        work.commit()
    return made


@pytest.fixture
def browser(address, user):
    with client(address) as found:
        yield found


def log_in(browser, password=PASSWORD, login="mei", **headers):
    return browser.post(SESSION, json={"login": login, "password": password}, headers=headers)


def link_for(app, user):
    with app.writing() as work:
        token = make_login_link(work, user.user_id, 10)
        work.commit()
    return f"/login?token={token}"


def channels(app):
    with app.reading() as work:
        return len(work.channels.all())


def test_a_person_logs_in_works_and_logs_out(app, browser, user):
    begun = log_in(browser)
    assert begun.status_code == 201
    cookie = begun.headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert cookie.startswith("tracer_session=")
    assert "Secure" not in cookie
    assert "Domain" not in cookie
    assert PASSWORD not in begun.text
    who = browser.get(SESSION).json()
    assert who == begun.json()
    assert who["user_id"] == user.user_id
    made = browser.post(CHANNELS, json=SHOP, headers={"X-CSRF-Token": who["csrf_token"]})
    assert made.status_code == 201

    token = browser.cookies["tracer_session"]
    left = browser.delete(SESSION, headers={"X-CSRF-Token": who["csrf_token"]})
    assert left.status_code == 204
    assert "tracer_session" not in browser.cookies
    browser.cookies.set("tracer_session", token)
    is_problem(browser.get(SESSION), 401)


def test_login_names_and_passwords_come_in_any_width(browser):
    assert log_in(browser, login=" ＭＥＩ ").status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "wrong"},
        {"X-CSRF-Token": "ünïcode".encode("latin-1")},
        {"X-CSRF-Token": "{right}", "Origin": "https://evil.example"},
        {"X-CSRF-Token": "{right}", "Origin": "null"},
        {"X-CSRF-Token": "{right}", "Origin": "http://127.0.0.1:1"},
        {"X-CSRF-Token": "{right}", "Origin": "http://["},
        {"X-CSRF-Token": "{right}", "Origin": ""},
        {"X-CSRF-Token": "{right}", "Sec-Fetch-Site": "cross-site"},
        {"X-CSRF-Token": "{right}", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_change_that_another_site_may_have_sent_is_refused(app, browser, headers):
    right = log_in(browser).json()["csrf_token"]
    sent = {name: right if text == "{right}" else text for name, text in headers.items()}
    is_problem(browser.post(CHANNELS, json=SHOP, headers=sent), 403)
    is_problem(browser.delete(SESSION, headers=sent), 403)
    assert channels(app) == 0
    assert browser.get(SESSION).status_code == 200


def test_the_token_of_another_session_is_refused(address, browser):
    log_in(browser)
    with client(address) as other:
        foreign = log_in(other).json()["csrf_token"]
    is_problem(browser.post(CHANNELS, json=SHOP, headers={"X-CSRF-Token": foreign}), 403)


def test_a_change_from_a_page_of_ours_is_made(address, browser):
    right = log_in(browser).json()["csrf_token"]
    headers = {"X-CSRF-Token": right, "Origin": address, "Sec-Fetch-Site": "same-origin"}
    assert browser.post(CHANNELS, json=SHOP, headers=headers).status_code == 201


def test_another_site_logs_nobody_in(browser):
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        is_problem(log_in(browser, **headers), 403)
    assert "tracer_session" not in browser.cookies


def test_a_key_is_not_asked_for_the_token_and_outranks_the_cookie(browser, owner):
    log_in(browser)
    headers = {"Authorization": owner.headers["authorization"]}
    assert browser.post(CHANNELS, json=SHOP, headers=headers).status_code == 201
    assert browser.get(SESSION, headers=headers).json()["csrf_token"] is None
    is_problem(browser.get(SESSION, headers={"Authorization": "Bearer no"}), 401)


def test_wrong_passwords_are_limited_by_name_and_told_alike(browser):
    told = [log_in(browser, "wrong" * 3) for _ in range(11)]
    assert [answer.status_code for answer in told] == [401] * 10 + [429]
    assert int(told[-1].headers["retry-after"]) > 0
    is_problem(log_in(browser), 429)  # the right one is not looked at either
    nobody = is_problem(log_in(browser, login="nobody"), 401)
    assert nobody["detail"] == told[0].json()["detail"]


def test_a_link_logs_in_once(app, address, user, browser):
    link = link_for(app, user)
    answer = browser.get(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=lax"} <= set(answer.headers["set-cookie"].split("; "))
    assert browser.get(SESSION).json()["user_id"] == user.user_id
    with client(address) as other:
        assert other.get(link).status_code == 401
        assert "tracer_session" not in other.cookies


def test_a_link_leads_nowhere_else(app, browser, user):
    link = link_for(app, user)
    answer = browser.get(f"{link}&next=https://evil.example&redirect=//evil.example")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


def test_a_browser_that_looks_ahead_uses_no_link_up(app, browser, user):
    link = link_for(app, user)
    looked = browser.get(link, headers={"Sec-Purpose": "prefetch;prerender"})
    assert looked.status_code == 200
    assert "set-cookie" not in looked.headers
    assert browser.get(link).status_code == 303


@pytest.mark.parametrize("token", ["x", "x" * 200, "%00", "..", "%FF"])
def test_a_link_that_is_none(browser, token):
    answer = browser.get(f"/login?token={token}")
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "token" not in answer.text  # the form that is shown leads back without it


def test_who_is_disabled_is_out_at_once(app, browser, user):
    log_in(browser)
    link = link_for(app, user)
    with app.writing() as work:
        change_user(work, user.user_id, disabled=True)
        work.commit()
    is_problem(browser.get(SESSION), 401)
    assert browser.get(link).status_code == 401
    is_problem(log_in(browser), 401)


def test_another_password_ends_the_sessions(browser, owner, user):
    log_in(browser)
    changed = owner.patch(f"/api/v1/users/{user.user_id}", json={"password": "another horse battery"})
    assert changed.status_code == 200
    is_problem(browser.get(SESSION), 401)
    assert log_in(browser, "another horse battery").status_code == 201


def test_another_role_counts_at_once(app, browser, user):
    log_in(browser)
    with app.writing() as work:
        change_user(work, user.user_id, role="auditor")
        work.commit()
    assert browser.get(SESSION).json()["scopes"] == ["ledger:read", "notify"]
    is_problem(browser.get(CHANNELS), 403)


def test_over_tls_the_cookie_is_bound_to_this_host(app, user):
    with serving(app, proxies="127.0.0.1") as address, client(address) as browser:
        over_tls = {"X-Forwarded-Proto": "https"}
        begun = log_in(browser, **over_tls)
        cookie = begun.headers["set-cookie"]
        assert cookie.startswith("__Host-tracer_session=")
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        assert begun.headers["strict-transport-security"].startswith("max-age=")
        token = cookie.partition("=")[2].partition(";")[0]
        found = [
            httpx.get(f"{address}{SESSION}", headers={"Cookie": f"{name}={token}", **over_tls}).status_code
            for name in ("__Host-tracer_session", "tracer_session")
        ]
        assert found == [200, 401]


def test_who_is_not_trusted_as_a_proxy_is_not_believed(app, address, user):
    with client(address) as browser:
        cookie = log_in(browser, **{"X-Forwarded-Proto": "https"}).headers["set-cookie"]
    assert "Secure" not in cookie


def test_what_is_the_same_for_everybody_may_be_kept(browser):
    for name in ("tracer.css", "tracer.js", "calls.js"):
        answer = browser.get(f"/static/{name}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=3600"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert browser.get("/static/no-such.js").headers["cache-control"] == "no-store"


def test_headers_of_every_answer(browser):
    for path in ("/docs", "/healthz", "/no-such", SESSION):
        headers = browser.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "unsafe" not in headers["content-security-policy"]
        assert len(headers["x-request-id"]) == 32
