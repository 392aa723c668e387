"""Rate limits: a burst, its return, one bucket for all processes, and clocks that jump."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.factories.access import CLIENT, do, set_clock
from tests.storage_dump import dump
from tracer.domain.errors import InvalidValue, TooManyRequests
from tracer.services.access.limit_rate import Limit, peek, spend
from tracer.services.jobs.forget_old import forget_old

LIMIT = Limit("look-ups", 6, 60)


def spent(app, subject=CLIENT, limit=LIMIT, most=100):
    """How many can be spent at once."""
    for count in range(most):
        try:
            do(app, spend, limit, subject)
        except TooManyRequests:
            return count
    return most


def test_a_burst_then_one_by_one(app):
    assert spent(app) == 6
    with pytest.raises(TooManyRequests, match=r"too many look-ups\. Try again in 10 s") as refusal:
        do(app, spend, LIMIT, CLIENT)
    assert refusal.value.retry_after == 10
    set_clock(app, seconds=9)
    assert spent(app) == 0
    set_clock(app, seconds=10)
    assert spent(app) == 1
    set_clock(app, seconds=35)
    assert spent(app) == 2
    set_clock(app, hours=1)
    assert spent(app) == 6


@pytest.mark.parametrize("burst", range(1, 40))
def test_a_burst_always_fits_its_period(burst):
    limit = Limit("x", burst, 3600)
    assert burst * limit.price(1) <= limit.period
    assert (burst + 1) * limit.price(1) > limit.period


def test_subjects_and_limits_have_buckets_of_their_own(app):
    assert spent(app) == 6
    assert spent(app, "192.0.2.8") == 6
    assert spent(app, limit=Limit("log-ins", 3, 60)) == 3


def test_a_cost(app):
    do(app, spend, LIMIT, CLIENT, 4)
    with pytest.raises(TooManyRequests) as refusal:
        do(app, spend, LIMIT, CLIENT, 4)
    assert refusal.value.retry_after == 20
    do(app, spend, LIMIT, CLIENT, cost=2)
    for cost in (0, 7):
        with pytest.raises(InvalidValue, match="look-ups: expected 1 to 6 at a time"):
            do(app, spend, LIMIT, CLIENT, cost)


def test_a_peek_takes_nothing_and_only_reads(app):
    def look():
        with app.reading() as work:
            peek(work, LIMIT, CLIENT)

    look()
    for left in range(6):
        look()
        assert do(app, spend, LIMIT, CLIENT) is None, left
    with pytest.raises(TooManyRequests):
        look()
    set_clock(app, seconds=10)
    look()


@pytest.mark.parametrize("jump", [{"days": 1}, {"days": 400}])
def test_a_clock_that_ran_ahead_locks_nobody_out(app, jump):
    set_clock(app, **jump)
    assert spent(app) == 6
    set_clock(app)
    assert spent(app) == 1  # the bucket is full, but for the one that says so in the row
    set_clock(app, seconds=10)
    assert spent(app) == 1
    set_clock(app, seconds=70)
    assert spent(app) == 6


def test_clocks_that_differ_by_seconds_give_nothing_away(app):
    set_clock(app, seconds=5)
    assert spent(app) == 6
    set_clock(app)
    assert spent(app) == 0


@pytest.mark.parametrize("threads", [8])
def test_what_is_spent_at_once_is_spent_once(app, threads):
    app.open()  # opened before the threads begin
    limit = Limit("look-ups", 25, 3600)

    def many(_):
        count = 0
        for _ in range(6):
            with suppress(TooManyRequests):
                do(app, spend, limit, CLIENT)
                count += 1
        return count

    with ThreadPoolExecutor(threads) as pool:
        assert sum(pool.map(many, range(threads))) == 25


def test_no_subject_lies_in_plain(app, database_url):
    spent(app)
    ((bucket, _),) = dump(database_url)["rate_limits"]
    assert len(bucket) == 32
    assert CLIENT.encode() not in bytes(bucket)


def test_old_buckets_are_forgotten(app, database_url):
    spent(app)
    set_clock(app, days=1)
    do(app, spend, LIMIT, "192.0.2.8")
    set_clock(app, days=30)
    assert do(app, forget_old) == 0
    set_clock(app, days=30, minutes=1)
    assert do(app, forget_old) == 1
    ((_, arrival),) = dump(database_url)["rate_limits"]
    assert arrival >> 11 == ((NOW + timedelta(days=1, seconds=10)).timestamp()) * 1_000_000
