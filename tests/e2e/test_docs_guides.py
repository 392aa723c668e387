"""Every command of the guides for people, in their order, each guide on a registry of its own."""

import re
import shlex
from pathlib import Path

import pytest

from tests.command_line import ROOT

GUIDES = ROOT / "docs" / "guides"
WITH_COMMANDS = [
    "first-week.md",
    "campaign.md",
    "brand.md",
    "evidence.md",
    "operating.md",
]


def commands(page: str) -> list[tuple[str, list[str]]]:
    """The commands of a page, each with the lines that the page says it answers."""
    blocks = re.findall(r"```console\n(.*?)```", page, re.S)
    told = [part.splitlines() for block in blocks for part in re.split(r"^\$ ", block, flags=re.M)[1:]]
    return [(command, lines) for command, *lines in told]


def pattern(line: str) -> re.Pattern[str]:
    """Fits what the program says, whatever stands in place of an ellipsis and however wide the blanks are."""
    return re.compile(re.escape(" ".join(line.split())).replace("…", ".+"))


class Reader:
    """Types what a page says, with the ids that the answers before gave in place of the words in capitals."""

    def __init__(self, tracer, folder: Path) -> None:
        self._tracer = tracer
        self._folder = folder

    def types(self, command: str) -> str:
        program, *words = shlex.split(command)
        assert program == "tracer"
        return self._tracer.ok(*(self._in_place(word) for word in words)).out

    def _in_place(self, word: str) -> str:
        if word == "CANARY":
            return self._canary()["canary_id"]
        if word == "NAME":
            return self._canary()["recipient_name"]
        if word == "CALL":
            return next(one for one in self._tracer.json("call", "list") if one["nature"] == "scam")["call_id"]
        return word

    def _canary(self):
        """The first that was issued for somebody."""
        return next(one for one in self._tracer.json("canary", "list") if one["issued_for"])


@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_a_guide_does_what_it_says(name, tracer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if name == "operating.md":
        tracer.database_url = ""  # the page backs up the file in the home
    page = (GUIDES / name).read_text("utf-8")
    reader = Reader(tracer, tmp_path)
    if name == "evidence.md":  # it begins with a call that is there
        for command, _ in commands((GUIDES / "first-week.md").read_text("utf-8"))[:11]:
            reader.types(command)
    found = commands(page)
    assert len(found) >= 3
    assert len(found) == len(re.findall(r"^\$ ", page, re.M))
    for command, told in found:
        said = [" ".join(line.split()) for line in reader.types(command).splitlines()]
        assert [line for line in told if not any(map(pattern(line).fullmatch, said))] == []


@pytest.mark.parametrize("english", ["first-week", "campaign"])
def test_both_languages_type_the_same(english):
    def typed(suffix):  # so that running one of them proves both
        told = commands((GUIDES / f"{english}{suffix}").read_text("utf-8"))
        return [(re.sub(r'--notes "[^"]*"', "--notes", command), answer) for command, answer in told]

    assert typed(".md") == typed(".zh-CN.md")
