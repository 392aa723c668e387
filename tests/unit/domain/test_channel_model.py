"""What is known of each kind of channel, and of single channels."""

import pytest

from tracer.domain.channel import Channel, ChannelModel, DelayModel, KindProfile
from tracer.domain.errors import InvalidValue
from tracer.domain.fields import Fields

DELAY = DelayModel(1.0, 1.0, 0.1, 30.0, 150.0)
COURIER = KindProfile("courier", Fields.NAME | Fields.PHONE, 0.06, 1.0, 1.5, 1.6, DELAY, {"name": 0.8})
MODEL = ChannelModel({"courier": COURIER}, {"c-2": {"fields": Fields.NAME_MASKED, "prior_leaky": 0.5}})


def test_a_channel_has_its_kinds_profile():
    assert MODEL.profile(Channel("c-1", "courier", "白杨")) == COURIER


def test_a_channel_may_have_its_own():
    profile = MODEL.profile(Channel("c-2", "courier", "青松"))
    assert (profile.fields, profile.prior_leaky) == (Fields.NAME_MASKED, 0.5)
    assert profile.delay == COURIER.delay


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(InvalidValue, match=r"out of: courier, got 'drone'.*channels\.toml"):
        MODEL.kind("drone")
