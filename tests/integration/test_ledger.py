"""The ledger: sealed in the order of commits, signed, stamped; and nothing changed behind its back goes unnoticed."""

from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from threading import Event, Thread

import pytest

from tests.conftest import NOW
from tests.factories import records as rows
from tests.factories import registry
from tests.storage_dump import execute
from tests.time_authority import authority
from tracer.bootstrap import local_now
from tracer.domain.errors import LedgerForked, NoTimeStamp
from tracer.domain.ledger.checkpoint import Proof, read_checkpoint, verified_checkpoint, verify_proof
from tracer.domain.ledger.merkle import is_consistent, leaf_hash
from tracer.intake.csv_bundle.read import open_bundle
from tracer.outbound.target import named
from tracer.scheduler.keep_jobs import keep_jobs
from tracer.scheduler.recurring.jobs import RECURRING
from tracer.scheduler.run_recurring import Worker, run_due
from tracer.services.access.manage_keys import make_key, revoke_key
from tracer.services.access.manage_users import add_user, change_user, set_password
from tracer.services.bundles.import_bundle import import_bundle
from tracer.services.calls.log_call import merge_call, restore_call, undo_call
from tracer.services.canaries.change_canary import annotate_canary, release_lines, retire_canary
from tracer.services.jobs.run_recurring import begin_rows
from tracer.services.ledger.audit_ledger import audit_ledger
from tracer.settings import load_settings
from tracer.storage.journal import Fact


def note(app, *names):
    with app.writing() as work:
        work.journal.record(Fact("thing_happened", name, {"said": f"of {name}"}) for name in names)
        work.commit()


def audited(app):
    return app.audit_ledger(lambda share: None)


def problems(app):
    return audited(app).problems


def busy(app):
    """A registry in which everything happened that its facts can tell."""
    shop = registry.add_channel(app, name="一家店")
    courier = registry.add_channel(app, "courier", "张师傅", natural_person="yes")
    registry.own_number(app, "+442079460033")
    first, second, third = registry.issue(app, shop, count=3, number="+442079460033")
    order = registry.place(app, first.canary_id, shop, courier)
    registry.place(app, second.canary_id, shop)
    registry.expose(app, order_id=order.order_id, channel_id=courier, exposed_at=(NOW + timedelta(days=1)).isoformat())
    calls = [registry.log(app, canary_id=first.canary_id, heard_name="张三", notes=f"n{n}").call_id for n in range(4)]
    registry.correct(app, calls[0], script="lost_parcel", heard_name="张山")
    with app.writing() as work:
        undo_call(work, calls[1])
        merge_call(work, calls[2], calls[0])
        merge_call(work, calls[3], calls[0])
        restore_call(work, calls[3])
        annotate_canary(work, first.canary_id, ["spring"], [], "remember")
        retire_canary(work, third.canary_id)
        work.commit()
    with app.writing() as work:
        assert release_lines(work, 0) == 1
        work.commit()
    with app.writing() as work:
        user = add_user(work, "anna", "auditor", None)
        set_password(work, user.user_id, "correct horse battery")
        change_user(work, user.user_id, disabled=True)
        _, key = make_key(work, "phone", ["calls:log", "calls:read"], None, None)
        revoke_key(work, key.key_id)
        work.commit()
    changed = {"user": user.user_id, "key": key.key_id, "channel": shop}
    return {**changed, "canary": first.canary_id, "order": order.order_id, "call": calls[0]}


@pytest.fixture
def filled(app, tmp_path, cheap_passwords):
    tables = rows.campaign()
    with open_bundle(rows.write_bundle(tmp_path / "bundle", tables)) as (bundle, _), app.writing() as work:
        import_bundle(work, app.model.channels, bundle, lambda count: None)
        work.commit()
    app.ids = busy(app)
    app.seal_ledger()
    return app


def test_an_honest_registry_has_no_problems(filled):
    note(filled, "a", "b")
    audit = audited(filled)
    assert audit.problems == []
    assert (audit.waiting, audit.checkpoints, audit.tokens, audit.older, audit.erased) == (2, 1, 0, 0, 0)
    assert audit.size > 20
    assert audit.rows > 10
    filled.seal_ledger()
    assert (audited(filled).waiting, audited(filled).checkpoints) == (0, 2)


def test_every_fact_is_proved_under_the_newest_checkpoint_and_each_continues_the_last(app):
    notes = []
    for size in (1, 255, 1, 300):
        note(app, *(f"s{len(notes)}-{n}" for n in range(size)))
        notes.append(app.seal_ledger().note)
    with app.reading() as work:
        key = work.ledger.log().key
        checkpoints = [verified_checkpoint(one, key) for one in notes]
        assert [one.size for one in checkpoints] == [1, 256, 257, 557]
        for old, new in pairwise(checkpoints):
            proof = work.ledger.consistency(old.size, new.size)
            assert is_consistent(old.size, old.root, new.size, new.root, proof)
        for name in ("s0-0", "s1-254", "s2-0", "s3-299"):
            (entry,) = work.journal.about(name)
            place = work.ledger.places([entry.entry_id])[entry.entry_id]
            proof = Proof(place, tuple(work.ledger.inclusion(place, 557)), notes[-1])
            assert verify_proof(leaf_hash(entry.record.content()), proof, key).size == 557


def test_nothing_new_nothing_signed(app):
    assert app.seal_ledger() is None
    note(app, "a")
    first = app.seal_ledger()
    assert app.seal_ledger() == first
    with app.reading() as work:
        assert [one.note for one in work.ledger.checkpoints()] == [first.note]


def test_a_rolled_back_fact_leaves_no_leaf(app):
    with app.writing() as work:
        work.journal.record([Fact("thing_happened", "x", {})])
    note(app, "y")
    assert app.seal_ledger().size == 1
    assert problems(app) == []


def test_writers_and_sequencers_at_once(app):
    def write(who):
        for n in range(20):
            note(app, f"{who}-{n}")
            if n % 5 == who:
                app.seal_ledger()

    threads = [Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert app.seal_ledger().size == 80
    assert problems(app) == []


UNLOCK = {
    "sqlite": ["DROP TRIGGER {table}_no_UPDATE", "DROP TRIGGER {table}_no_DELETE"],
    "postgresql": ["DROP TRIGGER {table}_append_only ON {table}"],
}


def unlocking(kind, *tables):
    """As somebody with the database's password would: triggers are no obstacle."""
    statements = [one.format(table=table) for table in tables for one in UNLOCK[kind]]
    return [
        *statements,
        *(
            ["DROP TRIGGER journal_reseal_only ON journal"]
            if statements and "journal" in tables and kind == "postgresql"
            else []
        ),
    ]


def tamper(app, url, statement, *unlocked):
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    execute(url, *unlocking(kind, *unlocked), statement.format(**app.ids))


JOURNAL = [
    ("UPDATE journal SET recorded_at = recorded_at - 4096 WHERE event = 'canary_issued'", "canary_issued"),
    ("UPDATE journal SET actor = 'nobody' WHERE event = 'order_placed'", "order_placed"),
    ("UPDATE journal SET event = 'order_removed' WHERE event = 'order_placed'", "order_removed"),
    ("UPDATE journal SET subject_id = 'x' WHERE event = 'call_logged'", "call_logged of x"),
    ("DELETE FROM journal WHERE subject_id = '{order}'", "it is gone from the journal"),
    ("DELETE FROM journal WHERE position = (SELECT max(position) FROM journal)", "it is gone from the journal"),
    (
        "UPDATE journal SET payload = (SELECT payload FROM journal WHERE event = 'canary_issued' LIMIT 1) "
        "WHERE event = 'order_placed'",
        "does not open: wrong key, or the database was altered",
    ),
    (
        "INSERT INTO journal (entry_id, recorded_at, actor, event, subject_id) "
        "SELECT 'made-up', recorded_at, actor, event, subject_id FROM journal WHERE position = 1",
        "was never sealed: it was put in behind the program's back",
    ),
]
LEAVES = [
    (
        "UPDATE leaves SET leaf_hash = (SELECT leaf_hash FROM leaves WHERE leaf_index = 1) WHERE leaf_index = 2",
        "leaf 2 ",
    ),
    ("DELETE FROM leaves WHERE leaf_index = 3", "leaf 3 is missing"),
    ("DELETE FROM leaves WHERE leaf_index = (SELECT max(leaf_index) FROM leaves)", "facts were signed, and"),
]
ROWS = [
    ("UPDATE channels SET kind = 'courier' WHERE channel_id = '{channel}'", "channel {channel}: its kind"),
    ("UPDATE channels SET natural_person = NOT natural_person WHERE channel_id = '{channel}'", "natural_person"),
    ("UPDATE numbers SET kind = 'sim'", "its kind is not what its facts say"),
    ("UPDATE canaries SET issued_at = issued_at + 4096 WHERE canary_id = '{canary}'", "canary {canary}: it is not"),
    ("UPDATE canaries SET tags = '' WHERE canary_id = '{canary}'", "canary {canary}: its tags"),
    ("UPDATE canaries SET purpose = 'control' WHERE canary_id = '{canary}'", "canary {canary}: it is not"),
    ("DELETE FROM issued_for WHERE canary_id = '{canary}'", "canary {canary}: it is not"),
    ("UPDATE orders SET price = '1.00' WHERE order_id = '{order}'", "order {order}: it is not"),
    ("UPDATE orders SET placed_at = placed_at - 4096 WHERE order_id = '{order}'", "order {order}: it is not"),
    ("DELETE FROM exposures WHERE order_id = '{order}'", "order {order}: its route"),
    ("UPDATE exposures SET fields = 1 WHERE order_id = '{order}'", "order {order}: its route"),
    ("UPDATE exposures SET exposed_at = exposed_at + 4096 WHERE order_id = '{order}'", "does not open|its route"),
    ("UPDATE calls SET known_fields = 511 WHERE call_id = '{call}'", "call {call}: its known_fields"),
    ("UPDATE calls SET canary_id = NULL WHERE call_id = '{call}'", "call {call}: its canary_id"),
    ("UPDATE calls SET state = 'undone' WHERE call_id = '{call}'", "call {call}: its state"),
    ("UPDATE calls SET notes = NULL WHERE call_id = '{call}'", "call {call}: its notes"),
    ("UPDATE calls SET line_key = (SELECT number_key FROM numbers LIMIT 1)", "calls.line_key of"),
    ("UPDATE canaries SET line_key = (SELECT number_key FROM numbers LIMIT 1)", "canaries.line_key of"),
    (
        "UPDATE numbers SET number_key = (SELECT leaf_hash FROM leaves LIMIT 1) "
        "WHERE number_id = (SELECT max(number_id) FROM numbers)",
        "numbers.number_key of",
    ),
    ("UPDATE users SET role = 'owner'", "user {user}: its role"),
    ("UPDATE users SET disabled_at = NULL", "user {user}: its disabled_at"),
    ("UPDATE api_keys SET scopes = 'bulk'", "key {key}: its scopes"),
    ("UPDATE api_keys SET revoked_at = NULL", "key {key}: its revoked_at"),
    ("DELETE FROM api_keys", "key {key}: facts tell of it, and its row is gone"),
    ("UPDATE calls SET kind = 'telepathy' WHERE call_id = '{call}'", "the facts cannot be read any further"),
]


@pytest.mark.parametrize(("table", "changes"), [("journal", JOURNAL), ("leaves", LEAVES), ("", ROWS)])
def test_what_is_changed_is_named(filled, table, changes):
    """Each change alone, in a transaction that is taken back."""
    missed = {}
    for statement, said in changes:
        with filled.writing() as work:
            connection = work.session.connection
            for one in unlocking(connection.dialect.name, *filter(None, [table])):
                connection.exec_driver_sql(one)
            connection.exec_driver_sql(statement.format(**filled.ids))
            found = " / ".join(audit_ledger(work, filled.ledger_head, no_token).problems)
        if not any(one.format(**filled.ids) in found for one in said.split("|")):
            missed[statement] = found
    assert missed == {}
    assert problems(filled) == []


def no_token(token, digest):
    raise AssertionError("there is none")


def test_a_changed_checkpoint_is_named(filled, database_url):
    newest = "UPDATE checkpoints SET note = replace(note, 'tracer/', 'tracer/x')"
    tamper(filled, database_url, newest, "checkpoints")
    assert "does not hold: expected a checkpoint of the log tracer/" in problems(filled)[0]


def test_a_changed_node_is_named(app, database_url):
    app.ids = {}
    note(app, *(f"n{n}" for n in range(300)))
    app.seal_ledger()
    assert problems(app) == []
    tamper(app, database_url, "UPDATE tree_nodes SET node_hash = (SELECT leaf_hash FROM leaves LIMIT 1)", "tree_nodes")
    assert problems(app) == ["the stored hash 0 of level 8 is not that of its leaves"]


def test_a_log_put_in_behind_the_programs_back_is_named(app, database_url):
    """It would make the checkpoint that is kept outside the database one of a log before, and nothing be compared."""
    note(app, "a")
    app.seal_ledger()
    execute(
        database_url,
        "INSERT INTO ledger_logs (epoch, origin, public_key, private_key, begun_at, begun_size, continues) "
        "SELECT 2, 'tracer/forged/2', public_key, private_key, begun_at, begun_size, '' FROM ledger_logs",
    )
    assert any("the log tracer/forged/2 does not hold the key that it names" in one for one in problems(app))


def test_what_is_signed_while_an_audit_looks_is_no_alarm(app):
    note(app, "a")
    app.seal_ledger()
    head = app.ledger_head.now()
    with app.reading() as work:
        work.ledger.size()
        note(app, "b")
        app.seal_ledger()
        assert audit_ledger(work, head, no_token).problems == []
    assert problems(app) == []


def test_a_fact_that_lost_parts_without_an_erasure_is_named(filled, database_url):
    """As somebody with the key would: the payload rewritten as if it had been erased, and the row to his liking."""
    with filled.writing() as work:
        (fact, *_) = work.journal.about(filled.ids["order"])
        work.journal.erase(fact, [field.path for field in fact.record.fields if field.path.startswith("/payload/")])
        work.commit()
    execute(database_url, f"UPDATE orders SET price = '1.00' WHERE order_id = '{filled.ids['order']}'")
    assert problems(filled) == [
        f"order {filled.ids['order']}: parts of its facts are gone, and no erasure tells of it. "
        "The row was changed behind the program's back"
    ]


def test_a_database_set_back_is_not_signed(app, database_url):
    note(app, "a", "b", "c")
    app.seal_ledger()
    app.ids = {}
    statement = "DELETE FROM leaves WHERE leaf_index > 0"
    tamper(app, database_url, "DELETE FROM checkpoints", "checkpoints", "leaves")
    execute(database_url, statement)
    note(app, "d")
    with pytest.raises(LedgerForked, match=r"ends at 1 facts, and 3 were signed before.*set back to an older state"):
        app.seal_ledger()
    with app.reading() as work:
        assert (work.ledger.size(), work.ledger.pending()) == (1, 1)
        assert list(work.ledger.checkpoints()) == []
    assert any("3 facts were signed, and 1 are here" in problem for problem in problems(app))


def test_another_database_of_the_same_length_is_not_signed(app, database_url):
    note(app, "a", "b")
    app.seal_ledger()
    app.ids = {}
    tamper(app, database_url, "DELETE FROM checkpoints", "checkpoints", "leaves")
    execute(database_url, "UPDATE leaves SET leaf_hash = (SELECT leaf_hash FROM leaves WHERE leaf_index = 1)")
    note(app, "c")
    with pytest.raises(LedgerForked, match=r"the first 2 facts of the ledger are not those that were signed"):
        app.seal_ledger()


def test_a_head_of_another_key_is_an_alarm(app):
    note(app, "a")
    signed = app.seal_ledger()
    (path,) = (app.settings.home / "ledger").iterdir()
    path.write_text(signed.note.replace("\n1\n", "\n2\n"))
    note(app, "b")
    with pytest.raises(LedgerForked, match="does not hold a checkpoint of this registry's log"):
        app.seal_ledger()
    path.unlink()
    assert not audited(app).outside
    assert app.seal_ledger().size == 2
    assert audited(app).outside


def test_a_log_begun_anew_goes_on_under_another_name(app):
    note(app, "a")
    first = app.seal_ledger()
    with app.writing() as work:
        begun = work.ledger.begin_log(work.now, first.note)
        work.commit()
    again = app.seal_ledger()
    assert (again.epoch, again.size) == (2, 1)
    assert begun.key.name.startswith(f"{read_checkpoint(first.note)[0].origin}/2-")
    assert begun.continues == first.note
    with app.reading() as work:
        assert verified_checkpoint(again.note, work.ledger.log().key).root == read_checkpoint(first.note)[0].root
        assert [log.epoch for log in work.ledger.logs()] == [1, 2]
    note(app, "b")
    assert app.seal_ledger().size == 2
    assert problems(app) == []


@pytest.fixture
def stamped(tmp_path, monkeypatch):
    with authority(tmp_path, "good") as tsa:
        configure(monkeypatch, tsa)
        yield tsa


def configure(monkeypatch, tsa):
    monkeypatch.setenv("TRACER_TIME_AUTHORITIES", f'[{{"url": "{tsa.url}", "roots": "{tsa.roots}"}}]')
    monkeypatch.setenv("TRACER_OUTBOUND_ALLOW", '["127.0.0.1"]')


def test_a_checkpoint_is_stamped_once(stamped, app):
    note(app, "a")
    signed = app.seal_ledger()
    token = app.stamp_ledger()
    assert app.stamp_ledger() is None
    assert (token.size, token.authority) == (1, named(stamped.url))
    with app.reading() as work:
        kept, tokens = work.ledger.first_stamped(0)
        assert (kept.note, tokens) == (signed.note, [token])
        assert work.ledger.first_stamped(1) is None
    audit = audited(app)
    assert (audit.problems, audit.tokens, audit.untrusted) == ([], 1, 0)
    assert audit.stamped_until == token.stamped_at


def test_a_changed_token_is_named(stamped, app, database_url):
    note(app, "a")
    app.seal_ledger()
    app.stamp_ledger()
    app.ids = {}
    tamper(app, database_url, "UPDATE time_tokens SET stamped_at = stamped_at - 4096000000", "time_tokens")
    (problem,) = problems(app)
    assert f"the time token of {named(stamped.url)} over checkpoint 1 does not hold: it proves" in problem


def test_an_authority_that_lies_is_told_and_nothing_is_kept(app, tmp_path, monkeypatch):
    note(app, "a")
    app.seal_ledger()
    with authority(tmp_path, "wrong_imprint") as tsa:
        configure(monkeypatch, tsa)
        app.settings = load_settings(app.settings.home)
        with pytest.raises(NoTimeStamp, match="expected a stamp over sha256"):
            app.stamp_ledger()
    with app.reading() as work:
        assert work.ledger.first_stamped(0) is None


def test_the_jobs_seal_and_stamp(stamped, app):
    note(app, "a")
    app.clock = local_now
    app.settings = app.settings.model_copy(update={"job_seal": "1s", "job_stamp": "1s"})
    stop = Event()
    jobs = {name: RECURRING[name] for name in ("seal", "stamp")}
    thread = Thread(target=keep_jobs, args=(app, stop, "me", jobs, 0.05))
    thread.start()
    try:
        for _ in range(400):
            with app.reading() as work:
                if work.ledger.first_stamped(0):
                    break
            stop.wait(0.05)
    finally:
        stop.set()
        thread.join()
    with app.reading() as work:
        kept, (token,) = work.ledger.first_stamped(0)
    assert sha256(kept.note.encode()).digest() in token.token


def test_a_forked_ledger_is_an_alarm_of_the_job_and_an_authority_that_lies_is_told(app, tmp_path, monkeypatch, capsys):
    note(app, "a")
    signed = app.seal_ledger()
    with authority(tmp_path, "wrong_imprint") as tsa:
        configure(monkeypatch, tsa)
        app.settings = load_settings(app.settings.home)
        with app.writing() as work:
            begin_rows(work, [RECURRING[name].planned(app) for name in ("seal", "stamp")], app.zone)
            work.commit()
        assert "expected a stamp over sha256" in run_due(app, RECURRING["stamp"], Worker("me")).note
    (path,) = (app.settings.home / "ledger").iterdir()
    path.write_text(signed.note.replace("\n1\n", "\n2\n"))
    assert "does not hold a checkpoint of this registry's log" in run_due(app, RECURRING["seal"], Worker("me")).note
    assert "ledger_forked" in capsys.readouterr().out


def test_commands_seal_behind_themselves_and_verify(tracer_on):
    tracer_on.ok("channel", "add", "merchant", "兰亭")
    told = tracer_on.json("ledger", "verify")
    assert (told["holds"], told["size"], told["waiting"], told["checkpoints"]) == (True, 1, 0, 1)
    signed = tracer_on.json("ledger", "checkpoint")
    assert signed["size"] == 1
    assert verified_checkpoint(signed["checkpoint"], _key(signed["key"])).size == 1
    said = tracer_on.ok("ledger", "verify").out
    assert "1 fact sealed; 1 row compared with them." in said
    assert "Everything holds." in said
    execute(tracer_on.database_url or f"sqlite:///{tracer_on.home / 'tracer.db'}", "UPDATE channels SET kind = 'bank'")
    failed = tracer_on("ledger", "verify")
    assert failed.code == 1
    assert "its kind is not what its facts say" in failed.out


def _key(text):
    from tracer.domain.ledger.note import read_key

    return read_key(text)
