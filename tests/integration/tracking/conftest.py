from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fake_kuaidi100 import CUSTOMER, KEY, SALT, FakeKuaidi100, fake_kuaidi100
from tracer.bootstrap import Application


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite; PostgreSQL for the tests that say so (BOTH)."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def service() -> Iterator[FakeKuaidi100]:
    with fake_kuaidi100() as fake:
        yield fake


@pytest.fixture
def app(
    database_url: str,
    make_app: Callable[[str], Application],
    service: FakeKuaidi100,
    monkeypatch: pytest.MonkeyPatch,
) -> Application:
    """An application that is set up to ask the fake."""
    given = {"CUSTOMER": CUSTOMER, "KEY": KEY, "SALT": SALT, "URL": service.url}
    for name, value in given.items():
        monkeypatch.setenv(f"TRACER_KUAIDI100_{name}", value)
    monkeypatch.setenv("TRACER_OUTBOUND_ALLOW", '["127.0.0.1"]')
    return make_app(database_url)
