"""Made calls in many voices are read as the rules of reading say."""

import pytest

from tests.unit.domain.transcript.cases import CASES
from tracer.domain.transcript.reading import read_transcript

SETS = ("known_fields", "unknown_fields", "asked_for")


@pytest.mark.parametrize("case", CASES)
def test_a_made_call_is_read_rightly(case):
    text, truth = CASES[case]
    reading = read_transcript(text)
    found = {key: getattr(reading, key) for key in truth}
    assert {key: sorted(v) if key in SETS else v for key, v in found.items()} == {
        key: sorted(v) if key in SETS else v for key, v in truth.items()
    }
