"""What runs in another process, here or on another machine: it takes bytes and gives bytes back."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from threading import Lock
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from tracer import __version__

_kept: dict[str, tuple[Callable[[Any, Any], object], object]] = {}
_one_at_a_time = Lock()


def pack(value: object) -> bytes:
    """As bytes; arrays without a copy more than needed."""
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def unpack(content: bytes) -> Any:
    """What `pack` packed. Whoever can send bytes here can run code here: hence TLS with certificates of one's own."""
    return pickle.loads(content)  # noqa: S301  # between processes of one installation, that trust each other


def work(token: str, shared: bytes, item: bytes) -> bytes:
    """function(common, item), packed, where `shared` is the packed (function, common), known by its token.

    What is shared is unpacked once, and what the function found out about it on the way is kept with it.
    """
    with _one_at_a_time:
        if token not in _kept:
            _kept.clear()
            _kept[token] = unpack(shared)
        function, common = _kept[token]
    with threadpool_limits(limits=1, user_api="blas"):  # see build_report
        return pack(function(common, unpack(item)))


def versions() -> tuple[str, str]:
    """What has to be the same for the answer to be the same: Tracer's version and numpy's."""
    return __version__, np.__version__
