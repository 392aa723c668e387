"""Pages of a served registry, and people of each role who look at them. SQLite: nothing here is new in storage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browsing import Browser
from tests.serving import serving
from tracer.bootstrap import Application


@pytest.fixture
def app(make_app, tmp_path: Path) -> Application:
    return make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")


@pytest.fixture
def address(app: Application) -> Iterator[str]:
    with serving(app) as where:
        yield where


def visit(app: Application, address: str, role: str) -> Iterator[Browser]:
    found = Browser(app, address, role)
    yield found
    found.http.close()


@pytest.fixture
def owner(app: Application, address: str) -> Iterator[Browser]:
    yield from visit(app, address, "owner")


@pytest.fixture
def operator(app: Application, address: str) -> Iterator[Browser]:
    yield from visit(app, address, "operator")


@pytest.fixture
def analyst(app: Application, address: str) -> Iterator[Browser]:
    yield from visit(app, address, "analyst")


@pytest.fixture
def auditor(app: Application, address: str) -> Iterator[Browser]:
    yield from visit(app, address, "auditor")
