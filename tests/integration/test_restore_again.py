"""An older backup was restored, and then a newer one: the ledger goes on in yet another log."""

import shutil
from pathlib import Path

import pytest

from tests.factories import registry
from tests.integration.backing_up import made, quiet
from tracer.domain.errors import StoreUnavailable
from tracer.domain.ledger.checkpoint import read_checkpoint

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def restore(make_app, database_url):
    """Restore a file over what is there, as a process of its own; the application that did."""

    def over(path):
        app = make_app(database_url)
        return app, app.restore(Path(path), quiet, over=True)

    return over


def two_backups(app):
    registry.add_channel(app)
    older = made(app)
    for number in range(8):
        registry.add_channel(app, name=f"分店{number}")
    newer = made(app)
    app.close()
    return older, newer


def channels(app):
    with app.reading() as work:
        return len(list(work.channels.all()))


def test_a_newer_backup_comes_in_after_an_older_one(app, restore):
    older, newer = two_backups(app)
    back, first = restore(older)
    assert channels(back) == 1
    back.close()
    back, second = restore(newer)
    assert channels(back) == 9
    assert second.last_known < second.checked.ledger_size  # of the log in between
    with back.reading() as work:
        log = work.ledger.log()
        (fact,) = [one for one in work.journal.about(second.checked.head.instance_id) if "restored" in one.event]
    assert fact.payload["last_known_log"] == first.origin == read_checkpoint(log.continues)[0].origin
    registry.log(back)
    assert read_checkpoint(back.seal_ledger().note)[0].origin == log.key.name == second.origin
    assert back.audit_ledger(quiet).problems == []


@SQLITE
def test_what_was_set_aside_comes_back_by_a_backup_of_it(app, restore, make_app, database_url, tmp_path):
    older, _ = two_backups(app)
    back, first = restore(older)
    back.close()
    database = Path(database_url.removeprefix("sqlite:///"))
    shutil.copy(first.set_aside, database)
    put_back = make_app(database_url)
    with pytest.raises(StoreUnavailable, match="set aside by `tracer restore`"):
        put_back.back_up(quiet)
    path = put_back.back_up(quiet, tmp_path / "as-it-is.backup", unsealed=True).path
    put_back.close()
    again, restored = restore(path)
    assert channels(again) == 9
    registry.log(again)
    assert read_checkpoint(again.seal_ledger().note)[0].origin == restored.origin
