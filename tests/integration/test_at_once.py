"""Several processes at the same time: the database decides, nothing is doubled and nothing lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from tests.factories import registry
from tests.integration.at_once import PROCESSES, crew, draw_blindly, issue, register
from tests.integration.at_once_names import follow_names, write_names
from tests.storage_dump import dump, execute
from tracer.domain.codebook.spacing import least_distance
from tracer.domain.errors import AlreadyExists, NotAllowed
from tracer.services.calls.log_call import correct_call, merge_call, restore_call, undo_call
from tracer.services.canaries.change_canary import annotate_canary, release_lines, retire_canary
from tracer.services.orders.place_order import place_order
from tracer.storage import engine as engines
from tracer.storage.crypto import Cipher
from tracer.storage.migrations import downgrade, migrating


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
    sharing = [name for _, name, line in made if ";ext=" not in line]
    assert least_distance(sharing) == 3  # forty are among the first hundred


@pytest.mark.parametrize("in_turns", [True, False])
def test_names_that_nobody_chose_keep_their_distance(app, database_url, processes, in_turns):
    """Whatever processes draw without a look at each other, and even where they do not wait for each other."""
    registry.own_number(app, registry.SHARED, extensions="")
    given = [(app.settings.home, database_url, registry.SHARED, seed, 60, in_turns) for seed in range(PROCESSES)]
    made = [name for kept in processes.at_once(draw_blindly, given) for name in kept]
    with app.reading() as work:
        assert sorted(canary.recipient_name for canary in work.canaries.all()) == sorted(made)
    assert 20 < len(made) < 4 * 60
    assert least_distance(made) == 2


def test_first_use_at_once(make_app, empty_database_url, processes):
    app = make_app(empty_database_url)
    home = app.settings.home
    ids = ["courier-1", "courier-2", "courier-3", "courier-3"]
    said = processes.at_once(register, [(home, empty_database_url, channel_id) for channel_id in ids])
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
        ({"recipient_name": "same"}, "name_claims"),
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
        with pytest.raises(AlreadyExists, match="another process was faster") as refusal:
            work.canaries.issue([replace(first, **made_up)], number_ids, work.now)
        assert isinstance(refusal.value.__cause__, IntegrityError)
        assert constraint in str(refusal.value.__cause__)
    assert len(issued(app)) == 2


def test_one_of_several_homes_founds_the_registry(empty_database_url, tmp_path, processes):
    (tmp_path / "home").mkdir()  # where the SQLite file goes
    homes = [tmp_path / f"home-{n}" for n in range(PROCESSES)]
    said = processes.at_once(register, [(home, empty_database_url, f"courier-{n}") for n, home in enumerate(homes)])
    assert said.count("") == 1
    refusals = [text for text in said if text]
    assert all("its key file is missing" in text and "the home that founded" in text for text in refusals), refusals
    held = dump(empty_database_url)
    assert (len(held["instance"]), len(held["channels"]), len(held["journal"])) == (1, 1, 1)
    keys = [home for home in homes if (home / "tracer.key").exists()]
    assert keys == [homes[said.index("")]]


def test_who_follows_the_names_misses_none(app, database_url, processes, tmp_path):
    """Whatever was committed before a look is seen in it, while positions are committed in any order or never."""
    registry.own_number(app, extensions="4")
    writers = PROCESSES - 1
    postgresql = database_url.startswith("postgresql")
    much = (60, 0.01) if postgresql else (15, 0)  # where writers take turns, pauses are only waited for
    given = [
        (app.settings.home, database_url, registry.LANDLINE, tmp_path, seed, *much) for seed in range(1, PROCESSES)
    ]
    told = processes.each(
        [(write_names, one) for one in given] + [(follow_names, (app.settings.home, database_url, tmp_path, writers))]
    )
    *kept, (lost, looks, gaps) = told
    assert lost == []
    assert sum(kept) > (40 if postgresql else 10)
    assert looks > 10
    assert (gaps > 5) is postgresql


def test_several_upgrade_an_older_database_once(app, database_url, processes):
    registry.add_channel(app)
    before = dump(database_url)
    app.close()
    engine = engines.open_engine(database_url)
    with migrating(engine, "here") as connection:
        downgrade(connection, "0003", Cipher(bytes.fromhex(app.settings.key_path.read_text())))
    engine.dispose()
    ids = [f"courier-{n}" for n in range(PROCESSES)]
    assert (
        processes.at_once(register, [(app.settings.home, database_url, channel_id) for channel_id in ids]) == [""] * 4
    )
    after = dump(database_url)
    assert after["alembic_version"] == before["alembic_version"]
    assert after["instance"] == before["instance"]
    assert sorted(row[0] for row in after["channels"]) == [*ids, "merchant-1"]


@pytest.mark.parametrize("single", [1, 2])
def test_the_database_itself_refuses_a_second_founder(app, database_url, single):
    app.open()
    query = f"SELECT 'x', created_at, key_check, {single} FROM instance"
    with pytest.raises(IntegrityError, match="single"):
        execute(database_url, f"INSERT INTO instance (instance_id, created_at, key_check, single) {query}")


def waits_for(app, first, second):
    """Both changes, the second begun while the first is not committed yet: it has to wait."""

    def later():
        with app.writing() as work:
            second(work)
            work.commit()

    with ThreadPoolExecutor(1) as pool, app.writing() as work:
        first(work)
        waiting = pool.submit(later)
        time.sleep(0.3)
        assert not waiting.done()
        work.commit()
        waiting.result(30)


@pytest.mark.parametrize(
    "first",
    [
        lambda work: correct_call(work, "c-1", {"heard_name": "张"}),
        lambda work: undo_call(work, "c-1"),
        lambda work: restore_call(work, "c-2"),
        lambda work: merge_call(work, "c-3", "c-1"),
    ],
)
def test_two_changes_of_one_call_are_both_kept(app, first):
    registry.own_number(app, extensions="")
    for call_id in ("c-1", "c-2", "c-3"):
        registry.log(app, call_id=call_id, dialled_number=registry.LANDLINE, notes="n", heard_order_no=call_id)
    with app.writing() as work:
        correct_call(work, "c-1", {"heard_order_no": ""})
        merge_call(work, "c-2", "c-1")
        work.commit()
    expected = _after(app, first)
    waits_for(app, first, lambda work: correct_call(work, "c-1", {"heard_item": "杯子"}))
    assert _after(app) == replace(expected, heard_item="杯子")


def _after(app, *changes):
    """The call c-1 as it is after changes that are not kept."""
    with app.writing() as work:
        for change in changes:
            change(work)
        return work.calls.get("c-1")


@pytest.mark.parametrize(
    ("first", "state"),
    [
        (lambda work, canary, _: retire_canary(work, canary), "quarantined"),
        (lambda work, canary, rng: place_order(work, {"canary_id": canary}, [], rng), "used"),
    ],
)
def test_two_changes_of_one_canary_are_both_kept(app, first, state):
    registry.own_number(app)
    (canary,) = registry.issue(app, registry.add_channel(app))
    name = canary.canary_id
    waits_for(
        app, lambda work: first(work, name, app.rng), lambda work: annotate_canary(work, name, ["box"], [], "kept")
    )
    (after,) = registry.everything(app)["canaries"]
    assert (after.state.value, after.tags, after.notes) == (state, ("box",), "kept")


def test_releasing_lines_waits_for_notes(app):
    registry.own_number(app)
    (canary,) = registry.issue(app, registry.add_channel(app))
    with app.writing() as work:
        retire_canary(work, canary.canary_id)
        work.commit()
    waits_for(
        app,
        lambda work: annotate_canary(work, canary.canary_id, ["box"], [], "kept"),
        lambda work: release_lines(work, 0),
    )
    (after,) = registry.everything(app)["canaries"]
    assert (after.state.value, after.tags, after.notes) == ("retired", ("box",), "kept")


def test_two_merges_the_other_way_round_do_not_hang(app):
    registry.own_number(app, extensions="")
    for call_id in ("c-1", "c-2"):
        registry.log(app, call_id=call_id, dialled_number=registry.LANDLINE)
    with pytest.raises(NotAllowed, match="merge into one that counts"):
        waits_for(app, lambda work: merge_call(work, "c-1", "c-2"), lambda work: merge_call(work, "c-2", "c-1"))
