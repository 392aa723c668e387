"""tracer simulate as a user runs it: what it writes imports, a report covers its truth, nothing is overwritten."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.command_line import CommandLine
from tests.integration.test_disk_full import limit_files_to
from tracer.domain.simulation.families import FAMILIES

SHORT = "[sampling]\nchains = 2\nwarmup = 10\ndraws = 20\n"
TRUTH_KEYS = ["family", "seed", "as_of", "nuisance", "leaky", "spells", "exposed", "source", "canary"]


@pytest.fixture
def tracer(first_tracer: CommandLine) -> CommandLine:
    """Without a home: making a world makes none."""
    return first_tracer


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_world_is_imported_and_a_report_covers_its_truth(tracer: CommandLine, tmp_path: Path, family: str) -> None:
    tracer.home.mkdir()
    (tracer.home / "channels.toml").write_text(SHORT, "utf-8")
    world = tmp_path / "world"
    made = tracer.json("simulate", world, "--family", family, "--orders", "25", "--seed", "2")
    tracer.ok("import", made["bundle"])
    truth = json.loads(Path(made["truth"]).read_text("utf-8"))
    report = tracer.json("report", "--as-of", truth["as_of"])
    assert list(truth) == TRUTH_KEYS
    assert (truth["family"], truth["seed"]) == (family, 2)
    assert made["rows"]["calls.csv"] == sum(made["calls"].values()) == len(truth["source"])
    assert {call["call_id"] for call in report["calls"]} == set(truth["source"])
    channels = {channel["channel_id"]: channel for channel in report["channels"]}
    assert set(truth["exposed"]) <= set(channels)
    assert set(truth["leaky"]) <= set(channels)
    known = {canary["canary_id"] for canary in tracer.json("canary", "list")}
    assert set(truth["canary"].values()) <= known
    for call in report["calls"]:
        assert truth["source"][call["call_id"]] in {*channels, "background", "other"}


def test_the_same_seed_gives_the_same_bytes(tracer: CommandLine, tmp_path: Path) -> None:
    for number in range(3):
        tracer.more["PYTHONHASHSEED"] = str(number)
        seed = "1" if number < 2 else "2"
        ran = tracer.process("simulate", tmp_path / str(number), "--family", "shared", "--orders", "40", "--seed", seed)
        assert ran.code == 0, ran.err
    assert contents(tmp_path / "0") == contents(tmp_path / "1")
    assert contents(tmp_path / "0") != contents(tmp_path / "2")
    assert not tracer.home.exists()


def test_the_end_of_a_world_can_be_chosen(tracer: CommandLine, tmp_path: Path) -> None:
    end = "2025-03-01T12:00:00-05:00"
    made = tracer.json("simulate", tmp_path / "world", "--family", "thin", "--as-of", end)
    assert made["as_of"] == json.loads(Path(made["truth"]).read_text("utf-8"))["as_of"] == end
    table = tracer.ok("simulate", tmp_path / "again", "--family", "thin", "--as-of", end).out
    assert f"tracer import {tmp_path / 'again' / 'bundle'}" in table
    assert f"tracer report --as-of {end}" in table


def test_a_folder_that_holds_something_is_refused(tracer: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep", "utf-8")
    message = tracer("simulate", tmp_path, "--family", "thin").refused()
    assert "holds something already" in message
    assert os.listdir(tmp_path) == ["mine"]
    (tmp_path / "empty").mkdir()
    tracer.ok("simulate", tmp_path / "empty", "--family", "shopper")
    assert sorted(path.name for path in (tmp_path / "empty").iterdir()) == ["bundle", "truth.json"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--family", "tin"), "one of: shopper thin council shared burst tied innocent outside campaign heavy masked"),
        (("--family", "thin", "--orders", "0"), "--orders: expected a number from 1 to 500,000, got 0"),
        (("--family", "thin", "--as-of", "tomorrow"), "--as-of: expected an ISO 8601 time"),
        (("--family", "thin", "--as-of", "1971-06-01T00:00:00+08:00"), "a time in 1972 or later"),
    ],
)
def test_a_refusal_says_why_and_leaves_nothing(
    tracer: CommandLine, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    assert says in tracer("simulate", tmp_path / "world", *arguments).refused()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tracer: CommandLine, tmp_path: Path) -> None:
    arguments = ("simulate", tmp_path / "world", "--family", "thin", "--orders", "2000")
    message = tracer.process(*arguments, preexec_fn=limit_files_to(100_000)).refused()
    assert "world cannot be written: File too large. Nothing was left there" in message
    assert list(tmp_path.iterdir()) == []
