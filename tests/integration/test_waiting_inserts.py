"""Many rows at once that wait for somebody else: the connection is not taken for one that was cut."""

import threading
import time

from tracer.storage.engine import open_engine
from tracer.storage.session import Session
from tracer.storage.tables import ChannelRow

USER_TIMEOUT = 1_000  # milliseconds; 10,000 unless the URL says otherwise


def channel(number):
    sealed = b"x" * 2_000
    values = {"kind": "shop", "name": sealed, "contact": sealed, "legitimate_numbers": sealed}
    return {"channel_id": f"ch-{number}", **values, "natural_person": False, "tags": ""}


def test_rows_that_wait_for_those_of_another_lose_no_connection(postgresql_url):
    """A network that was cut is told by what the other side does not take; a server that waits takes nothing either."""
    engine = open_engine(f"{postgresql_url}?tcp_user_timeout={USER_TIMEOUT}")
    rows = [channel(number) for number in range(2_000)]
    with engine.connect() as other, engine.connect() as mine:
        Session(other, None).insert(ChannelRow, rows[:1])

        def give_way():
            time.sleep(USER_TIMEOUT / 1_000 * 3)
            other.rollback()

        giving = threading.Thread(target=give_way)
        giving.start()
        Session(mine, None).insert(ChannelRow, rows)
        giving.join()
        assert mine.exec_driver_sql("SELECT count(*) FROM channels").scalar() == len(rows)
    engine.dispose()
