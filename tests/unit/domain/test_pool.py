"""Which owned number the next canary goes on."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from tracer.domain.errors import CapacityExhausted, NotAllowed
from tracer.domain.line import NumberKind, OwnedNumber
from tracer.domain.pool import PoolNumber, choose, draw_extension, usable

NOW = datetime.fromisoformat("2026-11-21T12:00:00+08:00")
DAY = timedelta(days=1)


def number(number="+442079460016", digits=None, live=0, rivals=0, taken=None, **more):
    owned = OwnedNumber(number, NumberKind.LANDLINE, digits, **more)
    return PoolNumber(f"n{number}", owned, live, rivals, taken if digits is None or taken else set())


def test_an_empty_pool_says_how_to_fill_it():
    with pytest.raises(NotAllowed, match="tracer number add"):
        usable([], NOW)


def test_only_numbers_owned_now_are_used():
    past = number("+442079460001", owned_until=NOW)
    future = number("+442079460002", owned_from=NOW + DAY)
    now = number("+442079460003", owned_from=NOW, owned_until=NOW + DAY)
    assert usable([past, future, now], NOW) == [now]
    with pytest.raises(NotAllowed, match="owned at this time"):
        usable([past, future], NOW)


def test_test_lines_serve_only_where_nothing_else_is_there():
    test, real = number("+442079460001", test_line=True), number("+442079460002")
    assert usable([test], NOW) == [test]
    assert usable([test, real], NOW) == [real]


def test_a_named_number_is_used_even_if_it_is_a_test_line():
    test, real = number("+442079460001", test_line=True), number("+442079460002")
    assert usable([test, real], NOW, "+442079460001") == [test]
    with pytest.raises(NotAllowed, match=r"\+442079460009 is not in the pool"):
        usable([test, real], NOW, "+442079460009")


def test_extensions_come_before_shared_numbers():
    shared, own = number("+442079460001"), number("+442079460002", digits=2, live=50)
    assert choose([shared, own]) is own


def test_rivals_are_kept_apart_before_the_load_is_evened():
    rival, busy = number("+442079460001", rivals=1, live=1), number("+442079460002", live=9)
    assert choose([rival, busy]) is busy
    assert choose([number("+442079460001", live=2), light := number("+442079460002", live=1)]) is light


def test_full_extensions_give_way():
    full = number("+442079460001", digits=1, taken={str(digit) for digit in range(10)})
    assert full.free_extensions == 0
    assert choose([full, shared := number("+442079460002")]) is shared
    with pytest.raises(CapacityExhausted, match="Add a number"):
        choose([full])


def test_every_extension_is_drawn_once_and_then_none_is_left():
    item = number(digits=2)
    rng = np.random.default_rng(3)
    drawn = []
    for _ in range(100):
        drawn.append(draw_extension(item, rng))
        item.extensions.add(drawn[-1])
    assert sorted(drawn) == [f"{value:02d}" for value in range(100)]
    assert drawn != sorted(drawn)
    with pytest.raises(CapacityExhausted):
        draw_extension(item, rng)


def test_a_request_that_finds_some_room_is_told_how_much():
    item = number(digits=1, taken={"0", "1", "2"})
    rng = np.random.default_rng(3)
    for _ in range(7):
        item.extensions.add(draw_extension(choose([item]), rng))
    with pytest.raises(CapacityExhausted, match=r"only 7 of the canaries asked for .* Ask for --count 7, or add"):
        choose([item])


def test_a_shared_number_has_no_extension():
    with pytest.raises(NotAllowed, match="no extensions"):
        draw_extension(number(), np.random.default_rng(1))
