"""The demo's campaign: made-up parties, a plan of orders, and calls after cases that the press reported.

A consumer council tests shops for half a year. What it does not know: the east warehouse's print
computer is watched by strangers, and somebody at the short-video shop or its platform sells orders.
"""

from __future__ import annotations

from dataclasses import dataclass

CHANNELS = (
    # kind, id, name, parent
    ("platform", "taoyuan", "桃源商城", ""),
    ("platform", "weishang", "唯尚特卖", ""),
    ("platform", "kuaikan", "快看短视频", ""),
    ("merchant", "lens-shop", "明眸眼镜大药房", "taoyuan"),
    ("merchant", "beauty-shop", "花间美妆", "taoyuan"),
    ("merchant", "sock-shop", "棉立方袜业", "taoyuan"),
    ("merchant", "dress-shop", "织云女装", "taoyuan"),
    ("merchant", "skin-shop", "清肌护肤", "taoyuan"),
    ("merchant", "kids-shop", "小鹿童装", ""),
    ("merchant", "mousse-shop", "亮净家居", "kuaikan"),
    ("merchant", "member-desk", "悦己会员登记处", ""),
    ("warehouse", "east-warehouse", "东仓云仓", ""),
    ("warehouse", "west-warehouse", "西仓云仓", ""),
    ("courier", "jifeng", "疾风快递", ""),
    ("courier", "wenda", "稳达快递", ""),
    ("courier", "courier-lao-he", "贺师傅", "wenda"),
    ("station", "xingfuli", "幸福里驿站", ""),
)
NATURAL_PERSONS = frozenset({"courier-lao-he"})
LEGITIMATE_NUMBERS = {"jifeng": "+442079460950"}
NUMBERS = (
    # number, kind, extension digits ("" is shared)
    ("+442079460016", "landline", "4"),
    ("+442079460017", "landline", "4"),
    ("+447700900123", "sim", ""),
)


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order to place `day` days into the campaign: its id, route and goods; on the shared number or an extension."""

    order_id: str
    day: float
    route: tuple[str, ...]
    item: str
    price: str
    shared_line: bool = False
    state: str = ""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call `days` after its order was placed. `case` names the reported case it is modelled on."""

    order_id: str
    days: float
    known: str
    script: str = "other"
    role: str = "merchant"
    transcript: str = ""
    unknown: str = ""
    case: str = ""
    nature: str = ""
    caller: str = ""
    name_said: bool = True
    kind: str = "call"
    notes: str = ""


_SHOPS = (
    ("lens-shop", "月抛隐形眼镜两盒", "128.00"),
    ("beauty-shop", "粉底液", "189.00"),
    ("sock-shop", "棉袜六双", "39.90"),
    ("dress-shop", "女装两件", "236.00"),
)


_COURIERS = ("wenda", "jifeng", "courier-lao-he")


def _main_platform() -> list[PlannedOrder]:
    """80 orders over the main platform: every shop meets every warehouse and courier; some end before dispatch."""
    orders = []
    for n in range(80):
        shop, item, price = _SHOPS[n % 4]
        route = ["taoyuan", shop]
        stage = (n // 4) % 4
        if stage == 0:
            route.append("east-warehouse")
        elif stage == 1:
            route.append("west-warehouse")
        cancelled = stage == 3 and n % 8 < 4
        if not cancelled:
            route.append(_COURIERS[n % 3])
            if n % 5 == 0:
                route.append("xingfuli")
        state = "cancelled" if cancelled else "delivered"
        orders.append(PlannedOrder(f"T{n:02d}", 1.5 * n, tuple(route), item, price, n % 16 == 9, state))
    return orders


def _others() -> list[PlannedOrder]:
    kids = [
        PlannedOrder(
            f"W{n}",
            4 + 9 * n,
            tuple(filter(None, (platform, "kids-shop", "west-warehouse", "wenda"))),
            "女童西装套装",
            "329.00",
        )
        for n, platform in enumerate(("weishang", "", "weishang"))
    ]
    mousse = [
        PlannedOrder(f"K{n}", 6 + 8 * n, ("kuaikan", "mousse-shop", courier), "墙面清洁慕斯", "59.00")
        for n, courier in enumerate(("jifeng", "wenda", "courier-lao-he") * 2)
    ]
    skin = [
        PlannedOrder(f"S{n}", 8 + 12 * n, ("taoyuan", "skin-shop", "wenda"), "烟酰胺护肤套装", "268.00")
        for n in range(5)
    ]
    direct = [
        PlannedOrder(f"D{n}", 3 + 7 * n, (courier,), "一盒茶叶", "", state="direct")
        for n, courier in enumerate(("courier-lao-he", "jifeng", "wenda") * 3)
    ]
    return [*kids, *mousse, *skin, *direct]


ORDERS = (*_main_platform(), *_others())
ISSUED_ONLY = ("member-desk", "member-desk")
CONTROLS = 4

CALLS = (
    # The east warehouse's orders: name, goods, numbers, never the price.
    PlannedCall(
        "T00",
        6.2,
        "name item order_no",
        "wrong_membership",
        "platform",
        "您是{name}吧？您买的隐形眼镜这单，我们误给您开通了付费会员，每月会扣五百块，得马上帮您取消。",
        case="S1-1",
    ),
    PlannedCall(
        "T02",
        2.4,
        "name item order_no",
        "defect_refund",
        "merchant",
        "{name}您好，您订的棉袜检出有害物质，退您八十。……不配合的话，两千块就从您账户划走。",
        case="S4-3",
        notes="a threat of 2,000 followed",
    ),
    PlannedCall(
        "T03",
        3.1,
        "item name",
        "lost_parcel",
        "courier",
        "您那两件女装在路上丢了，我们全额退款，您加一下客服的聊天号。",
        case="S3-1",
        notes="moved to a chat",
    ),
    PlannedCall(
        "T16",
        1.4,
        "name waybill_no",
        "lost_parcel",
        "courier",
        "{name}，您的快递丢了，单号我报给您听，双倍赔付，请下载会议软件。",
        case="S4-5",
        notes="parcel of 180",
    ),
    PlannedCall(
        "T17",
        8.0,
        "name address item",
        "wrong_agent",
        "platform",
        "{name}女士您好，系统把您登记成代理商了，每个月自动扣钱，需要您一步一步转账解除。",
        case="S2-3",
    ),
    PlannedCall(
        "T18", 2.2, "name item waybill_no address", "defect_refund", "merchant", "袜子抽检不合格，给您办退款。"
    ),
    PlannedCall("T19", 5.5, "name phone item", "defect_refund", "merchant", "您买的女装甲醛超标，要召回。"),
    PlannedCall(
        "T33", 1.1, "name item order_no waybill_no", "lost_parcel", "courier", "您的粉底液运输途中破损，来理赔。"
    ),
    PlannedCall("T34", 3.6, "name address waybill_no", "lost_parcel", "courier", "包裹丢了，赔您三倍运费险。"),
    PlannedCall("T48", 4.2, "name item address", "defect_refund", "merchant", "隐形眼镜这批次有问题，退一赔一。"),
    PlannedCall("T50", 2.9, "name:masked item order_no", "order_problem", "platform", "您尾号这单被系统锁了，要解除。"),
    PlannedCall("T50", 3.0, "name:masked item", "order_problem", "platform", "刚才和您通过话的，请尽快处理。"),
    # The short-video shop and its platform: always seen together.
    PlannedCall(
        "K0",
        3.3,
        "name address item",
        "multiple_compensation",
        "merchant",
        "{name}您好，墙面慕斯有质量问题，按规定三倍赔给您。",
        case="S4-4",
        caller="+447700900941",
    ),
    PlannedCall(
        "K1", 2.0, "name item price order_time", "defect_refund", "merchant", "五十九块的慕斯要召回，退您全款。"
    ),
    PlannedCall("K3", 5.0, "name item price order_no", "defect_refund", "platform", "快看平台通知您退货款。"),
    PlannedCall(
        "K4", 1.2, "name price item order_time", "multiple_compensation", "merchant", "前几天下单的清洁慕斯，三倍赔付。"
    ),
    # Single cases: too few to settle.
    PlannedCall(
        "W1",
        58.0,
        "name order_no item price",
        "defect_refund",
        "merchant",
        "{name}您好，孩子那套西装，三百二十九的，有人穿了起疹子，给您退款，请共享一下屏幕。",
        case="S2-1",
        notes="QQ, screen share, loans were asked for",
    ),
    PlannedCall(
        "S1",
        9.0,
        "name item order_time",
        "defect_refund",
        "merchant",
        "{name}您好，您那天买的护肤品汞超标，召回补偿两百。",
        unknown="account",
        case="S4-1/2",
        caller="00447700900942",
        notes="asked for the account name, had none; the number shown began with 0",
    ),
    PlannedCall(
        "S1",
        9.2,
        "name item",
        "defect_refund",
        "merchant",
        "还是召回的事，请您配合。",
        case="S4-1/2",
        caller="00447700900942",
    ),
    PlannedCall(
        "T05",
        4.0,
        "order_time price name",
        "multiple_compensation",
        "merchant",
        "您上周下单、一百八十九元的那单粉底液有瑕疵，三倍赔偿。",
        case="S1-2",
    ),
    # What is no scam, and what any number gets.
    PlannedCall(
        "T14", 2.0, "name waybill_no", "delivery", "courier", "快递到楼下了，麻烦取一下。", caller="+442079460950"
    ),
    PlannedCall("T22", 3.0, "name:masked", "delivery", "courier", "幸福里驿站，您有包裹。", nature="legitimate"),
    PlannedCall("T30", 2.5, "", nature="unsure", transcript="响了两声就挂了。", name_said=False),
    PlannedCall("T12", 20.0, "", nature="unsure", transcript="请问需要贷款吗？", name_said=False),
    PlannedCall(
        "T37", 14.0, "", transcript="这里是社保局，您的账户异常。", name_said=False, role="police", script="threat"
    ),
    PlannedCall("D4", 31.0, "", transcript="装修需要了解一下吗？", nature="unsure", name_said=False),
)
CONTROL_RINGS = ((0, 33.0), (2, 71.0), (2, 71.2))
CASES = ("S1-1", "S1-2", "S2-1", "S2-3", "S3-1", "S4-1/2", "S4-3", "S4-4", "S4-5")
