"""Amounts of money, and whether one is what the order cost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.finding import Mention, nearest
from tracer.domain.transcript.patterns import pattern
from tracer.domain.transcript.said import Said

_AMOUNT = pattern("money", "amount")
_CUES = pattern("money", "cues")
_STRONG_BEFORE = pattern("money", "strong_before")
_FOR_BEFORE = re.compile(r"\b(?:for|at)\s?(?:about |just |only |around )?$")
_ORDERED = re.compile(r"\b(?:bought|purchased?|order(?:ed)?|paid|got)\b")
_OF_GOODS = re.compile(r"^\s?(?:的|左右的|多的)(?:那|这)?(?:一)?[个件条双套瓶盒支箱台袋副款只份包罐本部把笔单]?[一-鿿]")
_FULL_REFUND = pattern("money", "full_refund")
_GIFT = re.compile(r"免费|领取|赠|礼品|抽中|中奖|\bfree\b|\bprize\b|\bgift\b|\bwin\b|\bwon\b")
_FEE_AFTER = re.compile(
    r"\s?(?:的)?[一-鿿]{0,4}(?:费|税|押金|保证金|定金|罚款)(?!了)|\s(?:\w+ ){0,2}(?:fee|charge|deposit|duty|fine)\b"
)
_WHAT_WAS_PAID = pattern("money", "what_was_paid")
_SO_MUCH = re.compile(r"的(?=[,。]|$|那|消费)|左右[,的那]")
_TAIL = re.compile(r"(?:尾[号数]|单号?|末[位尾]|后四位)\s?$")
_EACH = re.compile(r"/?(?:那[部个件条双套台支瓶盒款笔单]|一[套件双瓶盒个条箱支饼罐袋包](?!月))")
_FOR_GOODS = re.compile(r"\s(?:for|on) (?:a|an|the|some|your|those|these|that|[a-z-]+ed|[a-z]+-[a-z]+) ?[a-z]*")
_EVERY_MONTH = pattern("money", "every_month")
_OTHER_BEFORE = re.compile(r"(?:赔|退|补|扣|交|罚|转|借|贷|送|付您|给您|返|欠)[^,]{0,6}$")
_NOT_MONEY = pattern("money", "not_money")


def amounts(said: Said) -> Iterator[Mention]:
    """Every amount of money.

    Field "price" where it is the order's, "refund" for a full refund, "sum" where no word tells, else "amount".
    """
    for found in _AMOUNT.finditer(said.text):
        if found.start() and (said.text[found.start() - 1].isalnum() and said.text[found.start() - 1].isascii()):
            continue
        marked = bool(found["sign"] or found["unit"])
        start, end = found.span()
        left = _last_clause(said.left(start, 60))
        right = re.split(r"[,。!?;\n]|\.\s", said.right(end, 22))[0]
        if not marked and _NAMED_CODE.search(left):
            continue
        if not marked and (
            _NOT_MONEY.match(said.text, end)
            or not (
                _bare_price(left, right, found["number"])
                or _FOR_GOODS.match(right)
                or re.fullmatch(r"\d+\.\d\d", found["number"])
                or (len(found["number"]) > 1 and _SO_MUCH.match(right) and not _TAIL.search(left))
                or (len(found["number"]) > 1 and _EACH.match(right) and not _TAIL.search(left))
            )
        ):
            if _lone_number(found["number"], said, start, end, left):
                yield Mention("number", start, end, found["number"], 0.75)
            continue
        if (_A_PAYMENT.search(left) and not _FOR_GOODS.match(right)) or _NO_SUM.match(said.right(end, 12)):
            continue
        yield Mention(_kind(said, end, left, right), start, end, value_of(found), 0.93 if marked else 0.75)


_NAMED_CODE = re.compile(r"\b(?:order|transaction|number|ref|reference|case|claim|ending|ends in|code|flat|unit)\.? $")
_A_PAYMENT = re.compile(
    r"\b(?:did you (?:make|try|just)|was it you|have you (?:made|just)|passcode|code|otp"
    r"|attempt(?:ed)?|authori[sz]e|approve)\b[^.]{0,40}$"
    r"|\b(?:quote'?s?|insured|premium|card ending)\b[^.]{0,14}$|(?:后[四4]码|[后尾末][四4]?(?:位"
    r"|个字|个数)?(?:是|系)?)$"
)
"""Words before a sum that is not what an order cost: a charge to be approved, an insurance."""
_NO_SUM = re.compile(
    r" (?:on the (?:front|back)|digits?|digit)\b|\d*(?:栋|幢|单元|室|/\d)|/\d{1,2}\b| at (?:a "
    r"|the )?(?:petrol|station|[A-Z]{3})"
)
_NO_LONE = re.compile(
    r"(?:[a-z\d#/:.*-]|第|号|栋|幢|单元|路|楼|尾|码|位|字|系统|满|前|按|拨|打|转|再|约|房|室|年|是)\s?$|\b(?:order|number"
    r"|no|ending|ends in|tracking|ref|transaction|claim|case|id|flat|unit|press|page|room|in|at|about|within|type)\.? $"
)


def _lone_number(number: str, said: Said, start: int, end: int, left: str) -> bool:
    """Whether a number without any sign may be a price, should it stand beside goods or equal an order's."""
    return (
        not re.search(r"[:/.*#-]$", said.left(start, 1))
        and 2 <= len(number) <= 7
        and not number.startswith("0")
        and not _NO_LONE.search(left)
        and not _NO_SUM.match(said.right(end, 12))
        and not re.match(
            r"[a-z\d/:-]|\s?[年月日号点分秒楼栋室路岁个天位码期倍件瓶条双米寸折种]|\s?(?:st|nd|rd|th|am|pm|%|pack|pk|pcs?|mg|ml|cm|inch|oz|kg|x)\b",
            said.right(end, 4),
        )
    )


def value_of(found: re.Match[str]) -> str:
    """The amount of a match in digits: 180块5 is 180.5."""
    number = re.sub(r",(?=\d\d$)", ".", found["number"]).replace(",", "")
    if found["jiao"] and "." not in number:
        jiao = found["jiao"]
        return f"{number}.{jiao if jiao.isdecimal() else '一二三四五六七八九'.index(jiao) + 1}"
    cents = found["cents"] or found["pence"]
    return f"{number}.{cents}" if cents and "." not in number else number


def _last_clause(left: str) -> str:
    return re.split(r"[。!?;\n]|\.\s", left)[-1]


def _bare_price(left: str, right: str, number: str) -> bool:
    return len(number) <= 7 and bool(_STRONG_BEFORE.search(left)) and not re.match(r"\s?(?:的)?(?:订单|月|号)", right)


def _kind(said: Said, end: int, left: str, right: str) -> str:
    """price, refund (in full), refunded, or amount: what an amount is by the words around it."""
    if _FEE_AFTER.match(said.right(end, 10)):
        return "amount"
    if _EACH.match(said.right(end, 4)) and not _OTHER_BEFORE.search(left):
        return "price"
    if _WHAT_WAS_PAID.match(said.right(end, 50)):
        return "price"
    if _FULL_REFUND.search(left):
        return "refund"
    clause = re.split(r",", left)[-1]
    if _GIFT.search(clause):
        return "amount"
    strong = _STRONG_BEFORE.search(left)
    if strong:
        fee = nearest(_CUES, left[: strong.start()][-6:], right[:3])[0] == "other"
        return "amount" if fee or _EVERY_MONTH.match(right) else "price"
    if _EVERY_MONTH.match(right):
        return "amount"
    kind, distance = nearest(_CUES, clause, right, right_costs=1.2)
    if _FOR_BEFORE.search(left) and _ORDERED.search(left):
        return "price" if kind != "other" or distance > 6 else "amount"
    if _OF_GOODS.match(right) and (kind != "other" or not _OTHER_BEFORE.search(clause)):
        return "price"
    if kind == "":
        kind, distance = nearest(_CUES, left, "")
        distance += 4
    if kind == "other" and re.match(r"退|返|\brefund", _cue_text(clause or left)):
        return "refunded"
    if kind == "" or distance > 14:
        return "sum"
    return "price" if kind == "price" else "amount"


def _cue_text(left: str) -> str:
    found = list(_CUES.finditer(left))
    return found[-1][0] if found else ""
