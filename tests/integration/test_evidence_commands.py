"""tracer evidence export and verify, as a user runs them."""

import json

import pytest

from tests.command_line import CommandLine
from tests.factories import registry
from tests.factories.packs import OURS, THEIRS, fact, key_of, pack_members, signed
from tracer.bootstrap import Application
from tracer.documents.evidence.pack_zip import read_pack, write_pack

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FINGERPRINT = key_of(OURS).fingerprint


@pytest.fixture
def stranger(tmp_path) -> CommandLine:
    """Somebody with the program and nothing else: no home, and a database that nobody could reach."""
    return CommandLine(tmp_path / "no-home", "postgresql://nobody@127.0.0.1:1/nothing")


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "pack.zip"
    path.write_bytes(write_pack(pack_members(early=0)))
    return path


def test_verifying_needs_no_registry_and_makes_none(stranger, pack):
    ran = stranger.process("evidence", "verify", pack)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("INTACT, ORIGIN NOT PROVEN\n")
    assert FINGERPRINT in ran.out
    assert not stranger.home.exists()


def test_the_trusted_key_proves_the_origin_and_another_is_refused(stranger, pack):
    assert (
        "INTACT, AND SIGNED BY THE KEY YOU TRUST" in stranger.ok("evidence", "verify", pack, "--trust", FINGERPRINT).out
    )
    told = stranger.json("evidence", "verify", pack, "--trust", key_of(OURS).text())
    assert (told["intact"], told["origin_proven"], told["fingerprint"]) == (True, True, FINGERPRINT)
    assert not stranger.json("evidence", "verify", pack)["origin_proven"]
    said = stranger("evidence", "verify", pack, "--trust", key_of(THEIRS).fingerprint).refused()
    assert "another key" in said
    assert FINGERPRINT in said
    for blank in ("", "  ", FINGERPRINT[:20]):
        assert "trust" in stranger("evidence", "verify", pack, "--trust", blank).refused()


def test_what_a_forger_wrote_cannot_steer_a_terminal(stranger, pack):
    records = [fact(0, "call_logged\x1b[2J", "c-1"), fact(1, "call_logged", "c-1\u202e\x9b")]
    pack.write_bytes(write_pack(pack_members(shown=(0, 1), records=records, early=0)))
    ran = stranger.ok("evidence", "verify", pack)
    assert "call logged�[2J c-1" in ran.out
    assert ran.out.replace("\n", "").isprintable()


def test_bad_packs_are_refused_and_named(stranger, pack):
    whole, members = pack.read_bytes(), pack_members(early=0)
    less = {name: content for name, content in members.items() if name != "report.pdf"}
    for content, word in (
        (whole[: len(whole) // 2], "cut off"),
        (whole.replace("张雅雯".encode(), "张雅琴".encode()), "facts/0002.json"),
        (write_pack({**members, "README.en.txt": b"edited"}), "README.en.txt was changed"),
        (write_pack(less), "report.pdf is missing"),
        (write_pack({**members, "more.txt": b""}), "more.txt does not belong"),
        (write_pack(signed(members, private=THEIRS)), "MANIFEST"),
        (b"", "expected an evidence pack"),
    ):
        pack.write_bytes(content)
        assert word in stranger("evidence", "verify", pack).refused()
    assert "No such file" in stranger("evidence", "verify", pack.with_name("nothing.zip")).refused()


@SQLITE
def test_from_a_registry_to_a_stranger(app: Application, tracer, stranger, tmp_path, database_url):
    shop = registry.add_channel(app)
    registry.own_number(app)
    called, silent = registry.issue(app, shop, count=2)
    for canary in (called, silent):
        registry.place(app, canary.canary_id, shop)
    call = registry.log(app, canary_id=called.canary_id, known_fields="name item")
    app.close()
    out = tmp_path / "evidence.zip"
    ran = tracer.ok("evidence", "export", "--call", call.call_id, "--out", out)
    told = stranger.json("evidence", "verify", out)
    assert told["fingerprint"] in ran.out
    assert told["subject"] == {"kind": "call", "id": call.call_id}
    assert silent.recipient_name not in json.dumps(told, ensure_ascii=False)
    assert stranger.ok("evidence", "verify", out, "--trust", told["fingerprint"])
    assert "does not exist yet" in tracer("evidence", "export", "--call", call.call_id, "--out", out).refused()
    other = tmp_path / "silent.zip"
    warned = tracer("evidence", "export", "--canary", silent.canary_id, "--out", other, "--format", "json")
    assert f"nobody has called {silent.canary_id}" in warned.err
    assert warned.json()["never_called"] == [silent.canary_id]
    assert set(read_pack(other.read_bytes())) > {"MANIFEST", "facts/0001.json"}


def test_a_false_time_token_is_refused_by_name(stranger, pack):
    pack.write_bytes(write_pack(pack_members(early=4)))
    assert "time/0001.1.tsr" in stranger("evidence", "verify", pack).refused()


def test_exactly_one_subject_is_asked_for(tracer, tmp_path):
    for given in ([], ["--call", "c-1", "--canary", "k-1"]):
        ran = tracer("evidence", "export", *given, "--out", tmp_path / "x.zip")
        assert ran.code == 2
        assert "exactly one" in ran.err
    refused = tracer("evidence", "export", "--call", "c-1", "--out", tmp_path / "x.zip").refused()
    assert "there is no call 'c-1'" in refused
    assert "one of" in tracer("evidence", "export", "--call", "c", "--open", "x", "--out", tmp_path / "x.zip").refused()
