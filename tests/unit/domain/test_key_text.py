"""A key says for itself whether it was copied whole."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.errors import NotAuthenticated
from tracer.domain.ids import ALPHABET
from tracer.domain.key_text import KeyText, read_key, write_key

key_ids = st.text(ALPHABET, min_size=10, max_size=10).map("trc_".__add__)
keys = st.builds(write_key, key_ids, st.binary(min_size=32, max_size=32))
characters = st.sampled_from(string.ascii_letters + string.digits + "_- \n") | st.characters()


def test_a_key_has_its_form():
    assert (
        write_key("trc_0123456789", bytes(31) + b"\x3e") == f"trc_0123456789_{'0' * 41}10_a52b34d0"
    )  # the CRC by gzip


@given(key_ids, st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_whole_key_comes_apart(key_id, secret, other):
    read = read_key(write_key(key_id, secret))
    assert (read.key_id, len(read.secret)) == (key_id, 43)
    assert (read == read_key(write_key(key_id, other))) == (secret == other)


@given(keys, st.data())
def test_every_change_of_one_character_is_noticed(text, data):
    place = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(characters.filter(lambda one: one != text[place]))
    refused(text[:place] + character + text[place + 1 :])


@given(keys, st.data())
def test_every_cut_is_noticed(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)).filter(lambda end: end - start < len(text)))
    refused(text[start:end])
    if end > start:
        refused(text[:start] + text[end:])


@given(keys, characters, st.data())
def test_every_character_more_is_noticed(text, character, data):
    place = data.draw(st.integers(0, len(text)))
    refused(text[:place] + character + text[place:])


@pytest.mark.parametrize("text", ["", "trc_", "Bearer x", "trc__" + "0" * 43 + "_00000000"])
def test_other_text_is_no_key(text):
    refused(text)


def test_a_key_taken_apart_does_not_show_its_secret():
    assert "sesame" not in repr(KeyText("trc_0123456789", "sesame"))


def refused(text):
    with pytest.raises(NotAuthenticated, match=r"not whole.*copy it again") as refusal:
        read_key(text)
    assert len(text) < 10 or text not in str(refusal.value)
