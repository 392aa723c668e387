"""Integer codes of rows, looked up by value: one sorted run, and a tail of late comers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_TAIL, _TAIL_SHARE = 4_096, 32


class SortedCodes:
    """Rows by code. Late comers are looked through one by one until there are enough to sort in."""

    def __init__(self) -> None:
        self._codes: Ints = np.empty(0, dtype=np.int64)
        self._rows: Ints = np.empty(0, dtype=np.int64)
        self._tail_codes: Ints = np.empty(0, dtype=np.int64)
        self._tail_start = 0

    def extend(self, codes: Ints, start: int) -> None:
        """Codes of the rows from `start` on, which follow those given before."""
        if not len(self._tail_codes):
            self._tail_start = start
        self._tail_codes = np.append(self._tail_codes, codes)
        if len(self._tail_codes) > max(_TAIL, len(self._codes) // _TAIL_SHARE):
            self._sort_in()

    def rows(self, codes: Iterable[int]) -> list[Ints]:
        """The rows of each of the codes."""
        found = []
        for code in codes:
            first, last = np.searchsorted(self._codes, [code, code + 1])
            found.append(self._rows[first:last])
            if len(self._tail_codes):
                found.append(np.flatnonzero(self._tail_codes == code) + self._tail_start)
        return found

    def _sort_in(self) -> None:
        codes = np.append(self._codes, self._tail_codes)
        rows = np.append(self._rows, np.arange(self._tail_start, self._tail_start + len(self._tail_codes)))
        order = np.argsort(codes, kind="stable")  # radix or merge: nearly sorted runs are cheap
        self._codes, self._rows = codes[order], rows[order]
        self._tail_codes = np.empty(0, dtype=np.int64)
