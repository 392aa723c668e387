"""A call that is not saved yet is kept in the browser, and no longer than it must be, nor for anybody else."""

import json

import pytest

from tests.factories import access, registry
from tracer.services.access.log_in import make_login_link

A_DAY = 24 * 3600 * 1000
NAME = "孙女士"


@pytest.fixture
def window(visit, home_app):
    registry.own_number(home_app)
    return visit("en", "phone")


def kept(page):
    """The drafts in the browser, as text."""
    return page.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('tracer-draft:'))")


def begin(window):
    """A form with a name in it, of which a draft is kept."""
    page = window.go("/calls/new")
    page.fill("[name=heard_name]", NAME)
    page.wait_for_function("name => JSON.stringify(localStorage).includes(name)", arg=NAME)
    return page


def test_it_is_there_again_but_only_for_a_day(window):
    page = begin(window)
    page = window.go("/calls/new")
    assert page.input_value("[name=heard_name]") == NAME
    ((key, text),) = kept(page)
    for age, there in ((A_DAY - 60_000, True), (A_DAY + 60_000, False)):
        old = {**json.loads(text), "at": page.evaluate("Date.now()") - age}
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, json.dumps(old)])
        page = window.go("/")  # any page throws it away
        assert bool(kept(page)) is there


def test_it_is_gone_when_the_call_is_saved_however_fast(window):
    page = begin(window)
    page.locator("[name=heard_name]").press_sequentially("x")  # its keeping is still to come when Save is pressed
    with page.expect_navigation():
        page.locator("form[data-call-form] button.main").click()
    assert "done=call-logged" in page.url
    assert kept(page) == []


def test_what_is_typed_just_before_saving_is_not_kept_after_it(window):
    page = begin(window)
    page.evaluate("""() => {
      const form = document.querySelector("form[data-call-form]"), ask = window.fetch;
      window.fetch = async (...asked) => {
        const answer = await ask(...asked);
        if (answer.status === 201) form.elements.heard_name.dispatchEvent(new Event("input", { bubbles: true }));
        return answer;
      };
    }""")
    page.route("**/calls/c-*", lambda route: (page.wait_for_timeout(600), route.continue_()))
    with page.expect_navigation():
        page.locator("form[data-call-form] button.main").click()
    assert kept(page) == []


def test_it_is_gone_when_its_author_logs_out_also_from_another_window(window):
    page = begin(window)
    other = page.context.new_page()
    other.goto(window.address + "/")
    other.get_by_role("button", name="Log out").click()
    other.wait_for_url("**/login?done=logged-out")
    assert kept(other) == []
    page.fill("[name=heard_name]", NAME + "!")
    page.wait_for_timeout(600)  # more than it waits before it keeps
    assert kept(page) == []


def test_it_outlives_a_session_that_ended_but_nobody_else_gets_it(window, home_app):
    page = begin(window)
    page.context.clear_cookies()
    page = window.go("/login")
    assert len(kept(page)) == 1
    other = access.person(home_app, "somebody-else", "operator")
    page = window.go("/login?token=" + access.do(home_app, make_login_link, other.user_id))
    assert kept(page) == []
    assert window.go("/calls/new").input_value("[name=heard_name]") == ""
