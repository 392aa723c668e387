"""Sealed fields and blind indexes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.errors import WrongKey
from tracer.storage.crypto import Cipher, RowCipher, header, index_subkey

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
CIPHER = Cipher(KEY)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_what_is_sealed_opens(text):
    assert CIPHER.open("calls", "notes", "c-1", CIPHER.seal("calls", "notes", "c-1", text)) == text


def test_the_empty_text_is_null():
    assert CIPHER.seal("calls", "notes", "c-1", "") is None


def test_the_same_text_never_looks_the_same():
    assert len({CIPHER.seal("calls", "notes", "c-1", "张晓萌") for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "place", [("calls", "notes", "c-2"), ("calls", "transcript", "c-1"), ("orders", "notes", "c-1")]
)
def test_a_value_does_not_open_anywhere_else(place):
    sealed = CIPHER.seal("calls", "notes", "c-1", "张晓萌")
    with pytest.raises(WrongKey, match="does not open"):
        CIPHER.open(*place, sealed)


def test_another_key_does_not_open_it():
    sealed = CIPHER.seal("calls", "notes", "c-1", "张晓萌")
    with pytest.raises(WrongKey) as refusal:
        Cipher(bytes(32)).open("calls", "notes", "c-1", sealed)
    assert "张晓萌" not in str(refusal.value)


def test_no_bit_can_be_changed():
    sealed = CIPHER.seal("calls", "notes", "c-1", "张")
    for place in range(len(sealed)):
        changed = bytes([*sealed[:place], sealed[place] ^ 1, *sealed[place + 1 :]])
        with pytest.raises(WrongKey):
            CIPHER.open("calls", "notes", "c-1", changed)
    with pytest.raises(WrongKey):
        CIPHER.open("calls", "notes", "c-1", sealed[:-1])


def test_an_older_key_version_is_named():
    with pytest.raises(WrongKey, match="another key version"):
        CIPHER.open("calls", "notes", "c-1", Cipher(KEY, key_version=2).seal("calls", "notes", "c-1", "x"))


def test_a_blind_index_matches_the_same_name_in_any_width_and_case():
    assert CIPHER.blind_index("name", "Ann Ｌee ") == CIPHER.blind_index("name", "ann lee")
    assert CIPHER.blind_index("name", "ann lee") != CIPHER.blind_index("name", "ann li")
    assert CIPHER.blind_index("name", "ann lee") != CIPHER.blind_index("line", "ann lee")
    assert CIPHER.blind_index("name", "ann lee") != Cipher(bytes(32)).blind_index("name", "ann lee")


TOKENS = [f"{place}|{sound}" for place in ("01", "12") for sound in ("zang", "xiao", "men")]


def test_a_claim_is_a_signed_64_bit_integer_of_token_and_key():
    (claim,) = CIPHER.claims(["sound|female|zang xiao men"])
    assert CIPHER.claims(["sound|female|zang xiao men"]) == [claim]
    assert Cipher(bytes(32)).claims(["sound|female|zang xiao men"]) != [claim]
    many = CIPHER.claims(map(str, range(1_000)))
    assert len(set(many)) == 1_000
    assert all(-(2**63) <= one < 2**63 for one in many)
    assert 400 < sum(one < 0 for one in many) < 600


def test_claims_of_one_number_lie_together_and_of_two_apart():
    here, there = (CIPHER.line_claims(number_id, TOKENS) for number_id in ("n-1", "n-2"))
    assert len({*here, *there, *CIPHER.claims(TOKENS)}) == 3 * len(TOKENS)
    assert len({claim >> 40 for claim in here}) == len({claim >> 40 for claim in there}) == 1
    assert here[0] >> 40 != there[0] >> 40
    assert [claim & (2**40 - 1) for claim in here] != [claim & (2**40 - 1) for claim in there]
    assert here == Cipher(KEY).line_claims("n-1", TOKENS)
    assert here != Cipher(bytes(32)).line_claims("n-1", TOKENS)


def test_line_claims_are_signed_64_bit_integers():
    claims = [CIPHER.line_claims(f"n-{n}", ["01|zang|xiao"])[0] for n in range(200)]
    assert all(-(2**63) <= one < 2**63 for one in claims)
    assert 60 < sum(one < 0 for one in claims) < 140


def test_a_key_of_the_wrong_length_is_refused():
    with pytest.raises(WrongKey, match="32 bytes, got 31"):
        Cipher(bytes(31))


def test_a_row_is_sealed_in_its_personal_columns_only():
    rows = RowCipher(CIPHER, "orders", ("item", "notes"), lambda values: str(values["order_id"]))
    sealed = rows.seal({"order_id": "o-1", "item": "保温杯", "notes": "", "price": "1"})
    assert (sealed["order_id"], sealed["price"], sealed["notes"]) == ("o-1", "1", None)
    assert "保温杯".encode() not in sealed["item"]
    assert rows.open(sealed) == {"order_id": "o-1", "item": "保温杯", "notes": "", "price": "1"}
    assert rows.open({"order_id": "o-1", "price": "1"}) == {"order_id": "o-1", "price": "1"}


def test_what_any_of_the_versions_at_hand_sealed_opens_and_the_newest_seals():
    old, new = Cipher(KEY), Cipher(OTHER, key_version=2)
    both = Cipher(OTHER, 2, others={1: KEY}, index_version=1)
    for cipher in (old, new, both):
        assert both.open("calls", "notes", "c-1", cipher.seal("calls", "notes", "c-1", "张晓萌")) == "张晓萌"
    sealed = both.seal("calls", "notes", "c-1", "x")
    assert sealed[:3] == header(2)
    assert new.open("calls", "notes", "c-1", sealed) == "x"
    with pytest.raises(WrongKey, match="another key version"):
        old.open("calls", "notes", "c-1", sealed)


def test_the_version_of_the_indexes_makes_indexes_and_claims():
    old, new = Cipher(KEY), Cipher(OTHER, key_version=2)
    for index_version, like in ((1, old), (2, new)):
        both = Cipher(OTHER, 2, others={1: KEY}, index_version=index_version)
        assert both.blind_index("line", "x") == like.blind_index("line", "x")
        assert both.claims(["a"]) == like.claims(["a"])
        assert both.line_claims("n-1", ["a"]) == like.line_claims("n-1", ["a"])


def test_a_value_has_an_index_under_every_version_the_present_one_first():
    old, new = Cipher(KEY), Cipher(OTHER, key_version=2)
    expected = [new.blind_index("line", "x"), old.blind_index("line", "x")]
    assert Cipher(OTHER, 2, others={1: KEY}).blind_indexes("line", "x") == expected
    assert Cipher(OTHER, 2, retired_indexes=[index_subkey(KEY)]).blind_indexes("line", "x") == expected
    assert Cipher(OTHER, 2, others={1: KEY}, index_version=1).blind_indexes("line", "x") == expected[::-1]


@pytest.mark.parametrize("content", [b"", b"\0\xff", b"x" * 100_000])
def test_bytes_are_sealed_as_text_is(content):
    sealed = CIPHER.seal_bytes("job_parts", "content", "j/in/1", content)
    assert CIPHER.open_bytes("job_parts", "content", "j/in/1", sealed) == content
    with pytest.raises(WrongKey):
        CIPHER.open_bytes("job_parts", "content", "j/in/2", sealed)
