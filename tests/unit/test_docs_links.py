"""Every link of every page leads somewhere, and docs/README.md leads to every page."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.command_line import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "benchmarks/**/*.md", "config/**/*.md", "tests/**/*.md")
    for path in ROOT.glob(pattern)
)


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))


def links(page: Path) -> list[tuple[str, str]]:
    """The page's links inside the house: path and anchor, either of which may be empty."""
    found = re.findall(r"\]\(([^)\s]+)[^)]*\)", without_code(page.read_text("utf-8")))
    found += re.findall(r'(?:src|href)="([^"]+)"', page.read_text("utf-8"))
    return [target.partition("#")[::2] for target in found if "://" not in target and not target.startswith("mailto:")]


@cache
def anchors(page: Path) -> frozenset[str]:
    """What GitHub calls the headings."""
    headings = re.findall(r"^#+ +(.+)$", re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.S | re.M), re.M)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    return frozenset(re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in plain)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{path} is not there"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{path or page.name} has no heading #{anchor}"


def test_the_index_leads_to_every_page():
    listed = {(DOCS / path).resolve() for path, _ in links(DOCS / "README.md")}
    pages = {page for page in DOCS.rglob("*.md") if page.parent != DOCS / "adr"} - {DOCS / "README.md"}
    assert {str(page.relative_to(DOCS)) for page in pages - listed} == set()
    for readme in ("README.md", "README.zh-CN.md"):
        assert ("docs/README.md", "") in links(ROOT / readme)
