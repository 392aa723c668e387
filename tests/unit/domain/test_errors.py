"""Refusals are the same after a trip through another process."""

import pickle

import pytest

from tracer.domain import errors
from tracer.domain.errors import InvalidRecord, RowProblem, TracerError
from tracer.http.problems import status_of

VALUE = errors.InvalidValue("price", "?", "a plain number", "Write 57.30")
MADE = [
    VALUE,
    InvalidRecord([VALUE]),
    errors.UnknownId("call", "c-1", "look"),
    errors.AlreadyExists("call", "c-1", "another"),
    errors.BundleRejected([RowProblem("calls.csv", 2, "price", "no")], 1),
    errors.NotPermitted("bulk"),
    errors.TooManyRequests("look-ups", 3.5),
    errors.NotAllowed("no"),
    errors.CallUnsettled("c-1", "k-1", 0.9),
    errors.CallUnsettled("c-1", None, 0.4),
    errors.TimeTokenRejected(errors.TokenFault.WRONG_NONCE, "the nonce", "another"),
    errors.NoTimeStamp([("tsa.example", "down")]),
    errors.StoreUnavailable("gone"),
]


@pytest.mark.parametrize("error", MADE, ids=lambda error: type(error).__name__)
def test_a_refusal_survives_pickling(error):
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert {name: repr(value) for name, value in vars(again).items()} == {
        name: repr(value) for name, value in vars(error).items()
    }


def test_every_kind_with_facts_of_its_own_is_tried():
    def below(kind):
        return {kind, *(found for sub in kind.__subclasses__() for found in below(sub))}

    own = {kind for kind in below(TracerError) if "__init__" in vars(kind)}
    assert own <= {type(error) for error in MADE}


def test_every_kind_has_a_status_of_http():
    for kind in TracerError.__subclasses__():
        error = kind.__new__(kind)
        assert 400 <= status_of(error) < 600, kind
