"""The callee's name as somebody said it: full, given name alone, surname and title, masked."""

from __future__ import annotations

from collections.abc import Iterator

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.han_names import han_names
from tracer.domain.transcript.latin_names import latin_names
from tracer.domain.transcript.said import Said


def names(said: Said) -> Iterator[Mention]:
    """Every mention of a name that can be the callee's: field "name" or "name:masked"; the value is as written.

    Of overlapping ones the surer, then the longer stays.
    """
    taken: list[tuple[int, int]] = []
    found = [*han_names(said), *latin_names(said)]
    for one in sorted(found, key=lambda m: (-m.p, m.start - m.end, m.start)):
        if not any(one.start < end and start < one.end for start, end in taken):
            taken.append((one.start, one.end))
            yield one
