"""The file with the master key."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tracer.domain.errors import StoreUnavailable, WrongKey
from tracer.storage.keyfile import KeyFile, decode_keys


def create_key(path):
    (key,) = KeyFile(path).create()
    return key


def test_a_new_key_is_for_its_owner_only_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "tracer.key"
    key = create_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(key) == 32
    assert KeyFile(path).read() == [key]
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_that_is_there_is_never_replaced(tmp_path):
    path = tmp_path / "tracer.key"
    assert create_key(path) == create_key(path)


def test_makers_at_the_same_time_agree(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(create_key, [tmp_path / "tracer.key"] * 32))
    assert len(keys) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_two_keys_differ(tmp_path):
    assert create_key(tmp_path / "a") != create_key(tmp_path / "b")


def test_no_file_is_no_key(tmp_path):
    assert KeyFile(tmp_path / "tracer.key").read() == []


@pytest.mark.parametrize("text", ["", "ab" * 31, "ab" * 33, "z" * 64, "密" * 64])
def test_what_is_no_key_is_named_with_what_is_expected(tmp_path, text):
    path = tmp_path / "tracer.key"
    path.write_text(text, "utf-8")
    with pytest.raises(WrongKey, match=r"tracer\.key: expected 64 hexadecimal digits.*backup"):
        KeyFile(path).read()


def test_blanks_around_a_key_do_not_matter():
    assert decode_keys(f"  {'AB' * 32}\n", "TRACER_KEY") == [b"\xab" * 32]


def test_the_message_does_not_repeat_the_key():
    with pytest.raises(WrongKey) as refusal:
        decode_keys("0badc0de" * 7, "TRACER_KEY")
    assert "0badc0de" not in str(refusal.value)


def test_a_folder_in_its_place_is_named(tmp_path):
    with pytest.raises(WrongKey, match="cannot be read: Is a directory"):
        KeyFile(tmp_path).read()


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreUnavailable, match="cannot be written: No such file"):
        create_key(tmp_path / "gone" / "tracer.key")


ONE, TWO = b"\1" * 32, b"\2" * 32


@pytest.mark.parametrize("between", ["\n", ",", ", ", "\n\n"])
def test_several_keys_keep_their_order(between):
    assert decode_keys(between.join([TWO.hex(), ONE.hex(), TWO.hex()]), "here") == [TWO, ONE]


def test_one_bad_line_is_refused_with_all():
    with pytest.raises(WrongKey, match="expected 64"):
        decode_keys(f"{ONE.hex()}\nabc", "here")


def test_keys_are_written_over_others_whole_and_for_the_owner_only(tmp_path):
    path = tmp_path / "tracer.key"
    file = KeyFile(path)
    file.create()
    file.write([ONE, TWO])
    assert path.read_text() == f"{ONE.hex()}\n{TWO.hex()}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path):
    real = tmp_path / "real.key"
    KeyFile(real).create()
    link = tmp_path / "tracer.key"
    link.symlink_to(real)
    KeyFile(link).write([ONE])
    assert link.is_symlink()
    assert KeyFile(real).read() == [ONE]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_of_a_key_file_stays_its_owner(tmp_path):
    path = tmp_path / "tracer.key"
    file = KeyFile(path)
    file.create()
    os.chown(path, 65534, 65534)
    file.write([ONE])
    assert {one.stat().st_uid for one in (path, Path(file.set_aside(1, TWO)))} == {65534}


def test_a_key_set_aside_is_never_written_over(tmp_path):
    file = KeyFile(tmp_path / "tracer.key")
    file.create()
    places = [file.set_aside(1, ONE), file.set_aside(1, ONE), file.set_aside(1, TWO)]
    assert places[0] == places[1] == str(tmp_path / "tracer.key.retired-1")
    assert sorted(file.kept_aside()) == sorted([(places[0], ONE), (places[2], TWO)])


def test_what_stops_the_writing_leaves_the_keys_that_are_there(tmp_path, monkeypatch):
    file = KeyFile(tmp_path / "tracer.key")
    before = file.create()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreUnavailable, match="cannot be written: No space left"):
            file.write([ONE])
    assert file.read() == before
    assert [path.name for path in tmp_path.iterdir()] == ["tracer.key"]
