"""A real browser on the real pages: every request, console line and policy violation is looked at."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import NOW
from tests.schema_copies import begin_home
from tests.serving import serving
from tracer.bootstrap import Application, build
from tracer.scheduler.run_jobs import run_jobs
from tracer.services.access.log_in import make_login_link
from tracer.services.access.manage_users import ensure_owner

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VIEWPORTS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the system's, which .ci/run installs."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.fail(
            "no Chromium for the tests of the pages: apt-get install chromium fonts-wqy-microhei, or run .ci/run"
        )
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=_ARGUMENTS)
        yield started
        started.close()


@dataclass
class Visit:
    """One person's browser window; `faults` gathers what must not be."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page of the service, which must answer well."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status < 400, f"{path}: {answer.status}"
        return self.page


@pytest.fixture
def home_app(tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    """An application on an empty home with SQLite, whose jobs are done by a worker in a thread."""
    monkeypatch.setenv("TRACER_DATABASE_URL", "")
    monkeypatch.setenv("TRACER_ACTOR", "tester")
    begin_home(tmp_path / "home", migrated_file)
    app = build(tmp_path / "home", clock=lambda: NOW, seed=1)
    stop = Event()
    worker = Thread(target=run_jobs, args=(app, stop), daemon=True)
    _ = app.registry
    worker.start()
    yield app
    stop.set()
    worker.join(30)
    app.close()


@pytest.fixture
def visit(browser: Browser, home_app: Application) -> Iterator[Callable[..., Visit]]:
    """Opens windows, logged in as the owner; at the end none of them may have seen a fault."""
    with ExitStack() as stack:
        address = stack.enter_context(serving(home_app))
        opened: list[Visit] = []

        def open_window(
            language: str = "en", screen: str = "phone", *, scripts: bool = True, dark: bool = False
        ) -> Visit:
            context: BrowserContext = browser.new_context(
                viewport=VIEWPORTS[screen],
                locale="zh-CN" if language == "zh" else "en-GB",
                java_script_enabled=scripts,
                color_scheme="dark" if dark else "light",
            )
            stack.callback(context.close)
            made = Visit(context.new_page(), address)
            _watch(made)
            made.go(f"/login?token={_token(home_app)}")
            opened.append(made)
            return made

        yield open_window
        assert [fault for one in opened for fault in one.faults] == []


def _token(app: Application) -> str:
    with app.writing() as work:
        token = make_login_link(work, ensure_owner(work, "owner").user_id)
        work.commit()
    return token


def _watch(visit: Visit) -> None:
    page, faults = visit.page, visit.faults
    page.on(
        "console", lambda line: faults.append(f"console {line.type}: {line.text}") if line.type == "error" else None
    )
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))

    def seen(url: str) -> None:
        if not url.startswith((visit.address, "blob:")):
            faults.append(f"asked elsewhere: {url}")

    page.on("request", lambda request: seen(request.url))
