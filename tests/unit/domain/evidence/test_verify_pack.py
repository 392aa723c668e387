"""What a pack proves, and that whatever is wrong with one is refused and named."""

import json

import numpy as np
import pytest

from tests.factories.packs import CALL, MADE_AT, OURS, THEIRS, fact, key_of, ledger, pack_members, signed
from tests.soak.packs import BYTES, MEMBERS, mutate_packs
from tracer.domain.errors import EvidenceRejected, InvalidValue
from tracer.domain.evidence import verify_pack as verify_module
from tracer.domain.evidence.log_key import LogKeys
from tracer.domain.evidence.manifest import MANIFEST, read_manifest
from tracer.domain.evidence.subject import Subject, SubjectKind
from tracer.domain.evidence.verdict import ProvenTime, verdict_object
from tracer.domain.evidence.verify_pack import verify_pack
from tracer.domain.ledger.note import read_note

FINGERPRINT = key_of(OURS).fingerprint


def refused(members, *words, trusted=""):
    with pytest.raises(EvidenceRejected) as caught:
        verify_pack(members, trusted)
    for word in words:
        assert word in str(caught.value)


def test_a_whole_pack_is_intact_and_its_origin_is_not_proven():
    verdict = verify_pack(pack_members())
    assert verdict.words == "intact, origin not proven"
    assert (verdict.subject, verdict.made_at, verdict.checkpoint.size) == (CALL, MADE_AT, 5)
    assert [(one.member, one.index, one.fact.event) for one in verdict.facts] == [
        ("facts/0001.json", 0, "channel_registered"),
        ("facts/0002.json", 1, "canary_issued"),
        ("facts/0003.json", 3, "order_placed"),
        ("facts/0004.json", 4, "call_logged"),
    ]
    assert [[stamp.member for stamp in one.stamps] for one in verdict.facts] == [["time/0001.1.tsr"]] * 3 + [[]]


def test_what_is_not_opened_is_not_in_it():
    whole = b"".join(pack_members().values()).decode(errors="replace")
    assert "张雅雯" in whole
    for closed in ("tester", "+447700900123", "李诗涵", "k-2"):
        assert closed not in whole


@pytest.mark.parametrize(
    "form",
    [
        FINGERPRINT,
        FINGERPRINT.upper(),
        ":".join(FINGERPRINT[at : at + 2] for at in range(0, 64, 2)),
        " ".join(FINGERPRINT[at : at + 4] for at in range(0, 64, 4)),
        f"  {FINGERPRINT}\n",
        key_of(OURS).text(),
        key_of(OURS, "tracer/000102/2").text(),
    ],
)
def test_the_key_you_trust_in_every_form(form):
    verdict = verify_pack(pack_members(), form)
    assert verdict.words == "intact, and signed by the key you trust"
    refused(pack_members(private=THEIRS), MANIFEST, "another key", key_of(THEIRS).fingerprint, trusted=form)


@pytest.mark.parametrize("form", [FINGERPRINT[:16], f"{FINGERPRINT}0", "g" * 64, "tracer/000102+00000000+AAAA", " "])
def test_a_trust_that_is_none_is_refused_as_a_value(form):
    with pytest.raises(InvalidValue):
        verify_pack(pack_members(), form)


@pytest.mark.parametrize("name", sorted(pack_members()))
def test_every_member_is_covered(name):
    whole = pack_members()
    refused({one: content for one, content in whole.items() if one != name}, f"{name} is missing")
    refused({**whole, name: whole[name][:-1]}, name)
    refused({**whole, name: whole[name] + b"\n"}, name)


def test_a_member_more_is_named():
    refused({**pack_members(), "facts/0009.json": b"{}"}, "facts/0009.json does not belong")


@pytest.mark.parametrize("name", ["extra.txt", "time/0002.1.tsr", "facts/0009.tlog-proof"])
def test_what_is_none_of_a_packs_files_is_refused_though_it_is_signed(name):
    refused(signed({**pack_members(), name: b"x"}), f"{name} does not belong in an evidence pack")


@pytest.mark.parametrize(
    "name", ["README.zh-CN.txt", "report.pdf", "verify_without_tracer.py", "facts/0002.tlog-proof"]
)
def test_what_a_pack_needs_is_missed_though_it_is_signed(name):
    refused(signed({one: content for one, content in pack_members().items() if one != name}), f"{name} is missing")


def changed_fact(change, name="facts/0002.json"):
    members = pack_members()
    told = json.loads(members[name])
    change(told)
    return signed({**members, name: json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"})


def resalted(told):
    first = told["disclosures"][0]
    return first.replace(first[2:34], "0" * 32)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda told: told["fields"].update({"/payload/recipient_name": "王"}), "differs from what was hashed"),
        (lambda told: told["disclosures"].pop(), "/fields is not there"),
        (lambda told: told["disclosures"].pop(-2), "fields, and /fields names"),
        (lambda told: (told["disclosures"].pop(), told["fields"].popitem()), "/fields is not there"),
        (lambda told: told["disclosures"].__setitem__(0, resalted(told)), "does not lead to the signed root"),
        (lambda told: told["closed"]["digests"].pop(), "as many digests"),
        (lambda told: told["erased"]["digests"].append("00" * 32), "fields, and /fields names"),
        (lambda told: told["erased"]["digests"].append("00" * 31), "32 bytes"),
        (lambda told: told["disclosures"].append(told["disclosures"][0]), "opened twice"),
        (lambda told: told.pop("erased"), "expected an object with the keys"),
        (lambda told: told.update(more=1), "expected an object with the keys"),
        (lambda told: told["disclosures"].append(7), "expected a fact as JSON"),
        (lambda told: told["disclosures"].append('["", "/a", 1]'), "not written in its one form"),
    ],
)
def test_a_keeper_cannot_change_a_fact_under_its_proof(change, words):
    """Signed by the right key: the proof alone refuses it."""
    refused(changed_fact(change), "facts/0002.json", words)


def test_a_fact_opens_what_happened_to_whom():
    members = pack_members()
    told = json.loads(members["facts/0002.json"])
    told["disclosures"] = [one for one in told["disclosures"] if "/event" not in one]
    del told["fields"]["/event"]
    refused(
        signed({**members, "facts/0002.json": json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"}),
        "/event",
    )


def test_a_fact_shown_twice_is_refused():
    members = pack_members()
    members |= {f"facts/0009{end}": members[f"facts/0002{end}"] for end in (".json", ".tlog-proof", ".time.tlog-proof")}
    refused(signed(members), "facts/0009.json is the same fact as facts/0002.json")


def test_proofs_of_two_facts_do_not_change_places():
    members = pack_members()
    one, two = "facts/0001.tlog-proof", "facts/0002.tlog-proof"
    members[one], members[two] = members[two], members[one]
    refused(signed(members), "facts/0001.json")


def test_a_checkpoint_by_another_key_is_refused():
    theirs = pack_members(private=THEIRS)
    refused(signed({**pack_members(), "checkpoint": theirs["checkpoint"]}), "checkpoint: expected a signature")


def test_a_time_token_over_something_else_is_refused():
    refused(signed({**pack_members(), "time/0001.1.tsr": b"a token over nothing"}), "time/0001.1.tsr", "not one over")


def test_a_checkpoint_in_time_without_a_token_is_refused():
    members = pack_members()
    del members["time/0001.1.tsr"]
    refused(signed(members), "time/0001.checkpoint: no time token")


def test_a_time_proof_needs_a_checkpoint_with_a_token():
    members = {name: content for name, content in pack_members().items() if not name.startswith("time/")}
    refused(signed(members), "facts/0001.time.tlog-proof")


def test_a_pack_is_about_what_is_in_it():
    refused(pack_members(subject=Subject(SubjectKind.CALL, "c-9")), MANIFEST, "call c-9")


def test_whoever_reads_tokens_is_asked_with_token_and_digest():
    asked = []

    def read(token, digest):
        asked.append((token, digest))
        return ProvenTime("2026-11-21T04:00:01+00:00", "CN=Time")

    verdict = verify_pack(pack_members(), read_token=read)
    told = verdict_object(verdict)
    assert [token.endswith(digest) for token, digest in asked] == [True]
    assert told["facts"][0]["time_stamps"] == [
        {
            "member": "time/0001.1.tsr",
            "checked": True,
            "time": "2026-11-21T04:00:01+00:00",
            "authority": "CN=Time",
            "authority_trusted": False,
        }
    ]


def test_a_token_that_proves_nothing_is_named():
    def read(_token, _digest):
        raise EvidenceRejected("no authority")

    with pytest.raises(EvidenceRejected, match=r"time/0001.1.tsr: no authority"):
        verify_pack(pack_members(), read_token=read)


def test_what_was_erased_is_told():
    records = ledger()
    records[1] = records[1].without({"/payload/recipient_name"})
    told = verdict_object(verify_pack(pack_members(records=records)))
    assert (told["erased"], told["facts"][1]["erased"]) == (1, 1)


def test_a_checkpoint_is_no_manifest_and_a_manifest_no_checkpoint():
    members = pack_members()
    with pytest.raises(EvidenceRejected):
        read_manifest(read_note(members["checkpoint"].decode()).text)
    refused(signed({**members, "checkpoint": members[MANIFEST]}), "checkpoint")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("tracer evidence pack v1", "tracer evidence pack v2"),
        ("call c-1", "letter c-1"),
        ("made 2026", "made tomorrow 2026"),
        (" report.pdf", " ../report.pdf"),
    ],
)
def test_a_manifest_that_is_not_ours_is_refused_though_it_is_signed(wrong, right):
    text = read_note(pack_members()[MANIFEST].decode()).text
    with pytest.raises(EvidenceRejected, match="MANIFEST"):
        read_manifest(text.replace(wrong, right))


def test_the_key_file_must_fit_itself():
    members = pack_members()
    text = members["log-key.txt"].decode()
    for wrong in (text.replace("fingerprint ", "fingerprint 0"), text + text.split("\n")[1] + "\n", "", text + "x\n"):
        refused(signed({**members, "log-key.txt": wrong.encode()}), "log-key.txt")
    two = LogKeys([key_of(OURS), key_of(THEIRS, "tracer/000102/2")]).text()
    refused(signed({**members, "log-key.txt": two.encode()}), "log-key.txt", "one key for all")


def test_mutated_packs_never_pass():
    """The short form of `python -m tests.soak packs`."""
    (findings,) = mutate_packs(500, np.random.default_rng(7))
    assert findings.is_good, findings
    assert findings.refused + findings.same == 500
    assert set(findings.kinds) == {*BYTES, *MEMBERS}
    assert findings.same < 100


def test_the_mutations_would_notice_a_check_that_is_missing(monkeypatch):
    monkeypatch.setattr(verify_module, "_compare_members", lambda pack, manifest: None)
    (findings,) = mutate_packs(300, np.random.default_rng(3))
    assert findings.false_accepts > 0


def test_the_facts_of_this_file_have_a_leaf_each():
    assert len({record.content() for record in ledger()}) == len(ledger())
    assert fact(1, "x", "y").content() != fact(2, "x", "y").content()
