"""What a report says of its calls, one or many of them."""

import pytest

from tracer.documents.sentences import basis
from tracer.documents.words import Words


@pytest.mark.parametrize(
    ("calls", "leaks", "said"),
    [
        (1, 1, "It most probably used leaked data."),
        (3, 3, "Each of them most probably used leaked data."),
        (1, 0, "It looks like background that any number gets."),
        (
            3,
            2,
            "Calls that most probably used leaked data: 2. The other one looks like background that any number gets.",
        ),
        (
            2_000,
            0,
            "Calls that most probably used leaked data: 0. The other 2,000 look like background that any number gets.",
        ),
    ],
)
def test_a_report_counts_its_calls_in_plain_words(calls, leaks, said):
    assert basis(Words(), exposed=2, calls=calls, leaks=leaks, left_out=0, converged=True)[1:] == [said]


def test_without_calls_nothing_is_said_of_them():
    assert len(basis(Words(), exposed=2, calls=0, leaks=0, left_out=0, converged=True)) == 1
