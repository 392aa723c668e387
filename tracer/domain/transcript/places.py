"""Addresses: the recipient's, not the station's and not the caller's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.said import Said

_NAME = r"[一-鿿a-z\d]"
_NUMBERED = r"[\da-z一二三四五六七八九十甲乙丙东西南北中-]{1,6}"
_PLACE = re.compile(
    rf"(?:{_NAME}{{2,6}}(?:省|市|区|县|镇|乡|街道)){{0,3}}{_NAME}{{1,8}}?(?:路|街|大道|巷|弄|胡同|小区|花园|公寓|大厦|苑|新村|家园|嘉园|华庭|公馆|名邸|村|里|城|府|庭|湾|郡|园|广场|家属院|宿舍|大学|学校|中学|小学|医院|道|邨|阁|坊)"
    rf"(?:{_NUMBERED}(?:号院|号楼|号|弄|栋|幢|座|期|单元|楼|层|室|户|门牌|段|巷|邨)){{1,4}}(?:{_NUMBERED}(?:单元|楼|层|室|户|号)){{0,1}}(?:\d{{1,5}}室?)?(?:-\d{{1,5}})*"
    rf"|{_NAME}{{2,8}}?(?:{_NUMBERED}(?:栋|幢|座|号楼|单元)){{1,2}}(?:\d{{1,5}}室?)?"
    rf"|(?:{_NAME}{{2,5}}(?:省|市|自治区)){_NAME}{{1,6}}(?:区|县|市){_NAME}{{1,8}}(?:路|街|镇|乡|小区|村|大道)"
    r"|\b(?:\d{1,5}[a-z]?|one|two|three|four|five|six|seven|eight|nine),? (?:[a-z][a-z'-]+ ){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|court|ct|way|place|pl|square|sq|crescent|terrace|gardens|grove|hill|row|walk|mews|boulevard|blvd|parade|circle|park|view|rise|green)\b\.?"
    r"|\b(?:flat|apartment|apt|unit|suite) \d{1,5}[a-z]?\b(?:,? (?:[a-z'\d-]+ ){0,3}[a-z'-]+ (?:house|court|street|road|avenue|lane|close|building|tower|mansions|heights|lodge))?"
)
_NAMED_PLACE = re.compile(
    rf"(?:地址(?:是|在|为|:)?|住(?:在|址是|的是)?|寄(?:到|往)|送(?:到|往|去)|收货地(?:址)?(?:是|在)?|您家(?:在|是|那个)?)(?:的是|您)?(?P<place>{_NAME}{{2,12}}?(?:路|街|小区|花园|公寓|大厦|苑|新村|家园|村|城|府|湾|园|学校|大学|医院|镇|里|庭|公司))(?!驿站|快递|门店|自提|代收|的?柜|菜鸟|店|超市)"
    r"|\bdeliver\w* to (?P<road>(?!the |your |a |my |our )[a-z][\w' ]{3,40}? \d{1,4}[a-z]?)\b"
    r"|\b(?:liv(?:e|es|ing) (?:on|in|at)|deliver(?:ed|ing)? to|address (?:is|on|at)|send (?:it )?to|sent to|shipped to|going to|parcel (?:for|to)|house (?:on|in))\s(?:you at |the address )?(?P<street>(?:[a-z][a-z'-]+ ){1,3}(?:street|st|road|rd|avenue|ave|lane|drive|close|court|crescent|terrace|gardens|grove|square|mews|way))\b"
)
_STATION_AFTER = re.compile(
    r"^\S{0,6}?(?:驿站|菜鸟|丰巢|快递柜|柜|代收|自提|门店|营业部|网点|仓|超市|便利店|商店|店|站|取件|取货|服务站|物业|保安室|门卫|传达室|收发室|派出所|支行|银行|分局)"
    r"|^\W{0,2}(?:locker|depot|shop|store|collection|pick-?up|parcelshop|post office|branch|newsagent)"
)
_STATION_BEFORE = re.compile(
    r"(?:驿站|菜鸟|丰巢|柜|代收点|自提点|门店|营业部|网点|仓库|我们(?:公司|店|这边|总部|门市|站)?(?:的地址|地址)?(?:就?在|是)|退(?:货|回)(?:到|地址)[^,。]{0,6}|寄回(?:到)?|(?:请|来|前往|至|到)(?:[^,。]{0,3})(?:领取|自取|取)|已到|存(?:放)?(?:在|于|至)|放(?:在|到|至)?|暂存(?:在|于)?|店(?:在|开在)|在)[^,。!?;\n]{0,4}$"
    r"|(?:locker at|depot (?:at|on)|shop at|our office|pick ?-?up (?:from|at|point)|collect(?:ed|ion)? (?:it |point )?(?:from|at)|left (?:it )?(?:at|with)|post office|branch|we're at|we are at|based (?:at|in)|return it to|send it back to|ready at|waiting at)[^,.!?\n]{0,14}$"
)
_OURS_BEFORE = re.compile(
    r"(?:地址|住在?|寄到|送到|寄往|收货|您家|你家|家住|家在|配送至|派送到|address|deliver(?:ed|y|ing)?(?: it)? to|live[sd]? (?:at|in|on)|living at|lives? )[^。!?;\n]{0,12}$"
)


def places(said: Said) -> Iterator[Mention]:
    """Every address: field "address" where it can be the recipient's, else "place"."""
    taken: list[tuple[int, int]] = []
    for pattern in (_PLACE, _NAMED_PLACE):
        for found in pattern.finditer(said.text):
            group = next((name for name, text in found.groupdict().items() if text), 0)
            start, end = found.span(group)
            if any(start < b and a < end for a, b in taken):
                continue
            taken.append((start, end))
            yield Mention(_kind(said, start, end), start, end, found[group], 0.9 if pattern is _PLACE else 0.85)


def _kind(said: Said, start: int, end: int) -> str:
    left = re.split(r"[,。!?;\n]", said.left(start, 24))[-1]
    own = said.text[start:end]
    if re.search(
        r"驿站|菜鸟|丰巢|快递柜|超市|便利店|商店|门店|代收点|营业部|网点|仓库|派出所|银行|支行", own
    ) or _STATION_AFTER.match(said.right(end, 12)):
        return "place"
    if _OURS_BEFORE.search(left):
        return "address"
    return "place" if _STATION_BEFORE.search(left) else "address"
