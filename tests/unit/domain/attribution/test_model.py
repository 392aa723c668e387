"""The model in force: a bad value is blamed on the place where it stands."""

import pytest

from tracer.domain.attribution.model import build_model, merge
from tracer.domain.errors import InvalidValue
from tracer.settings import config_folder, read_toml

SHIPPED = read_toml(config_folder() / "channels.toml")


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ({"kinds": {"courier": {"mention": {"nam": 0.5}}}}, "kinds.courier.mention: expected fields out of: name"),
        ({"kinds": {"courier": {"mention": {"name": 1.5}}}}, "kinds.courier.mention.name: expected a probability"),
        ({"kinds": {"courier": {"delay": {"sigma": "x"}}}}, "kinds.courier.delay.sigma: expected a number, got 'x'"),
        ({"kinds": {"courier": {"fields": 3}}}, "kinds.courier.fields: expected field names in one text"),
        ({"kinds": {"courier": 3}}, "kinds.courier: expected a table"),
        ({"kinds": {"kiosk": {"fields": "colour"}}}, "kinds.kiosk.fields: "),
        ({"defaults": {"delay": {"sigma": "x"}}}, "defaults.delay.sigma: expected a number"),
        ({"defaults": {"delay": 3}}, "defaults.delay: expected a table"),
        ({"defaults": {"mention": {"nam": 0.5}}}, "defaults.mention: expected fields out of: name"),
        ({"defaults": {"rate_a": 0.5}}, "defaults.rate_a: expected a number of at least 1"),
        ({"channels": {"c-1": {"kind": "courier", "mention": {"nam": 0.5}}}}, "channels.c-1.mention: expected fields"),
        ({"channels": {"c-1": "courier"}}, "channels.c-1: expected a table"),
        ({"verdict": {}}, "channels.toml: expected sections out of: defaults"),
        ({"model": 3}, "model: expected a table"),
    ],
)
def test_the_bad_key_is_named_where_it_stands(own, says):
    with pytest.raises(InvalidValue) as refusal:
        build_model(merge(SHIPPED, own))
    assert says in str(refusal.value)
    assert len(str(refusal.value)) < 300


def test_a_channel_of_its_own_keeps_the_rest_of_its_kind():
    model = build_model(merge(SHIPPED, {"channels": {"c-1": {"kind": "courier", "mention": {"name": 0.5}}}}))
    mention = model.channels.overrides["c-1"]["mention"]
    assert mention == {**model.channels.kinds["courier"].mention, "name": 0.5}
