"""Pages of a served registry, and people of each role who look at them. SQLite: nothing here is new in storage."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browsing import Browser
from tests.conftest import NOW
from tests.serving import serving
from tracer.bootstrap import Application, build


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an empty registry, to copy: founding one takes longer than most of these tests."""
    home = tmp_path_factory.mktemp("founded") / "home"
    app = build(home, clock=lambda: NOW, seed=1)
    with app.reading():
        pass
    app.close()
    return home


@pytest.fixture
def app(make_app: Callable[[str], Application], tmp_path: Path, founded: Path) -> Application:
    shutil.copytree(founded, tmp_path / "home")
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
