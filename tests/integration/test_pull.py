"""The recurring pull of Twilio's logs, from a server on this machine."""

import pytest

from tests.factories import registry
from tests.factories.erasable import opened
from tests.factories.incoming import calls, deliveries
from tests.factories.telephony import ACCOUNT
from tests.unit.outbound.test_twilio_log import call, message, page, twilio
from tracer.scheduler.recurring.pull import PULL
from tracer.scheduler.run_recurring import Worker, run_now
from tracer.services.jobs.run_recurring import begin_rows


@pytest.fixture
def database_url(tmp_path):
    """One database is enough: what is stored, test_take_in tells."""
    return f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"


def test_what_came_in_on_the_accounts_other_numbers_is_not_kept(app, make_app, database_url, monkeypatch):
    registry.own_number(app)
    other = "+447700900777"
    mine, elsewhere = call("CA1"), call("CA2", to=other)
    texts = message(body="hello"), message(sid="SM3", to=other, body="your code is a periwinkle kettle")
    with twilio(page(mine, elsewhere), page(*texts, log="messages")) as told:
        monkeypatch.setenv("TRACER_TWILIO_ACCOUNT_SID", ACCOUNT)
        monkeypatch.setenv("TRACER_TWILIO_AUTH_TOKENS", '["the-token"]')
        monkeypatch.setenv("TRACER_TWILIO_API_URL", told.url)
        monkeypatch.setenv("TRACER_OUTBOUND_ALLOW", '["127.0.0.1"]')
        pulling = make_app(database_url)
        with pulling.writing() as work:
            begin_rows(work, [PULL.planned(pulling)], pulling.zone)
            work.commit()
        outcome = run_now(pulling, PULL, Worker("me"))
    assert outcome.note.startswith("2 new calls")
    assert outcome.note.endswith("2 on numbers that are not in the pool")
    assert {one.dialled.number for one in calls(app)} == {registry.LANDLINE}
    assert deliveries(app) == []
    assert "kettle" not in opened(app)
