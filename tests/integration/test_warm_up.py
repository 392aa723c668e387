"""A server warms up without leaving anything behind."""

from tests.factories import registry
from tests.storage_dump import dump
from tracer.serving.warm_up import warm_up


def test_nothing_is_left_of_it(app, database_url):
    registry.add_channel(app)
    before = dump(database_url)
    warm_up(app)
    assert dump(database_url) == before
