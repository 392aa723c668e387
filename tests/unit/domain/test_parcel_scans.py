from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOW
from tracer.domain.tracking import LEAST_WAIT, Scan, Stage, Tracked, believable, joined, next_look

PARCEL = Tracked("o-1", "kuaidi100", "SF1234567890123", NOW, "sf")
HOUR = timedelta(hours=1)
SCANS = st.lists(
    st.builds(
        Scan,
        at=st.integers(-500, 500).map(lambda hours: NOW + hours * HOUR),
        stage=st.sampled_from(Stage),
        text=st.sampled_from(["a", "b"]),
    ),
    max_size=8,
)


@given(st.lists(SCANS, max_size=4), st.randoms())
def test_what_is_told_in_pieces_comes_to_the_same_in_any_order(pieces, random):
    shuffled = random.sample(pieces, len(pieces))
    first, second = (), ()
    for piece in pieces:
        first = joined(first, piece)
    for piece in shuffled + pieces:
        second = joined(second, piece)
    assert [(s.at, s.stage, s.text) for s in first] == [(s.at, s.stage, s.text) for s in second]


@given(SCANS)
def test_nothing_from_before_the_order_or_after_tomorrow_is_believed(scans):
    for scan in believable(scans, NOW - 10 * HOUR, NOW):
        assert NOW - 10 * HOUR <= scan.at <= NOW + timedelta(days=1)


@given(
    st.integers(0, 40), st.integers(0, 40), st.floats(0.01, 200), st.booleans(), SCANS, st.integers(0, 100).map(float)
)
def test_nobody_is_asked_more_often_than_half_an_hour_nor_for_ever(failures, unchanged, usual, pushed, scans, days):
    parcel = replace(PARCEL, failures=failures, unchanged=unchanged, scans=joined((), scans))
    parcel = replace(parcel, subscribed_at=NOW if pushed else None)
    now = NOW + timedelta(days=days)
    due = next_look(parcel, now, usual * HOUR)
    assert due is None or now + LEAST_WAIT <= due <= now + timedelta(days=3)
    newest = max([NOW, *(scan.at for scan in scans)])
    if now - newest > timedelta(days=45):
        assert due is None


def test_delivered_it_is_looked_at_for_three_days_more():
    done = replace(PARCEL, scans=(Scan(NOW, Stage.DELIVERED),))
    assert next_look(done, NOW + timedelta(days=2), HOUR) is not None
    assert next_look(done, NOW + timedelta(days=3), HOUR) is None
