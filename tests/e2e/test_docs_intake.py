"""Every command of docs/intake.md, in its order; and what the page says of settings and words."""

import re
import shlex

from tests.command_line import ROOT
from tracer.domain.delivery import Fault
from tracer.intake.registry import FILES, HOOKS

PAGE = (ROOT / "docs" / "intake.md").read_text("utf-8")
COMMANDS = [line.removeprefix("$ ") for line in PAGE.splitlines() if line.startswith("$ ")]
EXPORT = (
    "received_at,dialled_number,caller_number,notes\n"
    "2026-11-20 10:00:00,+442079460016;ext=0042,+447700900123,\n"
    "2026-11-20 11:00:00,+442079460099,,hidden\n"
    "soon,+442079460016,,\n"
)
EXCHANGE = "主叫,被叫,时间\n+447700900124,+442079460016,2026-11-20 12:00:00\n"


def test_the_page_does_what_it_says(tracer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export.csv").write_text(EXPORT)
    (tmp_path / "exchange.csv").write_bytes(EXCHANGE.encode("gb18030"))
    assert len(COMMANDS) >= 10
    said = [tracer.ok(*shlex.split(command)[1:]) for command in COMMANDS]
    told = "\n".join(str(one) for one in said)
    assert "1 message mended" in told
    calls = tracer.json("call", "list")
    assert len(calls) == 3
    assert {call["dialled_number"] for call in calls} == {
        "+442079460016;ext=0042",
        "+442079460099",
        "+442079460016",
    }
    assert {call["nature"] for call in calls} == {"unsure"}
    assert tracer.json("intake", "list") == []
    assert [one["state"] for one in tracer.json("intake", "list", "--all")] == ["dismissed"]


def test_what_it_names_is_there():
    assert {"csv"} <= set(FILES)
    assert {"webhook"} <= set(HOOKS)
    faults = re.findall(r"--fault (\w+)", PAGE)
    assert faults
    assert set(faults) <= set(Fault)
