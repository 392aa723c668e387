"""A database that goes away and comes back, and one that another version of the program has changed meanwhile."""

import pytest

from tests.postgresql import Server
from tests.refusals import is_problem
from tests.serving import client, key_with, serving
from tests.storage_dump import execute
from tracer.domain.access import Scope
from tracer.domain.errors import DatabaseTooNew
from tracer.storage.migrations import HEAD

CALLS = "/api/v1/calls"


def test_a_database_that_goes_away_and_comes_back(make_app, postgresql_url, postgresql_server: Server):
    app = make_app(postgresql_url)
    name = postgresql_url.rpartition("/")[2]
    admin = postgresql_server.url("postgres")
    with serving(app) as address, client(address, key_with(app, Scope.LOG_CALLS, Scope.READ_CALLS)) as caller:
        assert caller.post(CALLS, json={"heard_name": "张女士"}).status_code == 201
        execute(admin, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        execute(admin, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        sent = {"Idempotency-Key": "k"}
        for answer in (
            caller.get("/readyz"),
            caller.get(CALLS),
            caller.post(CALLS, json={"heard_name": "李女士"}, headers=sent),
        ):
            assert is_problem(answer, 503)["type"] == "/docs#store-unavailable"
            assert int(answer.headers["retry-after"]) > 0
        assert caller.get("/healthz").status_code == 200
        execute(admin, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert caller.get("/readyz").status_code == 200
        assert caller.post(CALLS, json={"heard_name": "李女士"}, headers=sent).status_code == 201
        assert len(caller.get(CALLS).json()["items"]) == 2


@pytest.mark.parametrize("version", ["9999", "0003"])
def test_a_process_of_another_version_does_nothing(app, database_url, version):
    with serving(app) as address, client(address, key_with(app, Scope.LOG_CALLS, Scope.READ_CALLS)) as caller:
        assert caller.post(CALLS, json={"heard_name": "张女士"}).status_code == 201
        execute(database_url, f"UPDATE alembic_version SET version_num = '{version}'")
        for answer in (caller.get("/readyz"), caller.get(CALLS), caller.post(CALLS, json={"heard_name": "李女士"})):
            assert "start this program again" in is_problem(answer, 503)["detail"]
        execute(database_url, f"UPDATE alembic_version SET version_num = '{HEAD}'")
        assert len(caller.get(CALLS).json()["items"]) == 1


def test_a_server_goes_on_beside_a_newer_version_that_allows_it_and_erases_nothing(make_app, database_url):
    app = make_app(database_url)
    app.beside_newer = True
    scopes = (Scope.LOG_CALLS, Scope.READ_CALLS, Scope.ERASE)
    with serving(app) as address, client(address, key_with(app, *scopes)) as caller:
        execute(database_url, f"UPDATE alembic_version SET version_num = '9999_from_{HEAD[:4]}'")
        assert caller.get("/readyz").status_code == 200
        call = caller.post(CALLS, json={"heard_name": "张女士"}).json()["call_id"]
        erased = caller.post(f"{CALLS}/{call}/erasure", json={"reason": "asked for", "unsettled": "anyway"})
        assert "Nothing was erased; ask again when every server is upgraded" in is_problem(erased, 503)["detail"]
        restarted = make_app(database_url)
        restarted.beside_newer = True
        with restarted.reading() as work:
            assert work.calls.get(call).heard_name == "张女士"
        with pytest.raises(DatabaseTooNew):  # a command, a worker
            make_app(database_url).open()
        execute(database_url, "UPDATE alembic_version SET version_num = '9999_from_9998'")
        assert "start this program again" in is_problem(caller.get("/readyz"), 503)["detail"]
