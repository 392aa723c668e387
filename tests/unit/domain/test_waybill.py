import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.waybill import CARRIERS, candidates, carrier_named, carriers_of, plain_waybill

ALONE = [
    ("SF1234567890123", "sf"),
    ("YT1234567890123", "yto"),
    ("JDVB12345678901", "jd"),
    ("JD0012345678901-1-1-", "jd"),
    ("JT1234567890123", "jt"),
    ("DPK123456789012", "deppon"),
    ("LP00123456789012", "cainiao"),
    ("STO1234567890", "sto"),
]
SHARED = [
    ("73123456789012", {"zto", "jt", "best"}),
    ("4312345678901", {"yunda", "sto"}),
    ("773123456789012", {"sto", "sf", "cainiao"}),
    ("123456789012", {"sf", "yto"}),
    ("9812345678901", {"ems", "post"}),
    ("EA123456785CN", {"ems", "post"}),
]


@pytest.mark.parametrize(("number", "carrier"), ALONE)
def test_letters_of_one_carrier_tell_it(number, carrier):
    (found,) = candidates(number)
    assert (found.carrier_id, found.sure) == (carrier, True)
    assert found.reason


@pytest.mark.parametrize(("number", "carriers"), SHARED)
def test_digits_alone_are_of_several(number, carriers):
    assert set(carriers_of(number)) == carriers
    assert not any(one.sure for one in candidates(number))


def test_a_postal_number_with_a_wrong_check_digit_or_of_another_country_is_nobodys():
    assert carriers_of("EA123456784CN") == carriers_of("RB123456785GB") == ()


def test_how_a_number_is_typed_does_not_matter():
    assert plain_waybill(" ｓｆ１２３ 456\t7890123") == "SF1234567890123"
    assert carriers_of("sf 1234 5678 90123") == ("sf",)


@given(st.text(max_size=60))
def test_any_text_has_an_answer_of_carriers_that_there_are(text):
    found = carriers_of(text)
    assert set(found) <= set(CARRIERS)
    assert len(set(found)) == len(found)
    assert carriers_of(text.lower()) == carriers_of(text.upper()) or "ß" in text or not text.isascii()


@pytest.mark.parametrize(
    ("texts", "carrier"),
    [
        (("中通快递 城西站",), "zto"),
        (("SF Express",), "sf"),
        (("白杨快递", "yunda"), "yunda"),
        (("中国邮政速递物流",), "ems"),
        (("J&T",), "jt"),
        (("白杨快递",), None),
        (("顺丰", "zto"), None),
        (("Bestway couriers",), None),
    ],
)
def test_a_channels_name_and_tags_name_a_carrier_or_none(texts, carrier):
    assert carrier_named(*texts) == carrier
