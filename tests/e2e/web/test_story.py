"""The whole story in a browser: first run, number, shop, canary, order, call, report, PDF."""

import re
import time
from itertools import product

import pytest

SHOP, GOODS = "明眸眼镜旗舰店", "隐形眼镜"
SECONDS_A_TAP, SECONDS_A_KEY = 0.9, 0.25  # of somebody who is on the phone


PAIRINGS = list(product(("en", "zh"), ("phone", "desk"), (True, False)))


@pytest.fixture(params=PAIRINGS, ids=["-".join((*one[:2], "scripts" if one[2] else "plain")) for one in PAIRINGS])
def window(request, visit):
    """Every language on every screen, with scripts and without; each begins with an empty registry."""
    language, screen, scripts = request.param
    return visit(language, screen, scripts=scripts)


def submit(page, form):
    """Send a form by its own main button, and wait for the page that follows."""
    with page.expect_navigation():
        page.locator(f"{form} button.main").first.click()


def test_from_nothing_to_a_report(window):
    page = window.go("/")
    assert page.locator("main ol li").count() == 3
    assert page.locator("main ol a.main").get_attribute("href") == "/numbers"

    page = window.go("/numbers")
    page.fill("[name=number]", "+44 20 7946 0016")
    page.select_option("[name=extension_digits]", "4")
    submit(page, "form[action='/numbers']")

    page = window.go("/channels/new")
    page.fill("[name=name]", SHOP)
    page.select_option("[name=kind]", "merchant")
    submit(page, "form[action='/channels/new']")

    page = window.go("/canaries/new")
    page.locator("label.chip", has_text=SHOP).click()
    submit(page, "form[action='/canaries/new']")
    name = page.locator("article.canary strong").first.inner_text()
    canary_id = page.locator("article.canary a[href^='/canaries/k-']").first.inner_text()
    extension = re.findall(r"\d{4}", page.locator("article.canary strong").nth(1).inner_text())[-1]

    page = window.go(f"/orders/new?canary={canary_id}")
    page.locator("[name=leg]").first.select_option(label=SHOP)
    page.fill("[name=item]", GOODS)
    page.fill("[name=price]", "128.00")
    submit(page, "form[action='/orders/new']")

    page = window.go("/calls/new")
    page.fill("[name=line_text]", extension)
    page.fill("[name=heard_name]", name)
    submit(page, "form[data-call-form]")
    assert "/calls/c-" in page.url
    assert name in page.inner_text("main")

    page = window.go("/report")
    with page.expect_navigation():
        page.locator("form#new button").first.click()
    until = time.monotonic() + 60
    while page.locator("progress").count() and time.monotonic() < until:
        time.sleep(0.3)
        page = window.go("/report")
    assert SHOP in page.inner_text("main")
    link = page.locator("a[href^='/report.pdf']").get_attribute("href")
    answer = page.request.get(window.address + link)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
    assert (
        page.get_attribute("html", "lang") == {"en-GB": "en", "zh-CN": "zh-Hans"}[page.evaluate("navigator.language")]
    )


def test_a_call_is_logged_in_fifteen_seconds_of_a_human_hand(visit):
    """Counted, not timed: so many taps and keys, at the speed of somebody who is on the phone."""
    window = visit("zh", "phone")
    page = window.go("/numbers")
    page.fill("[name=number]", "+44 20 7946 0016")
    submit(page, "form[action='/numbers']")
    page = window.go("/calls/new")
    taps = keys = 0

    def tap(label, *, field=None):
        nonlocal taps
        taps += 1
        page.locator(
            f"{field or 'form[data-call-form]'} label", has_text=re.compile(f"^\\s*{label}\\s*$")
        ).first.click()

    def put(field, text, pinyin):
        nonlocal taps, keys
        taps, keys = taps + 1, keys + len(pinyin)
        page.fill(f"[name={field}]", text)

    put("heard_name", "张女士", "zhangnvshi ")
    tap("商品有问题，退款或召回")
    tap("店铺")
    submit(page, "form[data-call-form]")
    taps += 1
    assert "/calls/c-" in page.url
    assert "张女士" in page.inner_text("main")
    assert taps * SECONDS_A_TAP + keys * SECONDS_A_KEY <= 15
