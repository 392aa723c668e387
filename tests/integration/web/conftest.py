"""A served registry with pages, and its cast in browsers: owner, operator, analyst, auditor, an outsider."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.factories import access
from tests.serving import serving
from tracer.bootstrap import Application
from tracer.services.access.log_in import make_login_link

CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Browser:
    """Somebody at the pages: follows no redirects, and sends forms with the token of the page they stand on."""

    http: httpx.Client

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.http.get(path, **options)

    def csrf(self) -> str:
        found = CSRF.search(self.http.get("/account").text)
        assert found
        return found[1]

    def send(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> httpx.Response:
        """Post a form."""
        return self.http.post(path, data={"csrf": self.csrf(), **(data or {})}, **options)


@pytest.fixture
def app(sqlite_url: str, make_app: Callable[[str], Application]) -> Application:
    """On SQLite only: what the pages do to storage is tested with the services."""
    return make_app(sqlite_url)


@pytest.fixture
def address(app: Application) -> Iterator[str]:
    with serving(app) as where:
        yield where


@pytest.fixture
def browser(app: Application, address: str) -> Iterator[Callable[[str], Browser]]:
    """Makes a browser of somebody with a role, logged in by link; "" is an outsider."""
    with ExitStack() as stack:

        def make(role: str) -> Browser:
            as_browsers_do = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "en"}
            http = stack.enter_context(
                httpx.Client(base_url=address, headers=as_browsers_do, trust_env=False, timeout=60)
            )
            if role:
                user = access.person(app, f"{role}-person", role)
                link = access.do(app, make_login_link, user.user_id)
                assert http.get("/login", params={"token": link}).status_code == 303
            return Browser(http)

        yield make


@pytest.fixture
def owner(browser: Callable[[str], Browser]) -> Browser:
    return browser("owner")


@pytest.fixture
def operator(browser: Callable[[str], Browser]) -> Browser:
    return browser("operator")


@pytest.fixture
def analyst(browser: Callable[[str], Browser]) -> Browser:
    return browser("analyst")


@pytest.fixture
def auditor(browser: Callable[[str], Browser]) -> Browser:
    return browser("auditor")


@pytest.fixture
def outsider(browser: Callable[[str], Browser]) -> Browser:
    return browser("")
