"""A finding is worked out once, however many pages wait for it."""

from threading import Event

import pytest

from tracer.domain.errors import NotAllowed
from tracer.web.explaining import Explanations

LONG = 30.0


def test_pages_that_come_again_get_the_one_that_is_under_way():
    explanations, made, go_on = Explanations(), [], Event()

    def make():
        made.append(1)
        assert go_on.wait(LONG)
        return {"call_id": "c-1"}

    assert explanations.wait(("c-1", 1), make, 0.0) is None
    assert explanations.wait(("c-1", 1), make, 0.0) is None
    go_on.set()
    assert explanations.wait(("c-1", 1), make, LONG) == {"call_id": "c-1"}
    assert made == [1]


def test_a_call_that_changed_is_explained_anew():
    explanations = Explanations()
    assert explanations.wait(("c-1", 1), lambda: {"p": 1}, LONG) == {"p": 1}
    assert explanations.wait(("c-1", 1), lambda: {"p": 2}, LONG) == {"p": 1}
    assert explanations.wait(("c-1", 2), lambda: {"p": 2}, LONG) == {"p": 2}


def test_a_refusal_reaches_whoever_waits():
    def refuse():
        raise NotAllowed("it is undone")

    with pytest.raises(NotAllowed, match="undone"):
        Explanations().wait(("c-1", 1), refuse, LONG)
