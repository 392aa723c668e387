"""Functions for tasks, among them one whose process can be killed meanwhile: the second attempt answers."""

import os
import time
from pathlib import Path


def square(folder: str, item: int) -> int:
    """item², but for 0 and 1 only at the second attempt; the first writes its process id into the folder."""
    mark = Path(folder) / f"{item}.pid"
    if item > 1 or mark.exists():
        return item * item
    mark.write_text(str(os.getpid()))
    time.sleep(300)
    raise AssertionError("nobody ended this process")


def end_at_once(parent: int, item: int) -> int:
    """item², in the process given; any other ends without a word."""
    if os.getpid() != parent:
        os._exit(3)
    return item * item


def divide(number: int, item: int) -> float:
    return number / item


def length(_: None, item: str) -> int:
    return len(item)
