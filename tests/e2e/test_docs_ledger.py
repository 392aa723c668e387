"""Every command of docs/ledger.md and docs/evidence-packs.md does what it says."""

import shlex
import tomllib

from tests.command_line import ROOT
from tests.factories import records as rows

LEDGER = (ROOT / "docs" / "ledger.md").read_text("utf-8")
PACKS = (ROOT / "docs" / "evidence-packs.md").read_text("utf-8")


def test_the_page_of_the_ledger(tracer):
    tracer.ok("channel", "add", "merchant", "兰亭旗舰店")
    commands = [shlex.split(line.removeprefix("$ ")) for line in LEDGER.splitlines() if line.startswith("$ ")]
    assert [words[:2] for words in commands] == [["tracer", "ledger"]] * 2
    said = [tracer.ok(*words[1:]).out for words in commands]
    assert "Fingerprint of the key: " in said[0]
    assert "Everything holds." in said[1]
    setting = LEDGER.split("```toml\n")[1].split("```")[0]
    (authority,) = tomllib.loads("\n".join(line.strip() for line in setting.splitlines()))["time_authorities"]
    assert set(authority) == {"url", "roots"}


def test_the_page_of_packs(tracer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tracer.ok("import", rows.write_bundle(tmp_path / "bundle", rows.campaign()))
    (call, *_) = tracer.json("call", "list")
    fingerprint = tracer.json("ledger", "checkpoint")["fingerprint"]
    lines = [line.strip() for line in PACKS.splitlines() if line.startswith("    tracer evidence")]
    assert len(lines) == 2
    for line in lines:
        words = shlex.split(line.partition("#")[0])
        named = {"c-2f7k9m4xqe": call["call_id"], "FINGERPRINT": fingerprint}
        tracer.ok(*(named.get(word, word) for word in words[1:]))
