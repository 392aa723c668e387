"""A letter on a party with more orders and calls than a letter lists says so, in its language."""

import pytest

from tests.factories.registry import add_channel, issue, log, own_number, place
from tests.factories.reports import browser, call, channel, report_of, store_report
from tests.serving import serving
from tracer.services.reports.gather_facts import MOST_FACTS

MORE_HANDED, MORE_CONTACTS = 3, 5


@pytest.fixture
def busy(make_app, tmp_path):
    """The id of a shop with more orders and calls than a letter lists, and the address of the service."""
    app = make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")
    shop = add_channel(app)
    own_number(app)
    (canary,) = issue(app, shop)  # handed over by itself, too: one entry more
    for _ in range(MOST_FACTS + MORE_HANDED - 1):
        place(app, canary.canary_id, shop)
    logged = [
        log(app, canary_id=canary.canary_id, received_at=f"2026-11-14T10:00:{second:02}+08:00", known_fields="item")
        for second in range(MOST_FACTS)
    ]
    logged += [
        log(app, canary_id=canary.canary_id, received_at=f"2026-11-15T10:00:{second:02}+08:00", known_fields="item")
        for second in range(MORE_CONTACTS)
    ]
    found = [call(one.call_id, canary.canary_id, (shop, 0.9), ("background", 0.1)) for one in logged]
    store_report(app, report_of([channel(shop, "兰亭旗舰店", 0.97, "implicated")], found))
    with serving(app) as address:
        yield app, address, shop


SAID = {"en": "- And {} more, listed in the report.", "zh": "- 另有 {} 项，载于报告。"}


def test_what_is_left_out_is_said(busy):
    app, address, shop = busy
    with browser(app, address) as owner:
        for language, said in SAID.items():
            page = owner.get(f"/letters/new?channel={shop}&language={language}")
            lines = [line for line in page.text.partition("<textarea")[2].splitlines() if line.startswith("- ")]
            assert lines[MOST_FACTS] == said.format(MORE_HANDED)
            assert lines[2 * MOST_FACTS + 1] == said.format(MORE_CONTACTS)
            assert sum(line in map(said.format, range(100)) for line in lines) == 2
