"""The pages everybody meets first: phone and desk, both languages, light and dark, with and without scripts."""

import pytest


@pytest.mark.parametrize("screen", ["phone", "desk"])
@pytest.mark.parametrize(
    ("language", "heading"), [("en", "Which link of the chain"), ("zh", "我的订单是从哪一环泄露的")]
)
def test_home_greets_in_the_visitors_language(visit, language, screen, heading):
    window = visit(language, screen)
    page = window.go("/")
    assert heading in page.inner_text("h1")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        "the page is wider than the screen"
    )


def test_the_language_can_be_changed_without_scripts(visit):
    window = visit("en", scripts=False)
    page = window.go("/")
    page.get_by_role("button", name="简体中文").click()
    assert "泄露" in page.inner_text("h1")
    assert page.get_attribute("html", "lang") == "zh-Hans"


def test_whoever_is_not_logged_in_is_shown_the_way(visit):
    window = visit()
    page = window.go("/")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login?done=logged-out")
    page = window.go("/?x=1")
    assert page.url.endswith("/login?next=/%3Fx%3D1")
