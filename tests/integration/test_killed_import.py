"""An import that is killed in the middle leaves nothing, and the next one finds the place free."""

import signal
import time

import pytest
from sqlalchemy import text

from tests.factories import records as rows
from tests.storage_dump import dump
from tracer.storage.engine import open_engine


def is_writing(tracer) -> bool:
    """Whether the import has written a good deal that is not committed."""
    if not tracer.database_url.startswith("postgresql"):
        log = tracer.home / "tracer.db-wal"
        return log.exists() and log.stat().st_size > 300_000
    engine = open_engine(tracer.database_url)
    try:
        with engine.connect() as connection:
            query = "SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relname IN ('calls', 'pg_toast')"
            return int(connection.execute(text(query)).scalar() or 0) > 300_000
    finally:
        engine.dispose()


@pytest.fixture
def big_bundle(tmp_path):
    tables = rows.campaign()
    tables["calls.csv"] = [rows.call(f"c-{n}", transcript="您好" * 100, notes="长" * 200) for n in range(12_000)]
    return rows.write_bundle(tmp_path / "big", tables)


def test_nothing_is_left_of_it(tracer_on, big_bundle):
    tracer_on.ok("channel", "add", "station", "青松驿站")
    before = dump(tracer_on.database_url)
    importing = tracer_on.start("import", big_bundle)
    deadline = time.monotonic() + 60
    while not is_writing(tracer_on):
        assert importing.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    importing.send_signal(signal.SIGKILL)
    assert importing.wait() == -signal.SIGKILL
    assert dump(tracer_on.database_url) == before
    small = {**rows.campaign(), "calls.csv": [rows.call()]}
    tracer_on.ok("import", rows.write_bundle(big_bundle.parent / "small", small))
    assert [one["call_id"] for one in tracer_on.json("call", "list")] == ["c-1"]
