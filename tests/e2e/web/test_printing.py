"""The page of the report on paper: what is folded on the screen is printed, with scripts and without."""

import shutil
import subprocess

import pytest

from tests.factories import registry
from tests.factories.reports import call, channel, report_of, store_report

REASON = "This order data surfaced via this channel or someone holding its data, with probability 0.973; "
ASSUMED = "Of name mentions 20% are surname and title only."


@pytest.fixture
def reported(home_app):
    """A registry with a report whose assumptions are folded away on its page."""
    shop = registry.add_channel(home_app)
    registry.own_number(home_app)
    (canary,) = registry.issue(home_app, shop)
    logged = registry.log(home_app, canary_id=canary.canary_id, received_at="2026-11-14T10:00:00+08:00")
    found = [call(logged.call_id, canary.canary_id, (shop, 0.9), ("background", 0.1))]
    store_report(home_app, report_of([channel(shop, "兰亭旗舰店", 0.973)], found))
    return home_app


def seen(page):
    """Which drawing of each plot is shown."""
    return [one.get_attribute("class").split()[1] for one in page.locator("picture.plotted").all() if one.is_visible()]


def printed(page, tmp_path):
    path = tmp_path / "printed.pdf"
    page.pdf(path=path, format="A4")
    program = shutil.which("pdftotext")
    assert program, "pdftotext is needed to read PDFs: install poppler-utils"
    text = subprocess.run([program, path, "-"], check=True, capture_output=True, text=True).stdout
    return " ".join(text.split())


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_what_is_folded_is_printed_and_controls_are_not(visit, reported, tmp_path, scripts):
    page = visit("en", "desk", scripts=scripts, dark=True).go("/report")
    assert seen(page) == ["dark"] * 3
    assert page.get_by_text(ASSUMED).is_hidden()
    text = printed(page, tmp_path)
    assert ASSUMED in text
    assert REASON.strip() in text
    assert "as reported" in text  # the head of a folded table
    assert "Make a new report" not in text
    assert "Log out" not in text
    assert page.get_by_text(ASSUMED).is_hidden()
    page.emulate_media(media="print")
    assert seen(page) == ["light"] * 3
