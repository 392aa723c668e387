"""When the order was placed, as it was said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.finding import Mention, nearest
from tracer.domain.transcript.said import Said

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|wed|thurs?|fri|sat|sun"
_ORDINALS = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth"
    "|eighteenth|nineteenth|twentieth|twenty[- ]first|twenty[- ]second|twenty[- ]third|twenty[- ]fourth|twenty[- ]fifth|twenty[- ]sixth|twenty[- ]seventh|twenty[- ]eighth|twenty[- ]ninth|thirtieth|thirty[- ]first"
)
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_ORDINALS})"
_WHEN = re.compile(
    r"(?:(?:20\d\d年|今年|去年)?\d{1,2}月(?:份)?(?:\d{1,2}[日号]?|初|底|中旬)?|20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}[日号]?|(?<!\d)\d{1,2}[-/]\d{1,2}(?![\d/-])(?=[^\d]{0,6}(?:下单|买|购|拍|订))"
    r"|\d{1,2}\.\d{1,2}(?=[晚早上下中]|号|日|拍|买|那)|大前天|前天|昨[天日晚夜]|今天?[早晨]|今[天日晚]|当天|上个?(?:周|星期|礼拜)(?:[一二三四五六日天末]|1)?|上个?月(?:\d{1,2}[号日]|底|初|中旬)?|这个?(?:周|星期|礼拜)[一二三四五六日天末]|本?月?\d{1,2}[号日](?!楼|线|院|门|柜|店|仓|客服|工)"
    r"|(?:周|星期|礼拜)[一二三四五六日天末]|双(?:11|十一|12|十二)(?:当天|那天|期间)?|618|国庆(?:节)?|中秋(?:节)?|春节|元旦|五一|黑五|[\d一二两三四五六七八九十]{1,2}(?:天|个?星期|周|个月)(?:以)?前"
    r"|\byesterday\b|\btoday\b|\bthis morning\b|\btonight\b|\blast (?:night|week|weekend|month|"
    + _DAYS
    + r")\b|\b(?:the day before yesterday)\b|\b(?:a|one|two|three|four|five|six|seven|\d+|couple of) (?:days?|weeks?|months?) ago\b"
    rf"|\b{_DAY} (?:of )?(?:{_MONTHS})\b|\b(?:{_MONTHS})\.? (?:the )?{_DAY}\b|\bthe {_DAY}\b(?! (?:time|floor|one|four|three|two|six|digits?|number|half|thing|second|page|item|order|parcel|call|party|of your|person))|\b(?:on|this|since) (?:{_DAYS})\b|\bblack friday\b|\bcyber monday\b|\bboxing day\b|\bprime day\b|\bsingles'? day\b"
    r"|\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b|\b20\d\d-\d\d-\d\d\b)(?:的?(?:早上|上午|中午|下午|晚上|凌晨|傍晚|\s?\d{1,2}[点:]\d{0,2}分?)){0,2}"
)
_CUES = re.compile(
    r"(?P<order>下[的了]?(?:的)?单|下订|购买|购入|(?<!采)购|(?<!倒)买|拍(?:下|的|了)|订(?!单)|付款|支付|成交|消费|入手|网购|订单时间|下单时间|\border(?:ed)?\b|\bbought\b|\bpurchased?\b|\bplaced\b|\bpaid\b|\bbuy\b|\bgot\b|\bshopp(?:ed|ing)\b|\bpurchase date\b|订单|[那这](?:一)?单|[那这](?:一)?笔|的单)"
    r"|(?P<other>送|派|到(?!账)|签收|发货|发出|寄|给您送|取(?!消)|上门|之前|前(?![天日])|之内|内|处理|扣(?:款|费)?|到期|生效|过期|截止|逾期|丢|召回|赔|退|打(?:给|电话)|来电|联系|办|开通|配送|物流|营业|入库|揽|\bdeliver\w*|\barriv\w*|\bship\w*|\bdispatch\w*|\bbefore\b|\bby\b|\bexpire\w*|\bdue\b|\bcollect\w*|\bpick|\buntil\b|\bwithin\b|\bcharge[ds]?\b|\bdebit\w*|\bcall(?:ed|ing)?\b|\brang\b|\brenew\w*|\bstolen\b|\blost\b|\bsent\b|\bappointment\b|\binstall\w*|\bcom(?:e|ing)\b|\bslot\b|\bdigits?\b)"
)
_VAGUE = re.compile(r"^(?:\d{1,2}月份?|上个?月|last month|today|今[天日])$")


def order_times(said: Said) -> Iterator[Mention]:
    """Every time: field "order_time" where it is the order's, else "day" where it is of something else, "time" where no word tells."""
    for found in _WHEN.finditer(said.text):
        start, end = found.span()
        left = re.split(r"[。!?;\n]|\.\s", said.left(start, 64))[-1]
        right = re.split(r"[。!?;\n]|\.\s", said.right(end, 40))[0]
        # In Chinese the verb follows the time, in English mostly precedes it.
        latin = said.text[start].isascii() and not re.search("[一-鿿]", left[-8:] + right[:8])
        kind, distance = (
            nearest(_CUES, left, right)
            if latin
            else nearest(_CUES, _same_clause(left), _next_clause(right), right_costs=0.6)
        )
        near = distance <= (50 if latin else 12)
        p = 0.6 if _VAGUE.match(found[0]) else 0.92
        token = "order_time" if kind == "order" and near else "day" if kind == "other" and near else "time"
        yield Mention(token, start, end, found[0], p)


def _next_clause(right: str) -> str:
    return right.lstrip(" ,").split(",", 1)[0]


def _same_clause(left: str) -> str:
    return left.rsplit(",", 1)[-1]
