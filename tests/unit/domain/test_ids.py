"""Ids that people can read out."""

import numpy as np

from tracer.domain.columns import parse_id
from tracer.domain.ids import new_id


def test_an_id_says_what_it_is_and_has_no_characters_that_are_mixed_up():
    rng = np.random.default_rng(5)
    made = [new_id("k", rng) for _ in range(500)]
    assert len(set(made)) == 500
    for one in made:
        assert parse_id(one, "canary_id") == one
        assert one.startswith("k-")
        assert len(one) == 12
        assert not set(one[2:]) & set("ilou")


def test_the_generator_decides():
    assert new_id("o", np.random.default_rng(1)) == new_id("o", np.random.default_rng(1))
    assert new_id("o", np.random.default_rng(1)) != new_id("o", np.random.default_rng(2))
