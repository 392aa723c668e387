"""Two processes, many slots, kill -9 in between: each slot is run once, and what was broken off by the other.

`make soak` does it with a thousand.
"""

from collections import Counter

import numpy as np
import pytest

from tests.integration.job_slots import run_slots


@pytest.mark.parametrize(("kind", "slots", "kills"), [("in one", 200, 2), ("longer", 30, 2)])
def test_each_slot_is_run_once(tmp_path, database_url, kind, slots, kills):
    found = run_slots(tmp_path / "home", database_url, slots, kills, np.random.default_rng(7), kind)
    assert found.runs == Counter(range(slots))
    assert found.killed >= 1
    assert (found.state.runs, found.state.failed_runs) == (slots, 0)
    assert found.state.claims >= slots + (found.killed if kind == "longer" else 0)
