"""Which programs may serve beside a newer schema: told by the name of its revision."""

import pytest

from tracer.storage.migrations import HEAD, known_revisions, may_go_on


@pytest.mark.parametrize(
    ("found", "head", "may"),
    [
        ("0014_from_0013", "0013", True),
        ("0015_from_0013", "0013", True),
        ("0015_from_0014", "0013", False),
        ("0015_from_0014", "0014_from_0013", True),
        ("0014", "0013", False),
        ("0014_from_0013", "0014_from_0013", False),  # its own: nothing newer
        ("0014_from_0013", "0015", False),  # the database is the older one
        ("0014_from_0013x", "0013", False),
        ("", "0013", False),
    ],
)
def test_a_revision_tells_who_may_go_on(found, head, may):
    assert may_go_on(found, head) is may


def test_no_revision_lets_one_go_on_that_one_before_it_stopped():
    stops = 1
    for revision in sorted(known_revisions()):
        number, _, oldest = revision.partition("_from_")
        stops = stops if oldest else int(number)
        assert not oldest or int(oldest) >= stops, revision
    assert max(known_revisions()) == HEAD
