"""The pool: whether there are numbers, which still are ours, and whether anything measures the background."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tracer.bootstrap import Application
from tracer.domain.finding import Finding, notice, well, wrong
from tracer.domain.line import OwnedNumber

CHECK = "lines"


def look(app: Application) -> Iterator[Finding]:
    """The numbers with the live canaries on them."""
    with app.reading() as work:
        live = work.canaries.live_per_number()
        pool = {stored.number_id: stored.owned for stored in work.numbers.all()}
        controls = work.canaries.has_live_control()
    counts = [(owned, live.get(number_id, 0)) for number_id, owned in pool.items()]
    yield from judge(app.clock(), counts)
    if sum(live.values()) and not controls:
        yield notice(
            CHECK,
            "No live canary is a control: nothing measures how often such a number is called without any leak.",
            "`tracer canary issue --control`, best on a number of its own.",
        )


def judge(now: datetime, pool: Sequence[tuple[OwnedNumber, int]]) -> Iterator[Finding]:
    """What is to be said of numbers with so many live canaries each. Numbers are counted, never named."""
    if not pool:
        yield notice(CHECK, "There is no number in the pool.", "`tracer number add NUMBER` with one that you own.")
        return
    lost = [owned for owned, live in pool if live and owned.owned_until is not None and owned.owned_until <= now]
    if lost:
        yield wrong(
            CHECK,
            f"{len(lost)} of the numbers with live canaries are no longer yours: whoever has them gets the calls.",
            "`tracer number list` shows until when each was yours; retire the canaries on them.",
        )
    in_use: Mapping[bool, int] = {
        test: sum(live for owned, live in pool if owned.test_line is test) for test in (True, False)
    }
    if in_use[True] and in_use[False]:
        yield notice(
            CHECK,
            f"{in_use[True]} live canaries are on test lines, which never ring, beside {in_use[False]} on real ones.",
            "Silence on a test line says nothing. Keep tests in a home of their own.",
        )
    live_numbers = sum(1 for _, live in pool if live)
    yield well(CHECK, f"Numbers: {len(pool):,}, with live canaries: {live_numbers:,}.")
