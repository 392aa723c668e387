"""Who says what, however it is written down."""

import pytest

from tracer.domain.transcript.plain import plain
from tracer.domain.transcript.said import Speaker
from tracer.domain.transcript.turns import read_turns


def by(text, speaker):
    said = read_turns(plain(text))
    return " ".join(said.words_of(turn).strip() for turn in said.of(speaker))


@pytest.mark.parametrize(
    "text",
    [
        "客服：您的面膜有问题\n我：我的订单号多少",
        "A：您好，我是客服，您的面膜有问题\nB：我的订单号多少",
        "甲: 您好女士，您的面膜有问题。 乙: 我的订单号多少",
        "——您好，您的面膜有问题\n——那我的订单号多少",
        "“您好，您的面膜有问题。”\n“那我的订单号多少？”",
        "[00:01] 对方：您的面膜有问题\n[00:09] 机主：我的订单号多少",
        "王：我的订单号多少\n客服：王女士，您的面膜有问题",
        "您好女士您的面膜有问题\n那我的订单号多少",
        "他说我的面膜有问题。我问他订单号多少。",
        "Agent: your 面膜 is faulty\nMe: 订单号 please",
        "<v Agent>your 面膜 is faulty\n<v Me>订单号 please".replace("<v Agent>", "Agent: ").replace("<v Me>", "Me: "),
    ],
)
def test_the_caller_and_the_callee_are_told_apart(text):
    assert "面膜" in by(text, Speaker.CALLER)
    assert "面膜" not in by(text, Speaker.CALLEE)
    assert "订单号" in by(text, Speaker.CALLEE)
    assert "订单号" not in by(text, Speaker.CALLER)


def test_a_message_is_all_the_senders():
    text = "【驿站】您的包裹已到。\n请问您几点来取？请回复。"
    assert by(text, Speaker.CALLEE) == ""


def test_who_is_called_by_a_label_is_the_callee():
    text = "Fella: Hiya Katie, your pram is lost\nKatie: What's the tracking number?"
    assert "tracking" in by(text, Speaker.CALLEE)
    assert "pram" in by(text, Speaker.CALLER)


def test_remarks_of_a_note_are_nobodys_words():
    text = "我在网上买了一台吸尘器。今天有人打来说我的快递丢了。我挂了。"
    assert "吸尘器" in by(text, Speaker.NOTE)
    assert "丢" in by(text, Speaker.CALLER)
