"""A call answered at once from the kept state, and when only a full run can tell."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tests.factories import registry
from tracer.domain.errors import UnknownId
from tracer.services.attribution.attribute_call import attribute_call
from tracer.services.calls.log_call import undo_call
from tracer.services.reports.build_report import explain_call
from tracer.storage.attribution_states import pack_snapshot, unpack_snapshot

KNEW = "name phone item price"


@pytest.fixture
def shop(app):
    """A shop whose every order was called, three of each kind of line, and one that is quiet."""
    leaky, quiet = registry.add_channel(app), registry.add_channel(app, "merchant", "锦绣小铺")
    registry.own_number(app)
    registry.own_number(app, registry.SHARED, extensions="")
    made = [
        *registry.issue(app, leaky, quiet, count=4, number=registry.LANDLINE),
        *registry.issue(app, leaky, count=4, number=registry.SHARED),
    ]
    for canary in made:
        registry.place(app, canary.canary_id, leaky)
    for canary in made[:3]:
        registry.log(app, dialled_number=canary.phone.text, known_fields=KNEW)
    registry.log(app, dialled_number=registry.SHARED, heard_name=made[4].recipient_name, known_fields=KNEW)
    registry.refresh(app)
    return leaky, quiet, made


def answers(app, call_id, later=timedelta(hours=1)):
    moment = app.clock() + later
    with app.reading() as work:
        return attribute_call(work, app.model, call_id, moment), explain_call(work, app.model, call_id, moment)


def distance(one, other):
    a, b = ({source.channel_id: source.p for source in finding.sources} for finding in (one, other))
    return max(abs(a.get(key, 0) - b.get(key, 0)) for key in a | b)


def test_a_new_call_on_a_line_of_its_own(app, shop):
    leaky, _, made = shop
    call = registry.log(app, dialled_number=made[3].phone.text, known_fields=KNEW)
    quick, full = answers(app, call.call_id)
    assert quick.finding.canary_id == made[3].canary_id
    assert quick.finding.sources[0].channel_id == leaky
    assert distance(quick.finding, full) < 0.05
    assert quick.calls_since == 1


def test_a_new_call_on_a_shared_number_is_told_by_its_name(app, shop):
    _, _, made = shop
    call = registry.log(app, dialled_number=registry.SHARED, heard_name=made[6].recipient_name, known_fields=KNEW)
    quick, full = answers(app, call.call_id)
    assert quick.finding.canary_id == full.canary_id == made[6].canary_id
    assert distance(quick.finding, full) < 0.05


def test_a_call_that_the_state_has_seen(app, shop):
    with app.reading() as work:
        call, *_ = work.calls.counting()
    quick, full = answers(app, call.call_id)
    assert quick.calls_since == 0
    assert distance(quick.finding, full) < 0.03


def quick_only(app, call_id, model=None, later=timedelta(hours=1)):
    with app.reading() as work:
        return attribute_call(work, model or app.model, call_id, app.clock() + later)


def test_when_only_a_full_run_can_tell(app, shop):
    _, _, made = shop
    call = registry.log(app, dialled_number=made[3].phone.text, known_fields=KNEW)
    assert quick_only(app, call.call_id) is not None
    other = replace(app.model, assumptions=replace(app.model.assumptions, epsilon=0.02))
    assert quick_only(app, call.call_id, other) is None  # other settings
    assert quick_only(app, call.call_id, later=timedelta(days=-400)) is None  # before the state
    nameless = registry.log(app, heard_name=made[5].recipient_name, known_fields=KNEW)
    assert quick_only(app, nameless.call_id) is None  # which number rang is not known
    newcomer = registry.add_channel(app, "merchant", "新店")
    late = registry.issue(app, newcomer, number=registry.LANDLINE)[0]
    registry.place(app, late.canary_id, newcomer)
    new = registry.log(app, dialled_number=late.phone.text, known_fields=KNEW)
    assert quick_only(app, new.call_id) is None  # a channel that the state does not know
    with app.writing() as work:
        undo_call(work, call.call_id)
        work.commit()
    assert quick_only(app, call.call_id) is None
    with pytest.raises(UnknownId, match="no call 'c-nowhere'"):
        quick_only(app, "c-nowhere")


def test_without_a_state_there_is_no_quick_answer(app):
    canary = registry.issue(app, number=registry.own_number(app))[0]
    call = registry.log(app, dialled_number=canary.phone.text)
    assert quick_only(app, call.call_id) is None


def test_a_state_is_read_as_it_was_written(app, shop):
    with app.reading() as work:
        snapshot = work.attribution_states.latest().snapshot
    again = unpack_snapshot(pack_snapshot(snapshot))
    for name in ("node", "spell", "profile", "nodes", "begin", "stop"):
        assert np.array_equal(getattr(again, name), getattr(snapshot, name))
        assert getattr(again, name).dtype == getattr(snapshot, name).dtype
    assert (again.channel_ids, again.kinds, again.as_of) == (snapshot.channel_ids, snapshot.kinds, snapshot.as_of)
    assert np.array_equal(again.assumed.mention, snapshot.assumed.mention)
    assert again.assumed.epsilon == snapshot.assumed.epsilon
    assert np.array_equal(again.learned.did, snapshot.learned.did)


def test_a_new_state_takes_the_place_of_the_old(app, shop):
    _, _, made = shop
    call = registry.log(app, dialled_number=made[3].phone.text, known_fields=KNEW)
    registry.refresh(app)
    assert quick_only(app, call.call_id).calls_since == 0


def test_the_command_says_what_it_stands_on(tracer_on, app, shop):
    _, _, made = shop
    call = registry.log(app, dialled_number=made[3].phone.text, known_fields=KNEW)
    app.close()

    assert "From the state kept as of" in tracer_on.ok("explain", call.call_id).out
    assert "From the state" not in tracer_on.ok("explain", call.call_id, "--full").out
    assert "Kept the state" in tracer_on.ok("refresh").out
