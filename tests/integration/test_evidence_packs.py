"""Evidence packs from a registry: what they open, what they do not, and that others than we find them to hold."""

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from hashlib import sha256

import pytest

from tests.command_line import ROOT
from tests.factories import registry
from tests.factories.campaigns import QUICK
from tests.factories.packs import THEIRS, key_of
from tracer.documents.evidence.make_pack import prepare_pack, seal_pack
from tracer.documents.evidence.pack_zip import read_pack, write_pack
from tracer.domain.errors import EvidenceRejected, InvalidValue, NotAllowed, UnknownId
from tracer.domain.evidence.opening import Opening, parse_opening
from tracer.domain.evidence.read_time import time_reader
from tracer.domain.evidence.subject import Subject, SubjectKind
from tracer.domain.evidence.verdict import verdict_object
from tracer.domain.evidence.verify_pack import verify_pack
from tracer.domain.ledger.certificate_chain import read_roots
from tracer.services.calls.log_call import attached, merge_call, undo_call
from tracer.storage.ledger import StoredToken

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CALLER, ACCOUNT, SAID, NOTE = "+447700900666", "shopper-quistgaard", "Madam, your kettle", "sounded hurried"
PERSON = "Wilhelmina Quistgaard"
USUAL = Opening()


class World:
    """A shop, a courier who is a person, a warehouse; one canary called, one never, one of another shop."""

    def __init__(self, app):
        self.app = app
        app.__dict__["model"] = replace(app.model, sampling=QUICK)  # what is said here is no matter of draws
        self.shop = registry.add_channel(app, contact="complaints@shop.example")
        self.courier = registry.add_channel(app, "courier", PERSON, natural_person="yes")
        self.other_shop = registry.add_channel(app, "merchant", "墨竹书店")
        registry.own_number(app, registry.LANDLINE)
        self.called, self.silent = registry.issue(app, self.shop, count=2)
        (self.elsewhere,) = registry.issue(app, self.other_shop)
        for canary in (self.called, self.silent):
            registry.place(
                app, canary.canary_id, self.shop, self.courier, item="periwinkle kettle", price="57.30", account=ACCOUNT
            )
        registry.place(app, self.elsewhere.canary_id, self.other_shop, item="a novel")
        self.call = registry.log(
            app,
            attached("recording.ogg", b"hello"),
            dialled_number=self.called.phone.text,
            heard_name=self.called.recipient_name,
            known_fields="name item price",
            caller_number=CALLER,
            transcript=SAID,
            notes=NOTE,
        )
        self.foreign = registry.log(app, canary_id=self.elsewhere.canary_id, known_fields="name item")

    def pack(self, kind, subject_id, opening=USUAL):
        prepared = prepare_pack(self.app, Subject(SubjectKind(kind), subject_id), opening)
        with self.app.writing() as work:
            pack = seal_pack(work, prepared)
            work.commit()
        return pack.content


def told(pack, trust=""):
    return verdict_object(verify_pack(read_pack(pack), trust))


def facts(pack):
    return [(one["event"], one["subject_id"]) for one in told(pack)["facts"]]


def words(pack, tmp_path):
    """All that can be read in a pack, the print included."""
    members = read_pack(pack)
    text = [content.decode() for name, content in members.items() if not name.endswith((".pdf", ".tsr"))]
    for name in ("report.pdf", "report.zh-CN.pdf"):
        (tmp_path / name).write_bytes(members[name])
        text.append(
            subprocess.run(["pdftotext", tmp_path / name, "-"], capture_output=True, text=True, check=True).stdout
        )
    return "\n".join(text)


def test_a_pack_on_a_call_on_each_database(app):
    world = World(app)
    pack = world.pack("call", world.call.call_id)
    assert facts(pack) == [
        ("channel_registered", world.shop),
        ("channel_registered", world.courier),
        ("canary_issued", world.called.canary_id),
        ("order_placed", next(one for event, one in facts(pack) if event == "order_placed")),
        ("canary_used", world.called.canary_id),
        ("call_logged", world.call.call_id),
    ]
    found = told(pack)
    assert (found["verdict"], found["subject"]) == (
        "intact, origin not proven",
        {"kind": "call", "id": world.call.call_id},
    )
    assert told(pack, found["fingerprint"])["origin_proven"]
    with pytest.raises(EvidenceRejected, match="another key"):
        told(pack, key_of(THEIRS).fingerprint)
    with app.reading() as work:
        (noted,) = [one for one in work.journal.about(world.call.call_id) if one.event == "evidence_exported"]
    assert noted.payload["sha256"] == sha256(pack).hexdigest()
    assert world.called.recipient_name not in json.dumps(noted.payload, ensure_ascii=False)


@SQLITE
def test_a_pack_opens_no_more_than_it_must(app, tmp_path):
    world = World(app)
    text = words(world.pack("call", world.call.call_id), tmp_path)
    for opened in (world.called.recipient_name, world.called.phone.text, "periwinkle kettle", "兰亭旗舰店"):
        assert opened in text
    closed = [CALLER, ACCOUNT, SAID, NOTE, PERSON, "recording.ogg", "complaints@", "tester"]
    strangers = [world.silent, world.elsewhere]
    closed += [text for one in strangers for text in (one.recipient_name, one.canary_id, one.phone.text)]
    closed += [world.foreign.call_id, "墨竹书店", "a novel", world.other_shop]
    assert [one for one in closed if one in text] == []


@SQLITE
def test_more_is_opened_where_it_is_asked_for(app, tmp_path):
    world = World(app)
    opening = parse_opening(["caller_number", "transcript", "attachments"], name_persons=True)
    text = words(world.pack("call", world.call.call_id, opening), tmp_path)
    for opened in (CALLER, SAID, PERSON, "recording.ogg"):
        assert opened in text
    assert [one for one in (ACCOUNT, NOTE, "tester", world.silent.canary_id) if one in text] == []
    with pytest.raises(InvalidValue, match="caller_number"):
        parse_opening(["item"])


@SQLITE
def test_a_channel_opens_no_canary_that_nobody_called(app, tmp_path):
    world = World(app)
    pack = world.pack("channel", world.shop)
    opened = {one for event, one in facts(pack) if event.startswith("canary_")}
    assert opened == {world.called.canary_id}
    assert {one for event, one in facts(pack) if event.startswith("call_")} == {world.call.call_id}
    text = words(pack, tmp_path)
    for closed in (world.silent.recipient_name, world.silent.canary_id, world.elsewhere.canary_id, "墨竹书店"):
        assert closed not in text


@SQLITE
def test_a_canary_nobody_called_is_opened_only_by_itself_and_with_a_warning(app):
    world = World(app)
    subject = Subject(SubjectKind.CANARY, world.silent.canary_id)
    assert prepare_pack(app, subject, Opening()).never_called == (world.silent.canary_id,)
    subject = Subject(SubjectKind.CANARY, world.called.canary_id)
    prepared = prepare_pack(app, subject, Opening())
    assert prepared.never_called == ()
    assert world.call.call_id in prepared.members["README.en.txt"].decode()


@SQLITE
def test_a_call_first_noted_for_another_canary_does_not_tell_of_it(app, tmp_path):
    world = World(app)
    call = registry.log(app, canary_id=world.silent.canary_id, known_fields="name")
    registry.correct(app, call.call_id, canary_id=world.called.canary_id)
    registry.correct(app, call.call_id, known_fields="name item")
    pack = world.pack("call", call.call_id)
    assert [event for event, one in facts(pack) if one == call.call_id] == ["call_logged", *["call_corrected"] * 2]
    text = words(pack, tmp_path)
    assert world.silent.canary_id not in text
    assert world.silent.phone.text not in text
    last = told(pack)["facts"][-1]
    assert last["fields"]["/payload/changed"] == {"known_fields": "name item"}


@SQLITE
def test_calls_that_were_joined_come_along_and_undone_ones_are_refused(app):
    world = World(app)
    again = registry.log(app, canary_id=world.called.canary_id, known_fields="address")
    with app.writing() as work:
        merge_call(work, again.call_id, world.call.call_id)
        work.commit()
    pack = world.pack("call", world.call.call_id)
    assert ("call_merged", again.call_id) in facts(pack)
    with pytest.raises(NotAllowed, match=world.call.call_id):
        world.pack("call", again.call_id)
    with app.writing() as work:
        undo_call(work, world.foreign.call_id)
        work.commit()
    with pytest.raises(NotAllowed, match="restore"):
        world.pack("call", world.foreign.call_id)
    for kind in SubjectKind:
        with pytest.raises(UnknownId):
            world.pack(kind.value, "nobody")


@SQLITE
def test_what_was_erased_is_said_plainly(app):
    world = World(app)
    app.seal_ledger()
    with app.writing() as work:
        (entry,) = [one for one in work.journal.about(world.call.call_id) if one.event == "call_logged"]
        work.journal.erase(entry, ["/payload/heard_name", "/payload/transcript"])
        work.commit()
    pack = world.pack("call", world.call.call_id)
    last = told(pack)["facts"][-1]
    assert (last["event"], last["erased"], last["erased_at"]) == ("call_logged", 2, "2026-11-21T12:00:00+08:00")
    members = read_pack(pack)
    assert "ERASED for ever: 2 fields, at 2026-11-21" in members["README.en.txt"].decode()
    assert "已永久删除：2 个字段" in members["README.zh-CN.txt"].decode()


@SQLITE
def test_the_same_state_gives_the_same_pack(app):
    world = World(app)
    subject = Subject(SubjectKind.CALL, world.call.call_id)
    one, two = (write_pack(prepare_pack(app, subject, Opening()).members) for _ in range(2))
    assert one == two


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A time-stamping authority of OpenSSL, on the disk: its configuration and its root certificate."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "serial").write_text("01\n")
    (folder / "ts.cnf").write_text(
        "[tsa]\ndefault_tsa = here\n[here]\nserial = serial\nsigner_cert = ca.pem\nsigner_key = ca.key\n"
        "signer_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256\ness_cert_id_alg = sha256\n"
        "[ca]\nbasicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature\n"
        "extendedKeyUsage = critical,timeStamping\n[req]\ndistinguished_name = dn\n[dn]\n"
    )
    openssl(
        folder,
        *("req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-config", "ts.cnf", "-extensions", "ca"),
        *("-subj", "/CN=Test time", "-days", "30", "-keyout", "ca.key", "-out", "ca.pem"),
    )
    return folder


def openssl(folder, *arguments):
    return subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=True)


def stamp(app, authority):
    """Seal the ledger, and keep a token over its checkpoint."""
    signed = app.seal_ledger()
    (authority / "note").write_bytes(signed.note.encode())
    openssl(authority, "ts", "-query", "-data", "note", "-sha256", "-cert", "-out", "query.tsq")
    openssl(
        authority, "ts", "-reply", "-config", "ts.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr", "-token_out"
    )
    token = (authority / "reply.tsr").read_bytes()
    with app.writing() as work:
        work.ledger.add_token(StoredToken(signed.epoch, signed.size, "test", token, work.now))
        work.commit()


def unpacked(pack, folder):
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        archive.extractall(folder)
    return folder


def bare_python(folder, *arguments):
    """The pack's own script, by a Python without our packages and without our settings."""
    environment = {"PATH": os.environ["PATH"]}
    command = [sys._base_executable, "-I", "verify_without_tracer.py", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@SQLITE
def test_others_than_we_find_a_pack_to_hold(app, authority, tmp_path):
    world = World(app)
    stamp(app, authority)
    late = registry.log(app, canary_id=world.called.canary_id, known_fields="name price")
    pack = world.pack("canary", world.called.canary_id)
    found = told(pack)
    stamped = [one["event"] for one in found["facts"] if one["time_stamps"]]
    assert late.call_id in {one["subject_id"] for one in found["facts"] if not one["time_stamps"]}
    assert "canary_issued" in stamped
    looked_into(pack, authority)
    folder = unpacked(pack, tmp_path / "pack")
    given = ["--trust", found["fingerprint"].upper(), "--ca", str(authority / "ca.pem")]
    ran = bare_python(folder, *given)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "holds: time/0001.1.tsr over time/0001.checkpoint" in ran.stdout
    assert ran.stdout.count("(time/0001.checkpoint)") == len(stamped)
    assert ran.stdout.endswith("INTACT, and signed by the key you trust.\n")
    assert "INTACT, ORIGIN NOT PROVEN" in bare_python(folder).stdout
    assert bare_python(folder, "--trust", "0" * 64).returncode == 1
    going_wrong(folder, given)


def looked_into(pack, authority):
    """Our own verifier reads the token; whose it is, it knows from a root only."""
    (alone,) = verify_pack(read_pack(pack), "", time_reader(None)).stamps
    roots = read_roots((authority / "ca.pem").read_bytes())
    (trusted,) = verify_pack(read_pack(pack), "", time_reader(roots)).stamps
    assert (alone.proven.authority, alone.proven.trusted) == ("CN=Test time", False)
    assert (trusted.proven.time, trusted.proven.trusted) == (alone.proven.time, True)


def going_wrong(folder, given):
    """The script refuses and names what was changed on the disk."""
    for name in ("README.en.txt", "facts/0002.json", "facts/0001.tlog-proof", "checkpoint", "log-key.txt", "MANIFEST"):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole.replace(b"a", b"b", 1))
        ran = bare_python(folder, *given)
        assert ran.returncode == 1
        assert "DOES NOT HOLD" in ran.stdout
        (folder / name).write_bytes(whole)
    (folder / "facts" / "more.json").write_bytes(b"{}")
    assert "facts/more.json does not belong" in bare_python(folder, *given).stdout
    (folder / "facts" / "more.json").unlink()
    (folder / "report.pdf").rename(folder.parent / "report.pdf")
    assert "report.pdf is missing" in bare_python(folder, *given).stdout


@pytest.fixture(scope="module")
def go_oracle(tmp_path_factory):
    """tests/oracles/check_pack.go, built with Debian's Go and golang.org/x/mod."""
    if shutil.which("go") is None:
        pytest.skip("Go is not installed: tools/system_packages.sh")
    folder = tmp_path_factory.mktemp("go")
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(folder / "cache")}
    source = str(ROOT / "tests" / "oracles" / "check_pack.go")
    subprocess.run(["go", "build", "-o", folder / "check", source], env=environment, check=True, capture_output=True)
    return folder / "check"


@SQLITE
def test_go_finds_the_same_checkpoint_and_leaves(app, go_oracle, tmp_path):
    world = World(app)
    pack = world.pack("channel", world.shop)
    found = told(pack)
    folder = unpacked(pack, tmp_path / "pack")
    ran = subprocess.run([go_oracle, folder], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = [line.split() for line in ran.stdout.splitlines()]
    checkpoint = found["checkpoint"]
    assert lines[:2] == [
        ["MANIFEST", checkpoint["origin"]],
        ["checkpoint", str(checkpoint["size"]), checkpoint["root"]],
    ]
    assert [int(line[2]) for line in lines[2:]] == [one["index"] for one in found["facts"]]
    (folder / "facts" / "0001.json").write_text(
        (folder / "facts" / "0001.json").read_text().replace("merchant", "bank")
    )
    assert subprocess.run([go_oracle, folder], capture_output=True, check=False).returncode == 1


@SQLITE
def test_the_report_in_a_pack_is_a_part_and_says_so(app):
    world = World(app)
    members = read_pack(world.pack("call", world.call.call_id))
    report = json.loads(members["report.json"])
    assert report["restricted_to"] == {"calls": 1, "of_calls": 2, "channels": 2, "of_channels": 3}
    assert [one["call_id"] for one in report["calls"]] == [world.call.call_id]
    assert {one["name"] for one in report["channels"]} == {"兰亭旗舰店", world.courier}
