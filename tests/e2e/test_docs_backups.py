"""Every command of docs/backups.md, in its order, on a registry with something in it."""

import re
import shlex

from tests.command_line import ROOT
from tests.integration.backing_up import empty

PAGE = (ROOT / "docs" / "backups.md").read_text("utf-8")
COMMANDS = [line.removeprefix("$ ") for line in PAGE.splitlines() if line.startswith("$ ")]


def test_the_page_does_what_it_says(tracer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tracer.database_url = ""
    tracer.ok("channel", "add", "merchant", "兰亭旗舰店")
    elsewhere = tmp_path / "looking-at-it"
    lost = False
    assert len(COMMANDS) >= 6
    for command in COMMANDS:
        words = shlex.split(command)
        home = tracer.home
        if words[0].startswith("TRACER_HOME="):
            words.pop(0)
            elsewhere.mkdir()
            (elsewhere / "tracer.key").write_bytes((home / "tracer.key").read_bytes())
            tracer.home = elsewhere
        made = next(iter(sorted((home / "backups").glob("*.backup"))), "") if (home / "backups").exists() else ""
        words = [str(made) if re.fullmatch(r"tracer-\w+\.backup", word) else word for word in words]
        if words[1] == "restore" and "--check" not in words and not lost:
            empty(f"sqlite:///{home / 'tracer.db'}")
            lost = True
        assert words[0] == "tracer"
        tracer.ok(*words[1:])
        tracer.home = home
    assert [one["name"] for one in tracer.json("channel", "list")] == ["兰亭旗舰店"]


def test_what_it_refuses_is_what_the_program_says():
    source = "".join(path.read_text("utf-8") for path in (ROOT / "tracer" / "storage" / "backup").glob("*.py"))
    said = re.sub(r'"\s*f?"', "", source)
    for quoted in re.findall(r"^\| \*(.+?)\* \|", PAGE, re.M):
        for part in quoted.replace("needs version 1 of", "…").split("…"):
            assert part.strip() in said, quoted
