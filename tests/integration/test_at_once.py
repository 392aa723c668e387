"""Several processes at the same time: the database decides, nothing is doubled and nothing lost."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from tests.factories import registry
from tests.integration.at_once import PROCESSES, crew, issue, register
from tracer.domain.errors import AlreadyExists
from tracer.storage import engine as engines


@pytest.fixture(scope="module")
def processes():
    with crew() as started:
        yield started


def issued(app):
    with app.reading() as work:
        return {(canary.canary_id, canary.recipient_name, canary.phone.text) for canary in work.canaries.all()}


@pytest.mark.parametrize(("times", "count"), [(1, 25), (25, 1)])
def test_canaries_issued_at_once(app, database_url, processes, times, count):
    merchant = registry.add_channel(app)
    for last in range(6):  # sixty lines of their own, so that forty of the canaries share a number
        registry.own_number(app, f"+44207946001{last}", extensions="1")
    registry.own_number(app, registry.SHARED, extensions="")
    batches = processes.at_once(issue, [(app.settings.home, database_url, merchant, times, count)] * PROCESSES)
    made = [canary for batch in batches for canary in batch]
    own_lines = [line for _, _, line in made if ";ext=" in line]
    assert len(made) == 100
    assert len({name for _, name, _ in made}) == 100
    assert len(own_lines) == len(set(own_lines)) == 60
    assert issued(app) == set(made)


def test_first_use_at_once(app, database_url, processes):
    home = app.settings.home
    ids = ["courier-1", "courier-2", "courier-3", "courier-3"]
    said = processes.at_once(register, [(home, database_url, channel_id) for channel_id in ids])
    assert said[:2] == ["", ""]
    assert said[2:].count("") == 1
    late = "".join(said)
    assert "already" in late or "another process wrote the same at the same time" in late
    with app.reading() as work:
        assert [channel.name for channel in work.channels.all()] == ["courier-1", "courier-2", "courier-3"]
        assert [len(work.journal.about(channel_id)) for channel_id in ids] == [1, 1, 1, 1]
    assert [path.name for path in home.iterdir() if "key" in path.name] == ["tracer.key"]


def test_reading_goes_on_while_somebody_writes(tracer_on, monkeypatch):
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.2)
    tracer_on.ok("channel", "add", "courier", "白杨快递")
    writer = engines.open_engine(tracer_on.database_url)
    with writer.begin() as connection:
        connection.exec_driver_sql("UPDATE channels SET tags = 'half-done'")
        assert [one["tags"] for one in tracer_on.json("channel", "list")] == [""]
    assert [one["tags"] for one in tracer_on.json("channel", "list")] == ["half-done"]
    writer.dispose()


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"phone": "same"}, "issued_line_key"),
        ({"recipient_name": "same"}, "issued_name_key"),
    ],
)
def test_the_database_itself_refuses_doubles(app, change, constraint):
    merchant = registry.add_channel(app)
    registry.own_number(app)
    first, second = registry.issue(app, merchant, count=2)
    made_up = {"canary_id": "k-new", "recipient_name": "欧阳某某", "phone": replace(first.phone, extension="x")}
    made_up |= {key: getattr(first, key) for key in change}
    assert second.phone != first.phone
    with app.writing() as work:
        number_ids = {stored.owned.number: stored.number_id for stored in work.numbers.all()}
        with pytest.raises(AlreadyExists, match="another process was faster"):
            work.canaries.issue([replace(first, **made_up)], number_ids, work.now)
        with pytest.raises(IntegrityError, match=constraint):
            work.canaries.add([replace(first, **made_up)], number_ids, work.now)
    assert len(issued(app)) == 2
