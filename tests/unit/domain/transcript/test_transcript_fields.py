"""Goods outside every list, prices without a sign, names in any place: what a caller is taken to know, and what not."""

import pytest

from tracer.domain.transcript.finding import KnownOrder
from tracer.domain.transcript.reading import read_transcript

READ = [
    ("Caller: Hi, is that Mrs Cartwright? The hedgehog doorstop you purchased on the 4th of November for "
     "eighteen pounds fifty has been recalled.\nMe: Oh?", "name:masked item order_time price"),
    ("Your order 88120 (Garden Gnome Set, £24.99) is on hold. Reply with your card details.", "order_no item price"),
    ("Caller: Hello Ben, the fidget cubes, order 5512, they've been discontinued.\nMe: ok", "name item order_no"),
    ("Caller: Tomasz? Hermes. We lost your box of model trains.\nMe: Ha.", "name item"),
    ("Caller: Your purchase of collectible coins was $230.\nMe: ok", "item price"),
    ("Caller: Hi, DPD claims, your parcel ends 4471, it had juggling clubs?\nMe: whose?", "waybill_no item"),
    ("客服：黄先生，您10月底在我们家买的那把人体工学椅，气压杆有爆炸风险。\n黄：哦", "name:masked item order_time"),
    ("您好，赵女士，您上周六在我们店拍的竹炭除湿袋检测不合格，29块9那个。", "name:masked item order_time price"),
    ("對方：你買嗰對登山杖有召回呀，四百八十蚊嗰對。\n我：哦", "item price"),
    ("Caller: This is Halifax fraud. Did you make a payment of £312 to Currys?\nMe: no", ""),
    ("Your parcel is ready at Spar, 12 Hill St. Use code 4471. Bring ID.", ""),
    ("Caller: Call us back at 555-0142 about your loan.\nMe: no", ""),
    ("Caller: Good morning, this is the police. A parcel with fake passports was seized.\nMe: what?", ""),
    ("您好，您的积分可以兑换一台空气炸锅，请加微信领取。", ""),
    ("你好，我是房产中介，您那套房子卖不卖？", ""),
    ("这里是云裳女装的客服，您的快递员电话020 7946 0225。", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "known"), READ, ids=[text[:24] for text, _ in READ])
def test_a_caller_knows_what_he_says_of_the_order_and_no_more(text, known):
    assert sorted(read_transcript(text).known_fields) == sorted(known.split())


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("She knew my name and that I had bought a cot mattress. She didn't know what I paid.", ["price"]),
        ("Driver: Evri, got a parcel.\nMe: Who's it for?\nDriver: Can't see.", ["name"]),
        ("客服：您好，淘宝客服，您的商品要召回。\n我：单号多少？\n客服：保密的。", ["order_no"]),
        ("客服：您买的羽绒被五百九十九退给您。\n我：我买的不是五百九十九。\n客服：呃。", ["price"]),
        ("他自称卖家，说我的快递丢了，让我加微信。他没讲我名字。", []),
    ],
)
def test_what_is_asked_or_called_wrong_is_unknown_and_what_is_not_mentioned_is_not(text, unknown):
    assert list(read_transcript(text).unknown_fields) == unknown


def test_goods_that_share_a_word_but_are_another_thing_are_not_the_orders():
    order = KnownOrder(item="徒步背包")
    assert "item" in read_transcript("客服：您好，您买的背包有问题", [order]).known_fields
    assert "item" not in read_transcript("客服：您好，您买的徒步鞋有问题", [order]).known_fields
