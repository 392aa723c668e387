"""The own numbers that may have rung: with live canaries, the last used or issued first, told apart by tails."""

from tests.factories import registry
from tracer.services.canaries.change_canary import release_lines, retire_canary
from tracer.services.registry.lines_in_use import numbers_in_use

FIRST, SECOND, THIRD = "+442079460016", "+447700900123", "+447700900016"


def in_use(app):
    with app.reading() as work:
        return {one.owned.number: one.tail for one in numbers_in_use(work)}


def test_numbers_without_canaries_are_left_out(app):
    assert in_use(app) == {}
    registry.own_number(app, FIRST)
    assert in_use(app) == {}


def test_the_one_that_rang_last_comes_first(app):
    merchant = registry.add_channel(app)
    for number in (FIRST, SECOND):
        registry.own_number(app, number)
        registry.issue(app, merchant, number=number)
    for day, number in ((10, SECOND), (12, FIRST), (11, SECOND)):
        registry.log(app, dialled_number=number, heard_name="x", received_at=f"2026-12-{day}T10:00:00+08:00")
    assert list(in_use(app)) == [FIRST, SECOND]
    registry.log(app, dialled_number=SECOND, heard_name="x", received_at="2026-12-13T10:00:00+08:00")
    assert list(in_use(app)) == [SECOND, FIRST]


def test_a_canary_issued_later_than_the_last_call_brings_its_number_forward(app):
    merchant = registry.add_channel(app)
    for number in (FIRST, SECOND):
        registry.own_number(app, number)
        registry.issue(app, merchant, number=number)
    registry.log(app, dialled_number=FIRST, heard_name="x", received_at="2026-11-01T10:00:00+08:00")
    registry.log(app, dialled_number=SECOND, heard_name="x", received_at="2026-12-01T10:00:00+08:00")
    assert list(in_use(app)) == [SECOND, FIRST]


def test_tails_tell_numbers_apart(app):
    merchant = registry.add_channel(app)
    for number in (FIRST, SECOND, THIRD):
        registry.own_number(app, number)
        registry.issue(app, merchant, number=number)
    assert in_use(app) == {FIRST: "60016", SECOND: "0123", THIRD: "00016"}


def test_a_number_is_shown_until_the_quarantine_of_its_last_canary_ends(app):
    merchant = registry.add_channel(app)
    registry.own_number(app, FIRST)
    (canary,) = registry.issue(app, merchant, number=FIRST)
    with app.writing() as work:
        retire_canary(work, canary.canary_id)
        work.commit()
    assert list(in_use(app)) == [FIRST]
    with app.writing() as work:
        release_lines(work, 0)
        work.commit()
    assert in_use(app) == {}
