"""The same messages delivered to several processes at the same time: each contact is one call."""

import pytest

from tests.integration.at_once import PROCESSES, crew, deliver
from tracer.domain.delivery import DeliveryState


@pytest.fixture(scope="module")
def processes():
    with crew() as started:
        yield started


def test_messages_delivered_at_once_make_one_call_each(app, database_url, processes):
    app.open()  # made before anybody writes
    given = [(app.settings.home, database_url, number) for number in range(PROCESSES)]
    done = processes.at_once(deliver, given)
    with app.reading() as work:
        calls = list(work.calls.all())
        kept = [one for call in calls for one in work.deliveries.of_call(call.call_id)]
    assert len(calls) == 20
    assert sorted((one.contact_id, one.event_id) for one in kept) == sorted(
        (f"A{contact}", event) for contact in range(20) for event in ("ring", "end")
    )
    assert {(call.heard_name, call.notes) for call in calls} == {("张三", "ended")}
    assert all(one.state is DeliveryState.TAKEN for one in kept)
    assert sum(new for new, _ in done) == 20
    assert sum(known for _, known in done) == (PROCESSES - 1) * 40
    assert app.audit_ledger(lambda share: None).problems == []
