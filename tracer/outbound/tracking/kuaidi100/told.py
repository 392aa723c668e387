"""What Kuaidi100 tells of a parcel, in an answer and in a push alike.

https://api.kuaidi100.com/document/5f0ffb5ebc8da837cbd8aefc (query) and …/document/pushService (push): `com`, `nu`, and
`data`, a list of scans with `time` or `ftime` (China's, without a zone), `context`, `status`, `statusCode`, `areaName`.
With resultv2=4 each scan has a state of its own, of which the first digit is the group and the rest the finer state.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any

from tracer.domain.tracking import MOST_SCANS, ParcelScans, Scan, Stage

NAME = "kuaidi100"
CHINA = timezone(timedelta(hours=8))
CODES = {
    "sf": "shunfeng",
    "zto": "zhongtong",
    "yto": "yuantong",
    "sto": "shentong",
    "yunda": "yunda",
    "jd": "jd",
    "ems": "ems",
    "post": "youzhengguonei",
    "jt": "jtexpress",
    "deppon": "debangkuaidi",
    "best": "huitongkuaidi",
    "cainiao": "danniao",
    "zjs": "zhaijisong",
    "ucs": "youshuwuliu",
}
"""Kuaidi100's codes of our carriers."""
_OF_CODE = {**{code: carrier for carrier, code in CODES.items()}, "debangwuliu": "deppon", "shunfengkuaiyun": "sf"}
_STAGES = {
    "101": Stage.ORDERED,
    "102": Stage.ORDERED,
    "103": Stage.PICKED_UP,
    "1": Stage.PICKED_UP,
    "0": Stage.MOVING,
    "7": Stage.MOVING,
    "8": Stage.MOVING,
    "10": Stage.MOVING,
    "11": Stage.MOVING,
    "12": Stage.MOVING,
    "13": Stage.TROUBLE,
    "14": Stage.TROUBLE,
    "5": Stage.OUT_FOR_DELIVERY,
    "501": Stage.AT_STATION,
    "3": Stage.DELIVERED,
    "4": Stage.RETURNED,
    "401": Stage.RETURNED,
    "6": Stage.TROUBLE,
    "2": Stage.TROUBLE,
}
_NAMES = {
    "已下单": Stage.ORDERED,
    "待揽收": Stage.ORDERED,
    "已揽收": Stage.PICKED_UP,
    "揽收": Stage.PICKED_UP,
    "在途": Stage.MOVING,
    "干线": Stage.MOVING,
    "派件": Stage.OUT_FOR_DELIVERY,
    "投柜或驿站": Stage.AT_STATION,
    "签收": Stage.DELIVERED,
    "退签": Stage.RETURNED,
}
_TEXT_LIMIT = 1_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


def parcel_of(told: Mapping[str, Any]) -> ParcelScans:
    """The parcel of an answer, or of a push's lastResult. Scans without a time that can be read are passed over."""
    data = told.get("data")
    scans = [_scan(one) for one in data[:MOST_SCANS] if isinstance(one, Mapping)] if isinstance(data, list) else []
    return ParcelScans(
        service=NAME,
        waybill_no=_text(told.get("nu"))[:64],
        carrier=_OF_CODE.get(_text(told.get("com")).lower(), ""),
        scans=tuple(sorted({scan for scan in scans if scan is not None})),
    )


def _scan(told: Mapping[str, Any]) -> Scan | None:
    code, text = _text(told.get("statusCode")), _text(told.get("context"))
    for written in (told.get("ftime"), told.get("time")):
        with suppress(ValueError):
            at = datetime.fromisoformat(_text(written))
            at = at.replace(tzinfo=CHINA) if at.tzinfo is None else at.astimezone(CHINA)
            if 1971 < at.year < 2110:
                return Scan(
                    at, _stage(code, _text(told.get("status")), text), text, code[:16], _text(told.get("areaName"))
                )
    return None


def _stage(code: str, name: str, text: str) -> Stage:
    """By the finest state that is told; by words of the text only where no state is."""
    if code in _STAGES:
        return _STAGES[code]
    if code[:3] == "100":
        return Stage.MOVING
    if len(code) == 3 and code[0] in _STAGES:
        return _STAGES[code[0]]
    if name in _NAMES:
        return _NAMES[name]
    if name.endswith("签收"):
        return Stage.DELIVERED
    if re.search("已揽[收件]|已收取快件|揽收成功|【揽收】", text):
        return Stage.PICKED_UP
    if re.search(
        "(驿站|快递柜|丰巢|代收点|自提点|菜鸟柜).{0,20}(代收|暂存|取件|待取)|已(投递|存放)至.{0,30}(驿站|柜|代收)", text
    ):
        return Stage.AT_STATION
    return Stage.DELIVERED if re.search("已签收|签收人", text) else Stage.MOVING


def _text(value: object) -> str:
    return _CONTROL.sub(" ", str(value))[:_TEXT_LIMIT].strip() if isinstance(value, str | int) else ""
