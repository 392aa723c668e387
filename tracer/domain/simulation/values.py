"""Goods, prices and numbers of orders, and what a caller says of them."""

from __future__ import annotations

import numpy as np

from tracer.domain.simulation.world import Bools, Ints, Orders

ITEMS = (
    "日抛隐形眼镜三十片", "羊毛围巾", "儿童雨靴", "不锈钢炒锅", "无线鼠标", "氨基酸洗面奶", "运动短裤", "车载手机支架",
    "加厚床笠", "婴儿湿巾六包", "即食燕麦片", "帆布双肩包", "电动牙刷头", "汽车脚垫", "发膜", "女式凉鞋",
)  # fmt: skip
VAGUE = "您买的东西"
"""What a caller says who does not get the goods right."""

ITEM_RIGHT, PRICE_RIGHT, TAIL_RIGHT = 0.8, 0.9, 0.97
TAIL = 10_000


def draw_orders(placed: Ints, sent: Bools, rng: np.random.Generator) -> Orders:
    """Values of every order; what was never sent has no waybill."""
    size = len(placed)
    return Orders(
        placed=placed,
        item=rng.integers(0, len(ITEMS), size),
        cents=(100 * rng.lognormal(4.3, 0.8, size)).astype(np.int64) + 500,
        number=rng.integers(10**11, 10**12, size),
        waybill=np.where(sent, rng.integers(10**12, 10**13, size), 0),
    )


def price_text(cents: int) -> str:
    """As an order shows it."""
    return f"{cents // 100}.{cents % 100:02d}"


def waybill_text(number: int) -> str:
    """As a label shows it; empty where there is none."""
    return f"SF{number}" if number else ""


def account_text(number: int) -> str:
    """The shopper's account with the platform: another for every order."""
    return f"u{number % 10**8:08d}"
