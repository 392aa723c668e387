"""Canaries: issued, used, quarantined, retired; lines, rivals, controls, notes."""

from datetime import timedelta

import pytest

from tests.factories import registry
from tracer.domain.canary import CanaryState
from tracer.domain.errors import CapacityExhausted, InvalidRecord, InvalidValue, NotAllowed, UnknownId
from tracer.services.canaries.change_canary import annotate_canary, retire_canary


@pytest.fixture
def merchant(app):
    registry.own_number(app)
    return registry.add_channel(app)


def later(app, days):
    now = app.clock()
    app.clock = lambda: now + timedelta(days=days)


def change(app, service, *arguments):
    with app.writing() as work:
        made = service(work, *arguments)
        work.commit()
    return made


def state(app, canary_id):
    with app.reading() as work:
        return work.canaries.get(canary_id).state


def test_what_is_issued_is_stored(app, merchant):
    made = registry.issue(app, merchant, count=5, tags=("spring",), notes="n")
    with app.reading() as work:
        assert sorted(work.canaries.all(), key=lambda one: one.canary_id) == sorted(made, key=lambda k: k.canary_id)
    assert len({canary.recipient_name for canary in made}) == 5
    assert len({canary.phone for canary in made}) == 5
    assert {(c.issued_for, c.state, c.locale, c.tags, c.notes) for c in made} == {
        ((merchant,), CanaryState.ISSUED, "zh_CN", ("spring",), "n")
    }
    assert all(canary.phone.number == registry.LANDLINE and len(canary.phone.extension) == 4 for canary in made)


def test_a_line_comes_free_only_after_its_quarantine(app, merchant):
    registry.own_number(app, "+442079460017", extensions="1")
    first = registry.issue(app, merchant, count=10, number="+442079460017")
    with pytest.raises(CapacityExhausted):
        registry.issue(app, merchant, number="+442079460017")
    retired = change(app, retire_canary, first[0].canary_id)
    assert retired.state is CanaryState.QUARANTINED
    later(app, 89)
    with pytest.raises(CapacityExhausted):
        registry.issue(app, merchant, number="+442079460017")
    later(app, 1)
    (again,) = registry.issue(app, merchant, number="+442079460017")
    assert again.phone == first[0].phone
    assert again.recipient_name != first[0].recipient_name
    assert state(app, first[0].canary_id) is CanaryState.RETIRED


def test_a_canary_is_given_up_once(app, merchant):
    (canary,) = registry.issue(app, merchant)
    change(app, retire_canary, canary.canary_id)
    with pytest.raises(NotAllowed, match="quarantined already"):
        change(app, retire_canary, canary.canary_id)
    with pytest.raises(UnknownId, match="tracer canary list"):
        change(app, retire_canary, "k-gone")


def test_an_order_makes_it_used(app, merchant):
    (canary,) = registry.issue(app, merchant)
    registry.place(app, canary.canary_id, merchant)
    assert state(app, canary.canary_id) is CanaryState.USED


def test_rivals_are_put_on_different_lines(app):
    for last in range(3):
        registry.own_number(app, f"+44770090010{last}", extensions="")
    merchants = [registry.add_channel(app, "merchant", f"shop {n}") for n in range(3)]
    couriers = [registry.add_channel(app, "courier", f"van {n}") for n in range(3)]
    for group in (merchants, couriers):
        lines = {registry.issue(app, channel_id)[0].phone.number for channel_id in group}
        assert len(lines) == 3


def test_a_control_is_given_to_nobody(app, merchant):
    (control,) = registry.issue(app, control=True)
    assert (control.purpose, control.issued_for) == ("control", ())
    with pytest.raises(NotAllowed, match="either --control or --for"):
        registry.issue(app, merchant, control=True)
    with pytest.raises(NotAllowed, match="say whom the canary is for"):
        registry.issue(app, control=False)


@pytest.mark.parametrize(
    ("request_", "error", "says"),
    [
        ({"count": 0}, InvalidValue, "from 1 to 100,000"),
        ({"count": 100_001}, InvalidValue, "from 1 to 100,000"),
        ({"locale": "xx_YY"}, InvalidValue, "zh_CN"),
        ({"gender": "other"}, InvalidValue, "male or female"),
        ({"number": "+447700900199"}, NotAllowed, "not in the pool"),
        ({"notes": "x" * 2_001}, InvalidRecord, "at most 2,000"),
        ({"notes": "a\x00b"}, InvalidRecord, "control characters"),
        ({"tags": ("two words",)}, InvalidValue, "without blanks"),
        ({"tags": ("a,b",)}, InvalidValue, "without blanks"),
    ],
)
def test_a_bad_request_issues_nothing(app, merchant, request_, error, says):
    with pytest.raises(error, match=says):
        registry.issue(app, merchant, **request_)
    assert registry.everything(app)["canaries"] == []


def test_for_an_unknown_channel(app, merchant):
    with pytest.raises(UnknownId, match="no channel 'gone'"):
        registry.issue(app, merchant, "gone")
    assert registry.everything(app)["canaries"] == []


def test_without_a_number_it_says_what_to_do(app):
    with pytest.raises(NotAllowed, match="tracer number add"):
        registry.issue(app, registry.add_channel(app))


def test_tags_and_notes(app, merchant):
    (canary,) = registry.issue(app, merchant, tags=("spring",))
    changed = change(app, annotate_canary, canary.canary_id, ["box"], ["spring"], "kept")
    assert (changed.tags, changed.notes) == (("box",), "kept")
    assert change(app, annotate_canary, canary.canary_id, [], [], None) == changed
    for notes, tags in (("x" * 2_001, []), ("a\x07", []), ("fine", ["two words"])):
        with pytest.raises((InvalidRecord, InvalidValue)):
            change(app, annotate_canary, canary.canary_id, tags, [], notes)
    with app.reading() as work:
        assert work.canaries.get(canary.canary_id) == changed
