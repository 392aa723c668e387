"""The page of promises names what `make soak` runs, with its rounds."""

from __future__ import annotations

from pathlib import Path

from tests.soak.__main__ import PROMISES

PAGE = (Path(__file__).parents[2] / "docs" / "promises.md").read_text(encoding="utf-8")


def test_every_run_is_on_the_page_with_its_rounds() -> None:
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("|")]
    for name, (_, rounds, _) in PROMISES.items():
        found = [row for row in rows if f"`{name}`" in row[-2]]
        assert len(found) == 1, name
        assert f"{rounds:,}" in found[0][3], name


def test_the_page_has_figures() -> None:
    assert not {"KILLS", "PGKILLS", "SERVICE", "SOAKRESULT", "ERASED"} & set(PAGE.split())
