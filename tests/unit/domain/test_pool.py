"""Which owned number the next canary goes on."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from tracer.domain.errors import CapacityExhausted, NotAllowed
from tracer.domain.line import NumberKind, OwnedNumber
from tracer.domain.pool import PoolNumber, Rota, draw_extension, usable

NOW = datetime.fromisoformat("2026-11-21T12:00:00+08:00")
DAY = timedelta(days=1)


def number(number="+442079460016", digits=None, live=0, rivals=0, taken=None, **more):
    owned = OwnedNumber(number, NumberKind.LANDLINE, digits, **more)
    return PoolNumber(f"n{number}", owned, live, rivals, taken if digits is None or taken else set(), 99)


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


def dealt(numbers, count=1, taken=frozenset()):
    rota = Rota(numbers, lambda item: set(taken), "zh_CN")
    rng = np.random.default_rng(3)
    return [rota.next(rng)[0] for _ in range(count)]


def test_extensions_come_before_shared_numbers():
    shared, own = number("+442079460001"), number("+442079460002", digits=2, live=50)
    assert dealt([shared, own]) == [own]


def test_rivals_are_kept_apart_before_the_load_is_evened():
    rival, busy = number("+442079460001", rivals=1, live=1), number("+442079460002", live=9)
    assert dealt([rival, busy]) == [busy]
    assert dealt([number("+442079460001", live=2), light := number("+442079460002", live=1)]) == [light]


def test_what_was_dealt_counts_for_what_comes_next():
    one, two = number("+442079460001", live=2), number("+442079460002")
    assert dealt([one, two], 5) == [two, one, two, one, two]
    assert (one.live, one.rivals, two.live, two.rivals) == (4, 2, 3, 3)


def test_full_extensions_give_way():
    full = number("+442079460001", digits=1, taken={str(digit) for digit in range(10)})
    assert not full.has_room
    assert dealt([full, shared := number("+442079460002")]) == [shared]
    with pytest.raises(CapacityExhausted, match="Add a number"):
        dealt([full])


def test_a_shared_number_with_all_the_names_it_takes_gives_way():
    full, other = number("+442079460001"), number("+442079460002", live=7)
    full.names_left = 0
    assert dealt([full, other]) == [other]
    other.names_left = 1
    with pytest.raises(
        CapacityExhausted, match=r"only 1 of the canaries asked for .* no shared number takes more zh_CN names"
    ):
        dealt([full, other], 2)


def test_extensions_are_read_only_where_a_number_comes_up():
    unread = [PoolNumber(f"n{i}", number(f"+44207946000{i}", digits=2).owned, live=i) for i in range(3)]
    assert dealt(unread, 2, taken={"00"}) == unread[:2]
    assert unread[0].extensions == {"00"} | (unread[0].extensions - {"00"})
    assert unread[2].extensions is None


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
    with pytest.raises(CapacityExhausted, match=r"only 7 of the canaries asked for .* Ask for --count 7, or add"):
        dealt([item], 8)


def test_a_shared_number_has_no_extension():
    with pytest.raises(NotAllowed, match="no extensions"):
        draw_extension(number(), np.random.default_rng(1))
