"""What cannot be restored is refused with its reason, and nothing is touched."""

import json

import pytest

from tests.factories import registry
from tests.integration.backing_up import changed, empty, furnish, made, quiet
from tests.storage_dump import dump
from tracer.bootstrap import build
from tracer.domain.errors import (
    BackupRejected,
    DatabaseTooNew,
    LedgerForked,
    NotOurDatabase,
    StoreUnavailable,
    WrongKey,
)
from tracer.services.upkeep.rotate_key import rotate_key
from tracer.storage import rotation
from tracer.storage.backup import head_line
from tracer.storage.keyfile import KeyFile
from tracer.storage.ledger import Ledger

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Killed(BaseException):
    pass


@pytest.fixture
def furnished(app):
    furnish(app)
    return app


@pytest.fixture
def path(furnished):
    return made(furnished)


def untouched(app, path, error, match, **options):
    """It is refused, tried or meant, and nothing changed."""
    before = dump(app.settings.url)
    files = sorted(one.name for one in app.settings.home.rglob("*"))
    keys = app.settings.key_path.read_bytes() if app.settings.key_path.exists() else b""
    for act in (lambda: app.check_backup(path, quiet), lambda: app.restore(path, quiet, over=True)):
        with pytest.raises(error, match=match):
            act()
    assert dump(app.settings.url) == before
    assert sorted(one.name for one in app.settings.home.rglob("*")) == files
    assert (app.settings.key_path.read_bytes() if app.settings.key_path.exists() else b"") == keys


@SQLITE
def test_a_file_that_is_no_backup(furnished, path, tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("call the shop back")
    untouched(furnished, other, BackupRejected, r"notes\.txt is not a backup of Tracer")
    untouched(furnished, tmp_path / "gone", BackupRejected, r"cannot be read: No such file")
    untouched(furnished, tmp_path, BackupRejected, r"cannot be read: Is a directory")
    other.write_bytes(b"")
    untouched(furnished, other, BackupRejected, r"is not a backup")


@SQLITE
def test_a_backup_that_is_cut_off(furnished, path):
    size = path.stat().st_size
    for length in (size - 1, size // 2, path.read_bytes().index(b"\n") + 3):
        with changed(path, lambda content, length=length: content[:length]):
            untouched(furnished, path, BackupRejected, r"cut off")
    with changed(path, lambda content: content[:200]):
        untouched(furnished, path, BackupRejected, r"cut off in its first line|was changed or damaged")


@SQLITE
def test_a_backup_that_was_edited(furnished, path):
    def flip(content):
        return content[:-100] + bytes([content[-100] ^ 1]) + content[-99:]

    with changed(path, flip):
        untouched(furnished, path, BackupRejected, r"is not what was sealed")
    with changed(path, lambda content: content + b"x"):
        untouched(furnished, path, BackupRejected, r"goes on after its end")


@SQLITE
@pytest.mark.parametrize(
    ("name", "value"), [("made_at", "2020-01-01T00:00:00+00:00"), ("checkpoint", ""), ("backup_id", "00" * 16)]
)
def test_a_first_line_that_was_edited(furnished, path, name, value):
    with changed(path, lambda content: edited(content, **{name: value})):
        untouched(furnished, path, BackupRejected, r"chunk 1 of the backup is not what was sealed")


def edited(content, **changes):
    line, _, body = content.partition(b"\n")
    magic, form, told = line.decode().split(" ", 2)
    return f"{magic} {form} {json.dumps({**json.loads(told), **changes})}\n".encode() + body


@SQLITE
def test_a_first_line_that_makes_no_sense(furnished, path):
    for changes in ({"keys": []}, {"keys": [["?", 1]]}, {"made_at": "yesterday"}, {"backup_id": "?"}, {"schema": 7}):
        with changed(path, lambda content, changes=changes: edited(content, **changes)):
            untouched(furnished, path, BackupRejected, r"the first line of .* was changed or damaged")


@SQLITE
def test_a_backup_of_a_newer_program(furnished, path):
    with changed(path, lambda content: edited(content, schema="9999", program="7.0.0")):
        untouched(furnished, path, DatabaseTooNew, r"made by a newer Tracer \(7\.0\.0, schema 9999")
    with changed(path, lambda content: content.replace(b"tracer-backup 1 ", b"tracer-backup 2 ", 1)):
        untouched(furnished, path, DatabaseTooNew, rf"format 2, this program, .*, reads {head_line.FORMAT}")


def test_a_backup_of_another_registry(furnished, path, tmp_path):
    stranger = build(tmp_path / "elsewhere", clock=furnished.clock, seed=2)
    stranger.settings = stranger.settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'other.db'}"})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "tracer.key").write_bytes(furnished.settings.key_path.read_bytes())
    registry.add_channel(stranger)
    before = dump(stranger.settings.url)
    with pytest.raises(BackupRejected, match=r"is one of registry \w+, and .*other\.db holds registry \w+ with 1 fact"):
        stranger.restore(path, quiet, over=True)
    assert dump(stranger.settings.url) == before
    stranger.close()


@SQLITE
def test_a_registry_that_nobody_used_makes_room(furnished, path, tmp_path):
    fresh = build(tmp_path / "fresh", clock=furnished.clock, seed=2)
    fresh.settings = fresh.settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'fresh' / 'tracer.db'}"})
    fresh.open()
    fresh.close()
    with pytest.raises(WrongKey, match=r"tracer\.key holds another key"):
        fresh.restore(path, quiet)
    fresh.settings.key_path.write_bytes(furnished.settings.key_path.read_bytes())
    assert fresh.restore(path, quiet).set_aside


@SQLITE
def test_a_wrong_key_or_none(furnished, path):
    right = furnished.settings.key_path.read_bytes()
    KeyFile(furnished.settings.key_path).write([b"\xab" * 32])
    untouched(furnished, path, WrongKey, r"needs version 1 of the key of registry \w+, and .* holds another key")
    furnished.settings.key_path.unlink()
    untouched(furnished, path, WrongKey, r"needs version 1 .*, and there is no key in .*nothing was touched")
    furnished.settings.key_path.write_bytes(right)
    furnished.check_backup(path, quiet)


def test_a_backup_made_during_a_rotation_needs_both_keys(furnished, monkeypatch):
    def killed(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(rotation.KeyRotation, "_switched", killed)
        with pytest.raises(Killed):
            rotate_key(furnished.registry, furnished.actor, furnished.clock, lambda done, total: None)
    path = made(furnished)
    file = KeyFile(furnished.settings.key_path)
    old, new = file.read()
    assert furnished.check_backup(path, quiet).rows["key_versions"] == 2
    for kept, missing in ((new, 1), (old, 2)):
        file.write([kept])
        untouched(furnished, path, WrongKey, rf"needs version {missing} of the key .* being rotated")
    file.write([old, new])


@SQLITE
def test_a_ledger_that_is_not_the_one_that_was_signed(furnished, monkeypatch):
    """Whoever has the key and makes a backup of other rows is found out by the signature."""
    furnished.seal_ledger()
    real = Ledger.latest_checkpoint

    def older(self):
        found = real(self)
        first = next(iter(self.checkpoints()))
        return first if first.size < found.size else found

    registry.log(furnished)
    with monkeypatch.context() as patch:
        furnished.seal_ledger()
        patch.setattr(Ledger, "latest_checkpoint", older)
        monkeypatch.setattr(type(furnished), "seal_ledger", lambda self: None)
        path = made(furnished)
    untouched(furnished, path, BackupRejected, r"is not the one that was signed")


@SQLITE
def test_a_damaged_head_or_database_is_named(furnished, path):
    (head,) = (furnished.settings.home / "ledger").iterdir()
    furnished.close()
    damaged = changed(head, lambda content: content.replace(b"\n", b"\n7", 1))
    with damaged, pytest.raises(LedgerForked, match=r"Move the file ledger/\w+\.checkpoint elsewhere"):
        furnished.restore(path, quiet, over=True)
    database = furnished.settings.home / "tracer.db"
    scribbled = changed(database, lambda content: b"x" * len(content))
    with scribbled, pytest.raises(NotOurDatabase, match=r"move .*tracer\.db and its -wal file elsewhere first"):
        furnished.restore(path, quiet)
    cut = changed(database, lambda content: content[:9_000])
    with cut, pytest.raises((NotOurDatabase, StoreUnavailable), match="elsewhere"):
        furnished.restore(path, quiet, over=True)


def test_a_restore_that_is_stopped_leaves_nothing(furnished, path, monkeypatch):
    before = dump(furnished.settings.url)
    files = sorted(one.name for one in furnished.settings.home.iterdir())

    def stopped(*_, **_also):
        raise Killed

    furnished.close()
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "begin_log", stopped)
        with pytest.raises(Killed):
            furnished.restore(path, quiet, over=True)
    assert dump(furnished.settings.url) == before
    assert {one.name for one in furnished.settings.home.iterdir()} <= {*files}
    empty(furnished.settings.url)
    assert furnished.restore(path, quiet).checked.rows["calls"] == 1
