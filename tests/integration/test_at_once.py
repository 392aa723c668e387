"""Several processes at the same time: the database decides, nothing is doubled and nothing lost."""

import pytest
from sqlalchemy.exc import IntegrityError

from tests.factories import registry
from tests.integration.at_once import at_once, issue, register
from tracer.domain.errors import AlreadyExists

PROCESSES = 4


def issued(app):
    with app.reading() as work:
        return {(canary.canary_id, canary.recipient_name, canary.phone.text) for canary in work.canaries.all()}


def check(app, batches, expected):
    made = [canary for batch in batches for canary in batch]
    assert len(made) == expected
    assert len({name for _, name, _ in made}) == expected
    assert issued(app) == set(made)
    return made


@pytest.mark.parametrize(("times", "count"), [(1, 25), (25, 1)])
def test_extensions_issued_at_once(app, database_url, times, count):
    merchant = registry.add_channel(app)
    registry.own_number(app, extensions="2")  # a hundred lines for a hundred canaries
    home = app.settings.home
    batches = at_once(issue, [(home, merchant, times, count)] * PROCESSES, database_url)
    made = check(app, batches, 100)
    assert len({line for _, _, line in made}) == 100


def test_names_on_a_shared_number_issued_at_once(app, database_url):
    merchant = registry.add_channel(app)
    registry.own_number(app, registry.SHARED, extensions="")
    batches = at_once(issue, [(app.settings.home, merchant, 5, 5)] * PROCESSES, database_url)
    made = check(app, batches, 100)
    assert {line for _, _, line in made} == {registry.SHARED}


def test_first_use_at_once(app, database_url):
    home = app.settings.home
    ids = [f"courier-{n}" for n in range(PROCESSES)]
    assert at_once(register, [(home, channel_id) for channel_id in ids], database_url) == [""] * PROCESSES
    with app.reading() as work:
        assert [channel.channel_id for channel in work.channels.all()] == ids
        assert [channel.name for channel in work.channels.all()] == ids
    assert sorted(path.name for path in home.iterdir() if path.name.endswith("key")) == ["tracer.key"]


def test_one_id_taken_by_all_at_once(app, database_url):
    home = app.settings.home
    said = at_once(register, [(home, "courier-1")] * PROCESSES, database_url)
    assert said.count("") == 1
    for message in said:
        assert message == "" or "already" in message or "another process wrote the same" in message
    with app.reading() as work:
        assert [channel.channel_id for channel in work.channels.all()] == ["courier-1"]
        assert len(work.journal.about("courier-1")) == 1


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"phone": "same"}, "issued_line_key"),
        ({"recipient_name": "same"}, "issued_name_key"),
    ],
)
def test_the_database_itself_refuses_doubles(app, change, constraint):
    from dataclasses import replace

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
