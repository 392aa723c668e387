"""Wrong and missing keys while the key is rotated, and how it looks on the command line."""

import pytest

from tests.command_line import CommandLine
from tests.factories import records as rows
from tests.factories import registry
from tests.storage_dump import dump
from tracer.bootstrap import build
from tracer.domain.errors import WrongKey
from tracer.services.upkeep.rotate_key import rotate_key
from tracer.storage import rotation
from tracer.storage.keyfile import KeyFile

OTHER = b"\xab" * 32


class Killed(BaseException):
    pass


@pytest.fixture
def half(app, monkeypatch):
    """A rotation that stopped before the switch: its old and its new key."""
    registry.add_channel(app, contact="x@example.org")

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(rotation.KeyRotation, "_switched", killed)
        with pytest.raises(Killed):
            rotate(app)
    old, new = KeyFile(app.settings.key_path).read()
    return old, new


def rotate(app):
    return rotate_key(app.registry, app.actor, app.clock, lambda done, total: None)


def test_other_keys_are_refused_while_it_is_under_way(half, app, make_app, database_url):
    old, new = half
    file, before = KeyFile(app.settings.key_path), dump(database_url)
    said = {}
    for name, at_hand in {"wrong": [OTHER], "wrongs": [OTHER, b"\1" * 32], "old": [old], "new": [OTHER, new]}.items():
        file.write(at_hand)
        with pytest.raises(WrongKey) as refusal:
            make_app(database_url).open()
        said[name] = str(refusal.value)
        assert dump(database_url) == before
    assert "was sealed with another key. Put the right key in place; nothing was touched" in said["wrong"]
    assert said["wrongs"] == said["wrong"]
    assert "tracer.key holds version 1, and version 2 is missing. Put it there as well" in said["old"]
    assert "tracer.key holds version 2, and version 1 is missing. Put it there as well" in said["new"]
    assert not any(key.hex() in message for key in (old, new, OTHER) for message in said.values())
    app.settings.key_path.unlink()
    with pytest.raises(WrongKey, match="its key file is missing"):
        make_app(database_url).open()
    file.create()
    file.write([new, old])  # in whatever order, and with others between
    assert rotate(make_app(database_url)).new == 2


def test_a_missing_key_that_was_set_aside_is_pointed_at(half, app, make_app, database_url):
    old, new = half
    file = KeyFile(app.settings.key_path)
    place = file.set_aside(1, old)
    file.write([new])
    with pytest.raises(WrongKey, match=r"retired-1 holds version 1: put its line into .*tracer\.key as well") as told:
        make_app(database_url).open()
    assert place in str(told.value)


def test_a_process_that_cannot_get_the_new_key_refuses_until_it_can(app, make_app, database_url, tmp_path, monkeypatch):
    registry.add_channel(app)
    elsewhere = KeyFile(tmp_path / "elsewhere.key")
    (old,) = KeyFile(app.settings.key_path).read()
    elsewhere.create()
    elsewhere.write([old])
    monkeypatch.setenv("TRACER_KEY_FILE", str(tmp_path / "elsewhere.key"))
    far = make_app(database_url)
    assert registry.add_channel(far, "courier", "白杨快递") == "courier-1"
    rotate(app)
    before = dump(database_url)
    for attempt in (lambda: registry.add_channel(far, "courier", "青松"), lambda: registry.everything(far)):
        with pytest.raises(WrongKey, match=r"version 2 of its key in force; .*elsewhere\.key holds version 1"):
            attempt()
    assert dump(database_url) == before
    elsewhere.write(KeyFile(app.settings.key_path).read())
    assert registry.add_channel(far, "courier", "青松") == "courier-2"
    assert {channel.name for channel in registry.everything(app)["channels"]} >= {"青松", "白杨快递"}


def test_a_process_that_runs_on_learns_of_the_new_key_and_forgets_the_old(app, make_app, database_url):
    registry.add_channel(app)
    server = make_app(database_url)
    assert registry.everything(server)["channels"]
    rotate(app)
    assert registry.add_channel(server, "courier", "白杨快递") == "courier-1"
    assert set(server.registry.keys._known[2]) == {2}
    assert len(registry.everything(make_app(database_url))["channels"]) == 2


def test_a_backup_of_before_opens_with_the_key_that_was_set_aside(tmp_path):
    home = tmp_path / "home"
    app = build(home)
    registry.add_channel(app)
    app.close()
    backup = (home / "tracer.db").read_bytes()
    app = build(home)
    rotate(app)
    app.close()
    (home / "tracer.db").write_bytes(backup)
    app = build(home)
    with pytest.raises(WrongKey, match=r"sealed with another key.*retired-1 holds version 1: put its line"):
        app.open()
    with (home / "tracer.key").open("a") as file:
        file.write((home / "tracer.key.retired-1").read_text())
    again = build(home)
    assert registry.everything(again)["channels"]
    assert rotate(again).new == 2
    again.close()


def test_on_the_command_line(tracer_on, tmp_path):
    tracer: CommandLine = tracer_on
    tracer.ok("import", rows.write_bundle(tmp_path / "bundle", rows.campaign()))
    before = tracer.json("canary", "list")
    old = (tracer.home / "tracer.key").read_text().strip()
    status = tracer.json("rotate-key", "--status")
    assert [(key["version"], key["seals"], key["indexes"]) for key in status["keys"]] == [(1, True, True)]
    assert (status["under_way"], status["values_left"]) == (False, {})
    said = tracer.ok("rotate-key").out
    assert "Version 2 of the key is in force; " in said
    assert f"kept in {tracer.home / 'tracer.key.retired-1'}: backups made until now need it" in said
    assert old not in said
    assert tracer.json("canary", "list") == before
    table = tracer.ok("rotate-key", "--status").out
    assert "retired" in table
    assert "seals, indexes" in table
    ended = tracer.json("rotate-key")
    assert (ended["version"], ended["retired"], ended["to_remove"]) == (3, 2, "")


def test_the_command_says_how_much_is_left(half, app, tracer_on):
    status = tracer_on.json("rotate-key", "--status")
    assert status["under_way"]
    assert [(key["version"], key["seals"], key["indexes"]) for key in status["keys"]] == [
        (1, False, True),
        (2, True, False),
    ]
    assert "A rotation is under way: 0 values left to seal" in tracer_on.ok("rotate-key", "--status").out
    assert "Version 2 of the key is in force" in tracer_on.ok("rotate-key").out
