"""The demo plays the main job through the same services as every command, and comes to an honest end."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.renew_readme import READMES, ROOT, renewed
from tests.command_line import CommandLine
from tracer.bootstrap import build
from tracer.cli.demo import AS_OF, tell
from tracer.cli.demo_story import CALLS, CASES, CHANNELS
from tracer.domain.report import Report, Verdict, report_object


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    home = tmp_path_factory.mktemp("demo") / "home"
    return home, tell(home)


def _with(report: Report, verdict: Verdict) -> list[str]:
    return [finding.channel_id for finding in report.channels if finding.verdict is verdict]


def test_it_comes_to_one_implicated_two_bounded_one_pair_and_several_open(told: tuple[Path, Report]) -> None:
    report = told[1]
    assert _with(report, Verdict.IMPLICATED) == ["east-warehouse"]
    assert _with(report, Verdict.BOUNDED) == ["taoyuan", "wenda"]
    assert [set(group.channel_ids) for group in report.groups] == [{"mousse-shop", "kuaikan"}]
    assert report.groups[0].verdict is Verdict.IMPLICATED
    assert len(_with(report, Verdict.UNRESOLVED)) == len(CHANNELS) - 3


def test_every_reported_case_is_among_the_calls() -> None:
    assert {call.case for call in CALLS if call.case} == set(CASES)


def test_legitimate_calls_are_left_out_and_controls_accuse_nobody(told: tuple[Path, Report]) -> None:
    home, report = told
    assert report.background["legitimate_calls_left_out"] == 2
    app = build(home)
    with app.reading() as work:
        controls = {canary.canary_id for canary in work.canaries.all() if canary.is_control}
    app.close()
    rings = [call for call in report.calls if call.canary_id in controls]
    assert len(rings) == 3
    for call in rings:
        assert {source.channel_id for source in call.sources if source.p > 0} <= {"background", "other"}


def test_the_kept_registry_gives_the_same_report_again(told: tuple[Path, Report]) -> None:
    again = CommandLine(told[0]).json("report", "--as-of", AS_OF.isoformat())
    assert again["calls"] == report_object(told[1])["calls"]
    assert again["channels"] == report_object(told[1])["channels"]


def test_the_readmes_show_what_the_demo_prints(tmp_path: Path) -> None:
    demo = CommandLine(tmp_path).process("demo")
    assert "WHAT TO TYPE NEXT" in demo.out, demo.err
    for name in READMES:
        text = (ROOT / name).read_text("utf-8")
        assert text == renewed(text, demo.out), f"{name} is out of date: make readme"
