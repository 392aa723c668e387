"""An index of names that lives long hears of every change once it is committed, whatever the order of commits."""

from dataclasses import replace

import pytest

from tests.factories import records as rows
from tests.factories import registry
from tests.factories.names import APART, LANDLINE, NAME, SHARED, canary, issue, number_ids, own_numbers
from tracer.domain.canary import CanaryState
from tracer.domain.line import Line
from tracer.intake.csv_bundle.read import open_bundle
from tracer.services.bundles.import_bundle import import_bundle
from tracer.services.canaries.change_canary import release_lines, retire_canary
from tracer.storage.journal import Fact
from tracer.storage.name_feed import START, IndexEntry


def told(app, after=START):
    """What the feed tells, by canary, and the next mark."""
    with app.reading() as work:
        entries, mark = work.canaries.index_entries(after)
        return {entry.canary_id: entry for entry in entries}, mark


def new(app):
    (made,) = registry.issue(app, count=1, number=registry.LANDLINE)
    return made.canary_id


@pytest.fixture
def pool(app):
    own_numbers(app)
    return app


def test_at_first_every_name_is_told_with_what_an_index_needs(pool):
    assert told(pool)[0] == {}
    one, other = canary(), canary(APART, "", Line(LANDLINE, "0042"), "k-2")
    issue(pool, one, replace(other, locale="en_GB"))
    entries, _ = told(pool)
    assert entries == {
        "k-1": IndexEntry("k-1", NAME, "female", SHARED.number, None, CanaryState.ISSUED, one.issued_at),
        "k-2": IndexEntry("k-2", APART, "", LANDLINE, "0042", CanaryState.ISSUED, one.issued_at),
    }
    assert entries["k-1"].issued_at.isoformat() == one.issued_at.isoformat()


def test_later_what_is_new_or_changed_is_told(pool, tmp_path):
    first, second = new(pool), new(pool)
    entries, mark = told(pool)
    assert set(entries) == {first, second}
    assert told(pool, mark) == ({}, mark)
    third = new(pool)
    with pool.writing() as work:
        retire_canary(work, first)
        work.commit()
    entries, mark = told(pool, mark)
    assert {name: entry.state.value for name, entry in entries.items()} == {first: "quarantined", third: "issued"}
    with pool.writing() as work:
        release_lines(work, 0)
        work.commit()
    registry.log(pool, canary_id=second)
    with open_bundle(rows.write_bundle(tmp_path / "b", rows.campaign())) as (bundle, _), pool.writing() as work:
        import_bundle(work, pool.model.channels, bundle)
        work.commit()
    entries, mark = told(pool, mark)
    assert {name: entry.state.value for name, entry in entries.items()} == {first: "retired", "k-1": "used"}
    assert told(pool, mark) == ({}, mark)


def test_more_than_fit_into_one_question(pool):
    mark = told(pool)[1]
    made = {one.canary_id for one in registry.issue(pool, count=1_203, number=registry.LANDLINE)}
    entries, mark = told(pool, mark)
    assert set(entries) == made == set(told(pool)[0])
    assert told(pool, mark)[0] == {}


def test_what_is_not_committed_is_not_told(pool):
    _, mark = told(pool)
    with pool.writing() as work:
        work.canaries.issue([canary()], number_ids(work), work.now)
        work.journal.record([Fact("canary_issued", "k-1", {})])
    assert told(pool, mark)[0] == {}
    assert new(pool) in told(pool, mark)[0]


@pytest.fixture
def app_on_postgresql(make_app, postgresql_url):
    app = make_app(postgresql_url)
    own_numbers(app)
    return app


def test_an_earlier_position_that_is_committed_later_is_told(app_on_postgresql):
    app = app_on_postgresql
    first, second = new(app), new(app)
    _, mark = told(app)
    with app.writing() as slow:
        retire_canary(slow, first)
        with app.writing() as quick:
            retire_canary(quick, second)
            quick.commit()
        loaded, late = told(app)
        entries, mark = told(app, mark)
        assert set(entries) == {second}
        assert (set(loaded), loaded[first].state.value) == ({first, second}, "issued")
        assert mark.gaps == late.gaps != ()
        assert told(app, mark) == ({}, mark)
        third = new(app)
        entries, mark = told(app, mark)
        assert set(entries) == {third}
        slow.commit()
    for after in (mark, late):
        entries, then = told(app, after)
        assert entries[first].state.value == "quarantined"
        assert set(entries) - {third} == {first}
        assert then.gaps == ()
        assert told(app, then) == ({}, then)


def test_positions_that_were_rolled_back_stay_gaps_and_do_no_harm(app_on_postgresql):
    app = app_on_postgresql
    first, second = new(app), new(app)
    _, mark = told(app)
    with app.writing() as work:
        retire_canary(work, first)
    with app.writing() as slow:
        retire_canary(slow, second)
        with app.writing() as work:
            retire_canary(work, first)
            work.commit()
        entries, mark = told(app, mark)
        assert set(entries) == {first}
        slow.commit()
    entries, mark = told(app, mark)
    assert set(entries) == {second}
    ((start, end),) = mark.gaps
    assert start == end
    assert told(app, mark) == ({}, mark)
