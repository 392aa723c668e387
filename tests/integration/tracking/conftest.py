from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOW
from tests.factories import registry
from tests.fake_kuaidi100 import CUSTOMER, KEY, SALT, FakeKuaidi100, fake_kuaidi100
from tracer.bootstrap import Application

PLACED = "2026-11-16T10:00:00+08:00"
ZTO = "73123456789012"


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


@pytest.fixture
def story(app: Application) -> dict[str, Any]:
    """An order of a canary whose route names merchant, courier and station, and its parcel's number."""
    names = {
        "merchant": registry.add_channel(app),
        "courier": registry.add_channel(app, "courier", "中通快递"),
        "station": registry.add_channel(app, "station", "白杨驿站"),
    }
    registry.own_number(app)
    app.clock = lambda: datetime.fromisoformat(PLACED)
    (canary,) = registry.issue(app, names["merchant"])
    app.clock = lambda: NOW
    order = registry.place(app, canary.canary_id, *names.values(), placed_at=PLACED, waybill_no=ZTO)
    return {**names, "canary": canary, "order": order.order_id}
