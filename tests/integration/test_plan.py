"""`tracer plan` on the demo's story, on an empty registry, and with bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import CommandLine
from tracer.cli.demo import AS_OF, tell

THEN = AS_OF.isoformat()
FEWER_DRAWS = "[sampling]\nchains = 4\nwarmup = 40\ndraws = 60\nmost_draws = 60\n"
"""For report and plan alike: what is tested is that they fit together; with all draws test_demo tells the story."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    home = tmp_path_factory.mktemp("plan") / "home"
    home.mkdir()
    (home / "channels.toml").write_text(FEWER_DRAWS, "utf-8")
    tell(home)
    return CommandLine(home)


def test_the_plan_asks_first_what_the_report_leaves_open(story: CommandLine) -> None:
    plan = story.json("plan", "--orders", 6, "--as-of", THEN)
    assert list(plan) == [
        *("as_of", "watch_days", "budget", "most_per_shop", "batch_size", "costs", "background_per_line_day"),
        *("proposals", "total_cost", "total_gain_bits", "remarks"),
    ]
    proposals = plan["proposals"]
    assert [one["rank"] for one in proposals] == [1, 2, 3, 4, 5, 6]
    assert all(
        list(one)
        == [
            *("rank", "batch", "kind", "channels", "cost", "gain_bits", "cumulative_gain_bits", "p_called"),
            "question",
        ]
        for one in proposals
    )
    questions = [one["question"] for one in proposals[:3]]
    assert "Is it 快看短视频 or 亮净家居? They were always seen together." in questions
    (kids,) = [one for one in story.json("report", "--as-of", THEN)["channels"] if one["channel_id"] == "kids-shop"]
    assert f"Does 小鹿童装 leak at all? P is now {kids['p_leaked']:.2f}." in questions
    gains = [one["gain_bits"] for one in proposals]
    assert all(0 < gain < 1 for gain in gains)
    assert proposals[-1]["cumulative_gain_bits"] == pytest.approx(sum(gains)) == plan["total_gain_bits"]
    assert plan["total_cost"] == sum(one["cost"] for one in proposals)
    assert story.json("plan", "--orders", 6, "--as-of", THEN) == plan


def test_a_budget_with_costs_of_ones_own(story: CommandLine, tmp_path: Path) -> None:
    costs = tmp_path / "costs.toml"
    costs.write_text("cancelled = 33.5\ndirect = 4\n")
    options = ("--budget", "100.50", "--costs", costs, "--batch", 3, "--most-per-shop", 1, "--as-of", THEN)
    plan = story.json("plan", *options)
    assert (plan["budget"], plan["costs"]["cancelled"], plan["costs"]["order"]) == (100.5, 33.5, 60.0)
    assert 50 < plan["total_cost"] <= 100.5
    for batch in range(1, 1 + max(one["batch"] for one in plan["proposals"])):
        shops = [
            stop["channel_id"] or stop["name"]
            for one in plan["proposals"]
            for stop in one["channels"]
            if one["batch"] == batch and stop["kind"] == "merchant"
        ]
        assert len(shops) == len(set(shops)) <= 3


def test_the_plan_in_words(story: CommandLine) -> None:
    text = story.ok("plan", "--orders", 4, "--as-of", THEN).out
    assert "NEXT ORDERS" in text
    assert "BATCH 1" in text
    assert "快看短视频 (kuaikan) → another shop of 快看短视频" in text
    assert "tracer channel add merchant NAME --parent" in text
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "The budget buys nothing" in story.ok("plan", "--budget", 1, "--as-of", THEN).out


def test_how_many_orders_a_leak_takes(story: CommandLine) -> None:
    found = story.json("plan", "--power", "0.3", "--as-of", THEN)
    kinds = {one["kind"]: one for one in found["kinds"]}
    assert 5 < kinds["merchant"]["orders_alone"] < kinds["merchant"]["orders_on_whole_routes"] < 200
    assert kinds["station"]["orders_alone"] is None
    more = story.json("plan", "--power", "0.1", "--as-of", THEN)
    assert {one["kind"]: one for one in more["kinds"]}["merchant"]["orders_alone"] > kinds["merchant"]["orders_alone"]
    assert len(found["assumptions"]) > 4
    text = story.ok("plan", "--power", "0.3", "--sure", "0.8", "--watch", "60", "--as-of", THEN).out
    assert "merchant" in text
    assert "too many" in text
    assert "Strangers ring" in text


def test_an_empty_registry_is_told_what_to_register(tracer: CommandLine) -> None:
    assert "no channel is registered" in tracer.ok("plan", "--orders", 3).out
    assert tracer.json("plan", "--budget", 50)["proposals"] == []
    assert json.loads(tracer.ok("plan", "--power", "0.3", "--format", "json").out)["kinds"]


def test_without_orders_the_first_ones_rest_on_what_is_assumed(tracer: CommandLine) -> None:
    tracer.ok("channel", "add", "platform", "桃源商城", "--id", "taoyuan")
    tracer.ok("channel", "add", "merchant", "明眸眼镜", "--id", "lens-shop", "--parent", "taoyuan")
    tracer.ok("channel", "add", "warehouse", "东仓", "--id", "east")
    plan = tracer.json("plan", "--orders", 6)
    assert "No order has been placed yet" in plan["remarks"][0]
    assert any("No known route passes 东仓" in remark for remark in plan["remarks"])
    routes = [[stop["channel_id"] for stop in one["channels"]] for one in plan["proposals"]]
    assert ["taoyuan", "lens-shop"] in routes
    assert sum(one["kind"] == "control" for one in plan["proposals"]) == 3
    assert any("P is 0.08 by its kind alone" in one["question"] for one in plan["proposals"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--budget", "-5"), "--budget: expected a plain number"),
        (("--budget", "0"), "--budget: expected an amount of money above 0"),
        (("--budget", "¥300"), "without currency sign"),
        (("--orders", "0"), "--orders: expected a whole number from 1 to 500, got 0"),
        (("--orders", "501"), "got 501"),
        (("--orders", "3", "--most-per-shop", "0"), "--most-per-shop: expected a whole number from 1"),
        (("--orders", "3", "--batch", "-1"), "--batch: expected a whole number from 1"),
        (("--orders", "3", "--watch", "nan"), "--watch: expected a number of days above 0"),
        (("--orders", "3", "--as-of", "2026-07-01"), "--as-of: expected an ISO 8601 time with offset"),
        (("--orders", "3", "--costs", "gone.toml"), "--costs: expected a TOML file that can be read"),
        (("--power", "0"), "--power: expected a share of orders above 0 and below 1"),
        (("--power", "1"), "got 1.0"),
        (("--power", "0.3", "--sure", "1.2"), "--sure: expected a probability above 0 and below 1"),
    ],
)
def test_what_is_refused(tracer: CommandLine, arguments: tuple[str, ...], says: str) -> None:
    assert says in tracer("plan", *arguments).refused()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"ordre = 3\n", "keys out of: order cancelled direct pickup control, got 'ordre'"),
        (b"order = -3\n", "--costs order: expected what one such order costs, a number above 0, got -3"),
        (b"order = \n", "valid TOML"),
        (b"order = 3 # \xff\n", "valid TOML in UTF-8"),
    ],
)
def test_costs_that_are_refused(tracer: CommandLine, tmp_path: Path, content: bytes, says: str) -> None:
    costs = tmp_path / "costs.toml"
    costs.write_bytes(content)
    assert says in tracer("plan", "--orders", "3", "--costs", costs).refused()


@pytest.mark.parametrize("arguments", [(), ("--orders", "3", "--budget", "5"), ("--orders", "3", "--power", "0.3")])
def test_exactly_one_way_of_asking(tracer: CommandLine, arguments: tuple[str, ...]) -> None:
    ran = tracer("plan", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "exactly one of: --orders N, --budget MONEY, --power RATE" in ran.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--power", "0.3", "--costs", "costs.toml"), "--costs goes without --power"),
        (("--power", "0.3", "--most-per-shop", "2"), "--most-per-shop goes without --power"),
        (("--power", "0.3", "--batch", "4"), "--batch goes without --power"),
        (("--orders", "2", "--sure", "0.8"), "--sure goes only with --power"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(tracer: CommandLine, arguments: tuple[str, ...], says: str) -> None:
    ran = tracer("plan", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
