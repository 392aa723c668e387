"""From nothing to the first call: the home page says what to do next, in each language."""

import re

import pytest

from tests.factories import registry
from tests.factories.reports import browser, written
from tests.serving import serving

NEXT = re.compile(r'<ol class="steps">.*?<a class="button main" href="([^"]+)"', re.DOTALL)
WORDS = {
    "en": ("A canary is a recipient who exists only here", "order with the name and number", "Now wait"),
    "zh-CN": ("金丝雀是只存在于这里的收件人", "用金丝雀的姓名和号码下一次单", "接下来就是等"),
}


@pytest.mark.parametrize("language", WORDS)
def test_home_leads_from_step_to_step(make_app, tmp_path, language):
    app = make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")
    what, order, wait = WORDS[language]
    with serving(app) as address, browser(app, address, language=language) as owner:

        def step():
            page = owner.get("/")
            found = NEXT.findall(page.text)
            assert (what in written(page)) is bool(found)
            return (*found, written(page))

        assert step()[0] == "/numbers"
        registry.own_number(app)
        assert step()[0] == "/channels/new"
        shop = registry.add_channel(app)
        assert step()[0] == "/canaries/new"
        (canary,) = registry.issue(app, shop)
        assert order in step()[0]
        registry.place(app, canary.canary_id, shop)
        assert wait in step()[0]
        registry.log(app, canary_id=canary.canary_id)
        assert order not in step()[0]
        assert wait not in step()[0]
