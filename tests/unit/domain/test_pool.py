"""Which owned number the next canary goes on."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from tracer.domain.errors import CapacityExhausted, NotAllowed
from tracer.domain.line import NumberKind, OwnedNumber
from tracer.domain.pool import FreeExtensions, PoolNumber, Rota, usable

NOW = datetime.fromisoformat("2026-11-21T12:00:00+08:00")
DAY = timedelta(days=1)


def number(number="+442079460016", digits=None, live=0, rivals=0, **more):
    return PoolNumber(f"n{number}", OwnedNumber(number, NumberKind.LANDLINE, digits, **more), live, rivals, 99)


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
    rota = Rota(numbers, lambda item, extensions: taken & set(extensions), "zh_CN")
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
    full, digits = number("+442079460001", digits=1), {str(digit) for digit in range(10)}
    assert dealt([full, shared := number("+442079460002")], taken=digits) == [shared]
    with pytest.raises(CapacityExhausted, match="Add a number"):
        dealt([full], taken=digits)


def test_a_shared_number_with_all_the_names_it_takes_gives_way():
    full, other = number("+442079460001"), number("+442079460002", live=7)
    full.names_left = 0
    assert dealt([full, other]) == [other]
    other.names_left = 1
    with pytest.raises(
        CapacityExhausted, match=r"only 1 of the canaries asked for .* no shared number takes more zh_CN names"
    ):
        dealt([full, other], 2)


def drawn(digits, taken, count, asked=None):
    def in_use(extensions):
        if asked is not None:
            asked.extend(extensions)
        return taken & set(extensions)

    extensions, rng = FreeExtensions(digits, in_use), np.random.default_rng(3)
    return [extensions.draw(rng) for _ in range(count)]


@pytest.mark.parametrize("digits", [1, 2, 3])
def test_every_free_extension_is_drawn_once_and_then_none_is_left(digits):
    every = [f"{value:0{digits}d}" for value in range(10**digits)]
    taken = set(every[::3])
    found = drawn(digits, taken, len(every) - len(taken) + 2)
    assert found[-2:] == [None, None]
    assert sorted(found[:-2]) == sorted(set(every) - taken)
    assert found[:-2] != sorted(found[:-2])


def test_a_single_extension_is_found_with_few_questions_however_many_there_are():
    asked = []
    assert drawn(6, set(), 1, asked) != [None]
    assert len(asked) < 10
    almost_full = {f"{value:03d}" for value in range(1000)} - {"417"}
    assert drawn(3, almost_full, 2, asked) == ["417", None]


def test_extensions_are_drawn_evenly():
    firsts = [FreeExtensions(1, lambda _: ()).draw(np.random.default_rng(seed)) for seed in range(500)]
    assert min(firsts.count(str(digit)) for digit in range(10)) > 25


def test_a_request_that_finds_some_room_is_told_how_much():
    with pytest.raises(CapacityExhausted, match=r"only 7 of the canaries asked for .* Ask for --count 7, or add"):
        dealt([number(digits=1)], 8, taken={"0", "1", "2"})
