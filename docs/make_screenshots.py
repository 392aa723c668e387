"""The screenshots of the README: a made-up world, served, and looked at with Chromium (`make screenshots`)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent / "screenshots"
PORT = 8797
ADDRESS = f"http://127.0.0.1:{PORT}"
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> None:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        sys.exit("no Chromium: apt-get install chromium fonts-wqy-microhei")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        environment = {**os.environ, "TRACER_HOME": str(home), "TRACER_ACTOR": "owner", "TRACER_DATABASE_URL": ""}
        for command in (
            ("simulate", f"{folder}/world", "--family", "shopper", "--seed", "3"),
            ("import", f"{folder}/world/bundle"),
        ):
            subprocess.run([sys.executable, "-m", "tracer", *command], env=environment, check=True, capture_output=True)
        serve = [sys.executable, "-m", "tracer", "serve", "--port", str(PORT)]
        server = subprocess.Popen(serve, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM)
                _look(browser, _link(server))
        finally:
            server.terminate()
            server.wait(30)


def _link(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        if match := re.search(r"http://\S+token=\S+", line):
            return match[0]
    sys.exit("the server did not start")


def _look(browser: Browser, link: str) -> None:
    desk = browser.new_context(viewport={"width": 1100, "height": 800}, locale="en-GB")
    page = desk.new_page()
    page.goto(link)
    page.goto(f"{ADDRESS}/report")
    page.locator("form#new button").first.click()
    while True:
        time.sleep(1)
        page.goto(f"{ADDRESS}/report")
        if not page.locator("progress").count():
            break
    _shoot(page, "report-en.png")
    phone = browser.new_context(viewport={"width": 390, "height": 760}, locale="zh-CN", device_scale_factor=2)
    phone.add_cookies([one for one in desk.cookies() if one["name"] != "tracer_language"])
    page = phone.new_page()
    page.goto(f"{ADDRESS}/calls/new")
    _shoot(page, "log-a-call-zh.png")
    page.goto(f"{ADDRESS}/")
    _shoot(page, "home-zh.png")


def _shoot(page: Page, name: str) -> None:
    page.screenshot(path=str(FOLDER / name))


if __name__ == "__main__":
    main()
