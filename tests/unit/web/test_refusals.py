"""What the domain refuses with is read in Chinese: held to what it really says."""

import re
from types import SimpleNamespace

import pytest
from starlette.requests import Request

from tests.command_line import ROOT
from tests.said_refusals import refusals_in
from tracer.domain.call import CallState, Nature
from tracer.domain.canary import CanaryState
from tracer.domain.errors import (
    AlreadyExists,
    BundleRejected,
    InvalidRecord,
    InvalidValue,
    NotAllowed,
    NotPermitted,
    TooManyRequests,
    UnknownId,
)
from tracer.domain.job import JobKind, JobState
from tracer.domain.records import read_call, read_channel, read_exposure, read_number, read_order
from tracer.web.refusals import in_word, in_words

CALL = {"call_id": "c-1", "received_at": "2026-02-10T15:04:00+08:00"}
BAD = [
    (read_call, {**CALL, "nature": "?"}),
    (read_call, {**CALL, "call_id": "a b"}),
    (read_call, {**CALL, "received_at": "2026-02-10T15:04:00"}),
    (read_call, {**CALL, "received_at": "x"}),
    (read_call, {**CALL, "received_at": "1900-02-10T15:04:00+08:00"}),
    (read_call, {**CALL, "answered": "perhaps"}),
    (read_call, {**CALL, "notes": "\x01"}),
    (read_call, {**CALL, "heard_name": "x" * 201}),
    (read_call, {**CALL, "known_fields": "name name:masked"}),
    (read_channel, {"channel_id": "other", "kind": "merchant", "name": "A"}),
    (read_channel, {"channel_id": "a", "kind": "merchant", "name": ""}),
    (read_channel, {"channel_id": "a", "kind": "merchant", "name": "A", "parent_id": "a"}),
    (read_number, {"number": "+442079460016", "kind": "sim", "extension_digits": "9"}),
    (read_order, {"order_id": "o", "canary_id": "k", "placed_at": CALL["received_at"], "price": "9,50"}),
    (
        read_order,
        {"order_id": "o", "canary_id": "k", "placed_at": CALL["received_at"], "ended_at": "2026-01-01T00:00:00Z"},
    ),
    (read_exposure, {"order_id": "", "channel_id": "m", "exposed_at": CALL["received_at"]}),
]


def visitor(language):
    application = SimpleNamespace(settings=SimpleNamespace(locale="zh_CN"))
    app = SimpleNamespace(state=SimpleNamespace(service=SimpleNamespace(application=application)))
    headers = [(b"cookie", f"tracer_language={language}".encode())]
    return Request({"type": "http", "headers": headers, "app": app, "method": "GET", "path": "/"})


@pytest.mark.parametrize(("read", "record"), BAD)
def test_what_a_value_should_be_is_said_in_chinese(read, record):
    with pytest.raises((InvalidRecord, InvalidValue)) as caught:
        read(record)
    for problem in caught.value.problems:
        for text in filter(None, (problem.expected, problem.hint)):
            told = in_words(visitor("zh_Hans"), text)
            assert told != text, text
            assert re.search("[\u4e00-\u9fff]", told), told
            assert in_words(visitor("en"), text) == text


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UnknownId("call", "c-1", "`tracer call list` shows them"), "没有来电 'c-1'。"),
        (UnknownId("user", "", "`tracer user list` shows them"), "没有这个用户。"),
        (UnknownId("report", "latest", "Make one on the page /report"), "还没有报告。请先在“报告”页生成一份"),
        (NotPermitted("bulk"), "这需要权限 bulk"),
        (TooManyRequests("look-ups", 30), "查询太多。请 30 秒后再试"),
        (
            NotAllowed("call 'c-1' is undone; merge into one that counts"),
            "状态是“已撤销”；请并入计入的那一条",
        ),
        (NotAllowed("canary 'k-1' is retired already"), "金丝雀 'k-1' 的状态已是“已停用”"),
        (
            AlreadyExists("order", "o-1", "choose another --id, or leave it out"),
            "已经有订单 'o-1'：请换一个编号，或留空",
        ),
        (BundleRejected([], 12), "发现 12 个问题。请改正列出的行"),
        (InvalidValue("nature", "x", "one of: scam unsure"), "nature：应为其中之一：scam unsure，实际是 'x'"),
        (NotAllowed("a call cannot be merged into itself"), "来电不能并入它自己"),
    ],
)
def test_rules_are_said_in_chinese(error, told):
    assert told in in_words(visitor("zh_Hans"), str(error))


def test_what_nobody_translated_is_shown_as_it_was_written():
    assert in_words(visitor("zh_Hans"), "something new. And more") == "something new. And more"


NO_PAGE = {
    "documents/evidence/verify_without_tracer.py": "a member of packs, run on a command line elsewhere",
    "domain/attribution/model.py": "channels.toml is read at the start",
    "domain/codebook/mishearing": "for simulations",
    "domain/codebook/repertoire.py": "the files of the package; locale and gender come from lists",
    "domain/ledger/certificate_chain.py": "the roots of time authorities are settings",
    "domain/ledger/signed_token.py": "time stamps come from the authority and go into the log, the reason in its words",
    "domain/ledger/time_token.py": "as above",
    "domain/schedule.py": "schedules are settings, read at the start",
    "domain/simulation": "for `tracer simulate`",
    "intake/kuaidi100": "is said to Kuaidi100",
    "intake/aliyun": "answered to Alibaba Cloud's servers; what is held back is said in telephony_phrases",
    "intake/twilio": "answered to Twilio's servers; as above",
    "intake/webhook": "answers programs; what could not be read is kept with the reason in its words",
    "intake/csv_bundle/write.py": "writes into folders for the command line",
    "services/jobs/run_recurring.py": "for `tracer jobs run` and the log of a worker",
    "services/upkeep/restore_backup.py": "for `tracer restore`",
    "storage/backup": "for `tracer backup` and `tracer restore`",
    "storage/move": "for `tracer migrate-to`",
    "storage/rotation.py": "for `tracer rotate-key`",
    "storage/reindex.py": "for `tracer rotate-key`",
    "storage/reseal.py": "for `tracer rotate-key`",
    "storage/keyfile.py": "the key is read at the start",
    "storage/key_versions.py": "the key is read at the start",
    "storage/master_keys.py": "the key is read at the start",
    "storage/migrations.py": "the schema is looked at at the start",
    "storage/crypto.py": "the key is read at the start; what does not open is said below",
    "storage/engine.py": "what a driver says is no text of ours",
    "storage/registry.py": "the founding of a registry; what pages may meet is said below",
    "storage/unit_of_work.py": "the actor is a setting",
}
"""What no visitor of a page meets, and why."""
SAID_BELOW = (
    "expected the 16 to 21 columns of cdr_csv, got 2. For cdr_custom say which column is which",
    "expected every quote to be closed, got one that is not: the row was cut off",
    "expected ANSWERED, NO ANSWER, BUSY, FAILED or CONGESTION as disposition, got another",
    "expected a start such as 2026-01-05 04:24:12, got another",
    "expected a report, a JSON object, got another value",
    "expected a call_id, got none",
    "expected a time such as 2021-08-25 20:11:29, got something else",
    "expected sentences, each a JSON object, got something else",
    "expected a CallSid or a MessageSid, got neither",
    "expected an entry as Twilio's API documents it, got one where a field is missing or is another",
    "canaries.notes of 'k-1' does not open: wrong key, or the database was altered",
    "canaries.notes of 'k-1' was sealed with another key version or format",
    "tracer.db: the disk is full. Nothing was written; free some space and do it again",
    "tracer.db: the database does not answer (timeout)",
    "tracer.db has schema 0009 by now, this program has 0007: another version of Tracer changed it while this one was "
    "running. Nothing was done; start this program again, in that version",
    "tracer.db was moved into another database with `tracer migrate-to`, or set aside by `tracer restore`, and is kept "
    "as it was. Nothing was written; point TRACER_DATABASE_URL at the new one",
    "every extension is in use or quarantined. Add a number: tracer number add NUMBER",
    "only 3 of the canaries asked for find room: every other extension is in use or quarantined. Ask for --count 3, or "
    "add a number: tracer number add NUMBER",
    "only 5 of 10 zh_CN names could still be told apart by ear on this number, which carries 900. Add another number "
    "(tracer number add NUMBER) and issue the rest there",
    "expected a time at or after the order's (2026-01-05T04:24:12+08:00), got 2026-01-04T04:24:12+08:00",
    "differs from what is registered under the same canary_id; the registry keeps its own",
    "calls 'c-1' and 'c-2' rang on different lines, so they cannot be the same contact. Correct one of them first with "
    "`tracer call correct`",
    "It is too short. Write it as +442079460016 or +442079460016;ext=0042 (Chinese forms such as 010-…-801 are read "
    "too)",
    "files of at most 25 MB together (these have 30.0 MB; the call holds 1.0 MB already)",
    "Several stand here: give each its own row",
)
"""Texts that are put together while the program runs."""
ENGLISH = re.compile(r"[a-z]{3,} [a-z]{2,}")


def reachable():
    for folder in ("domain", "services", "intake", "documents", "storage", "web"):
        for path in sorted((ROOT / "tracer" / folder).rglob("*.py")):
            place = path.relative_to(ROOT / "tracer").as_posix()
            if not any(place.startswith(one) for one in NO_PAGE):
                yield from ((f"{place} {refusal.where}", refusal.text) for refusal in refusals_in(path))


def untranslated(text):
    told = in_words(visitor("zh_Hans"), text)
    return not re.search("[\u4e00-\u9fff]", told) or ENGLISH.search(re.sub("`[^`]*`", "", told))


def test_every_refusal_that_a_visitor_may_meet_is_said_in_chinese():
    found = list(reachable())
    assert len(found) > 150
    assert [f"{where}: {text}" for where, text in found if untranslated(text)] == []


@pytest.mark.parametrize("text", SAID_BELOW)
def test_refusals_put_together_are_said_in_chinese(text):
    assert not untranslated(text)


def test_in_english_every_refusal_is_as_it_was_written():
    assert [text for _, text in reachable() if in_words(visitor("en"), text) != text] == []


def test_nouns_and_states_are_said_in_chinese():
    request = visitor("zh_Hans")
    words = [*CallState, *CanaryState, *JobState, *JobKind, *Nature]
    assert [word for word in words if in_word(request, word.value) == word.value] == []
    nouns = {found for path in (ROOT / "tracer").rglob("*.py") for found in NOUN.findall(path.read_text())}
    assert {"call", "channel", "name or line"} <= nouns
    nouns -= {"setting"}  # told before anything is served
    assert [noun for noun in nouns if in_word(request, noun) == noun] == []


NOUN = re.compile(r"""(?:UnknownId|AlreadyExists)\("([^"]+)",""")
