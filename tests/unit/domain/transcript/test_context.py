"""What was said against the orders that it may be about."""

from datetime import UTC, datetime

import pytest

from tracer.domain.transcript.finding import KnownOrder
from tracer.domain.transcript.reading import read_transcript

ORDER = KnownOrder(
    name="张晓萌",
    gender="female",
    phone="+442079460016",
    alias="+442079460777",
    address="幸福路27号锦绣花园3栋502",
    item="玻尿酸补水面膜",
    price="129.00",
    order_no="330019915871",
    waybill_no="SF1390027716",
    account="moth_collector",
    placed_at=datetime(2026, 11, 3, 20, 15, tzinfo=UTC),
)


def known(said, *orders):
    return set(read_transcript(said, orders or (ORDER,)).known_fields)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("请问是章小梦女士吗？", "name"),  # by sound
        ("请问是張女士嗎？", "name:masked"),
        ("您买的护肤品有问题", "item"),  # the shelf
        ("您买的 face mask 有问题", "item"),  # the other tongue
        ("您买的面膜花了一百三", "price"),  # within two per cent
        ("订单尾号5871", "order_no"),
        ("单号尾号7716的件", "waybill_no"),
        ("单号尾号5871的那笔", "order_no"),  # 单号 says not of what; the order does
        ("您11月3号下单的", "order_time"),
        ("寄到幸福路27号对吧", "address"),
    ],
)
def test_a_true_value_is_known(said, field):
    assert field in known(f"客服：您好，{said}")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("请问是李建国先生吗？", "name"),
        ("请问是王女士吗？", "name:masked"),
        ("您买的羽绒服有问题", "item"),
        ("您买的面膜花了一百八", "price"),
        ("订单尾号5872", "order_no"),
        ("运单尾号7717", "waybill_no"),
        ("您10月3号下单的", "order_time"),
        ("寄到解放路8号2栋301对吧", "address"),
    ],
)
def test_a_false_value_is_not(said, field):
    assert field not in known(f"客服：您好，{said}")


def test_without_orders_what_is_stated_counts():
    assert "price" in set(read_transcript("您买的面膜花了一百八").known_fields)


def test_a_value_of_any_order_on_the_line_counts_but_not_anothers_once_the_name_is_heard():
    other = KnownOrder(name="李建国", item="电饭煲", price="349")
    assert "price" in known("您好，您付了349元", ORDER, other)
    assert "price" not in known("您好，请问是张晓萌女士吗？您付了349元", ORDER, other)
    assert "price" in known("您好，请问是李建国先生吗？您付了349元", ORDER, other)
