"""Heavy work in a process of its own: its refusals come back as they are, and it is begun again after it died."""

import os
import signal
import threading
import time

import pytest

from tracer.domain.errors import StoreUnavailable, UnknownId
from tracer.http.heavy import InOneProcess, explain_task

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def own_process(app: object) -> int:
    return os.getpid()


def hang(app: object, begun: str) -> None:
    open(begun, "w").close()
    time.sleep(600)


def ask_until_it_fails(heavy):
    """The pool hears of a death a little later."""
    for _ in range(1_000):
        heavy.run(own_process)


@SQLITE
def test_refusals_come_back_and_a_process_that_died_is_replaced(app):
    _ = app.registry
    heavy = InOneProcess(app.settings.home)
    try:
        first = heavy.run(own_process)
        assert first != os.getpid()
        with pytest.raises(UnknownId) as refused:
            heavy.run(explain_task, "c-none", "", False)
        assert (refused.value.noun, refused.value.given) == ("call", "c-none")
        assert heavy.run(own_process) == first
        os.kill(first, signal.SIGKILL)
        with pytest.raises(StoreUnavailable):
            ask_until_it_fails(heavy)
        assert heavy.run(own_process) != first
    finally:
        heavy.close()


@SQLITE
def test_one_that_is_at_work_ends_with_the_server(app, tmp_path):
    """Else the server could not end before it: an interpreter waits for the processes of its pools."""
    app.open()
    heavy, told = InOneProcess(app.settings.home), []

    def ask():
        with pytest.raises(StoreUnavailable) as refused:
            heavy.run(hang, str(tmp_path / "begun"))
        told.append(str(refused.value))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    while not (tmp_path / "begun").exists():
        assert asking.is_alive()
        time.sleep(0.01)
    heavy.close()
    asking.join(30)
    assert told == ["the process that works things out ended early. Try again"]
    with pytest.raises(StoreUnavailable, match="works nothing out any more"):
        heavy.run(own_process)
