"""Answers under an Idempotency-Key outlive a change of the master key."""

import pytest

from tracer.domain.errors import RequestReused
from tracer.services.access.answer_once import Answer, Asking, answer_once
from tracer.services.upkeep.rotate_key import rotate_key

ASKING = Asking("u-1", "k1", "POST /api/v1/calls", b"{}")


def answered(app, asking, value):
    with app.writing() as work:
        answer, again = answer_once(work, asking, lambda work: Answer(201, value), for_ever=True)
        work.commit()
    return answer.value, again


def test_a_key_sent_before_a_rotation_is_known_after_it(app):
    assert answered(app, ASKING, "first") == ("first", False)
    rotate_key(app.registry, app.actor, app.clock, lambda done, total: None)
    assert answered(app, ASKING, "second") == ("first", True)
    with pytest.raises(RequestReused):
        answered(app, Asking("u-1", "k1", "POST /api/v1/calls", b"{ }"), "third")
    assert answered(app, Asking("u-1", "K1", "POST /api/v1/calls", b"{}"), "other") == ("other", False)
