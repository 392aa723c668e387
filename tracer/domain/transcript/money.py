"""Amounts of money, and whether one is what the order cost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.finding import Mention, nearest
from tracer.domain.transcript.said import Said

_AMOUNT = re.compile(
    r"(?:(?P<sign>[¥$£€]|\brmb|\busd|\bgbp|\bcny|\bnt\$?|\bus\$)\s?)?(?<![\d.])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+,\d\d(?=\s?(?:€|eur|zł|kr))|\d+(?:\.\d{1,2})?)(?![\d])"
    r"(?:\s?(?P<unit>块钱?(?P<jiao>[一二三四五六七八九\d](?![\d个天月年折倍]))?|元|圆|rmb|人民币|刀|美元|美金|英镑|港币|蚊|台币"
    r"|dollars?(?:\s(?:and\s)?(?P<cents>\d\d)\b(?:\scents)?)?|bucks|pounds?(?:\s(?:and\s)?(?P<pence>\d\d)\b)?|quid|yuan|kuai|euros?|eur|usd|gbp|cny|cedis?|naira|rand|rupees?|baht|pesos?|kroner?|kronor|zloty|ringgit|lira|francs?|dirhams?|grand))?"
)
_CUES = re.compile(
    r"(?P<price>花了?|付了?(?:款)?(?:的|是|金额)?(?!不)|实付(?:款)?|支付了?的?|价格|价钱|价值|金额|单价|总价|标价|售价|原价|货款|货值|到手价|买(?:了|的)?|购买(?:了|的)?|下单(?:了|的)?|拍(?:了|下)的?|消费|一共|总共|合计|成交|商品款|订单款|卖|收您"
    r"|\bpaid\b|\bcosts?\b|\bprice[ds]?\b|\bworth\b|\bbought\b|\bpurchased?\b|\border(?:ed)?\b|\btotal(?:s|led|ling)?\b|\bcame to\b|\bspent\b|\bvalue[d]?\b|\bvalued at\b|\bamount\b|\bset you back\b|\b(?:payment|transaction|charge|purchase) of\b)"
    r"|(?P<other>退款?(?!货)|退还|退给|退您|退你|返还?|赔(?:付|偿|给|您|你)?|补(?:偿|给|您|贴|差)|理赔|红包|优惠|立减|券|罚|违约金|滞纳金|扣(?:除|款|费|您|你|掉|走|收)?|手续费|会费|会员费?|年费|月费|服务费|代理费|每个?月|一个月|每年|一年"
    r"|保证金|押金|定金|保险|运费|邮费|快递费|运险费|关税|激活|解冻|贷|借|额度|工资|日结|佣金|奖金?|中奖|转(?:账|给|入|到|一笔|过)?|汇|充值?|缴|交(?:纳|一|个)|余额|税|打(?:给|到|过|一笔)?(?!电话)|存入|欠|逾期|利息|薪|话费|流水|刷(?!卡)|冻结|保管费|超重|加收|补交|免费|赠|多付|多扣"
    r"|\brefund\w*|\bcompensat\w*|\breimburs\w*|\bfees?\b|\bfine[ds]?\b|\bpenalt\w*|\bdeposit\b|\bper month\b|\bmonthly\b|\ba month\b|\bevery month\b|\ba year\b|\bannual\w*|\bmembership\b|\bsubscription\b|\bcustoms\b|\bshipping\b|\bpostage\b"
    r"|\bredeliver\w*|\btransfer\w*|\bsend\b|\bloan\w*|\bbonus\b|\bgift\b|\bvoucher\b|\bcoupon\b|\binsurance\b|\bpremium\b|\bcharge[ds]?\b|\bdebit\w*|\bcredit\w*|\bsalary\b|\bwages?\b|\bearn\b|\bwin\b|\bwon\b|\bprize\b|\bowe[ds]?\b|\btax\b|\bduty\b|\bdiscount\b|\boff\b|\bsurcharge\b|\bpay (?:a|the|us|only|just|another)\b|\bback\b|\bbalance\b)"
)
_STRONG_BEFORE = re.compile(
    r"(?:(?:花|(?<!首)付|支付|实付|实付款|消费|一共|总共|价格|价钱|金额|单价|总价|标价|售价|原价|货款|卖|价值|下单|买|买的|拍的)(?:了|是|为|的是|的|您|:|,|大概|大约|应该|金额|¥|\s){0,4}"
    r"|\b(?:paid|cost|costs|costing|price[d]?|worth|total(?:led)?|totalling|spent|value[d]?|amount|(?:payment|transaction|charge|purchase) of)(?: (?:was|is|of|at|for it|about|around|came to|us|you|exactly|of order|back))*:?\s?)$"
)
_FOR_BEFORE = re.compile(r"\b(?:for|at)\s?(?:about |just |only |around )?$")
_ORDERED = re.compile(r"\b(?:bought|purchased?|order(?:ed)?|paid|got)\b")
_OF_GOODS = re.compile(r"^\s?(?:的|左右的|多的)(?:那|这)?(?:一)?[个件条双套瓶盒支箱台袋副款只份包罐本部把笔单]?[一-鿿]")
_FULL_REFUND = re.compile(
    r"(?:全额|全款|原价)退|退.{0,3}全款|退(?:您|你|还)?(?:的)?(?:货款|货钱|商品款)|\bfull (?:refund|amount|price)|\brefund(?:ed)? (?:you )?(?:in full|the full|your full)|\bfull \S{0,4}$"
)
_GIFT = re.compile(r"免费|领取|赠|礼品|抽中|中奖|\bfree\b|\bprize\b|\bgift\b|\bwin\b|\bwon\b")
_WHAT_WAS_PAID = re.compile(
    r"^,? ?(?:which (?:is|was)|that's|is|being)? ?(?:what|the (?:amount|price|sum)) (?:that )?(?:you|it) ?(?:'d|had|have)? ?(?:paid|cost|spent)|^,?(?:就)?是您?(?:付|买|下单|购买)"
)
_EACH = re.compile(r"那[部个件条双套台支瓶盒款]|一[套件双瓶盒个条箱支饼罐袋包](?!月)")
_FOR_GOODS = re.compile(r"\s(?:for|on) (?:a|an|the|some|your|those|these|that|[a-z-]+ed|[a-z]+-[a-z]+) ?[a-z]*")
_EVERY_MONTH = re.compile(
    r"\s?(?:一个?月|每月|/月|每年|一年|a month|per month|monthly|a year|every month|each month|pm\b|of (?:compensation|debt))"
)
_OTHER_BEFORE = re.compile(r"(?:赔|退|补|扣|交|罚|转|借|贷|送|付您|给您|返|欠)[^,]{0,6}$")
_NOT_MONEY = re.compile(
    r"\s?(?:天|个|月|日|号|点|分|秒|小时|年|倍|位|件|折|岁|楼|栋|幢|单元|室|层|米|瓶|盒|%|times|days?|hours?|minutes?|weeks?|months?|years?|-|:)"
)


def amounts(said: Said) -> Iterator[Mention]:
    """Every amount of money: field "price" where it is the order's, "refund" for a full refund, "sum" where no word tells, else "amount"."""
    for found in _AMOUNT.finditer(said.text):
        if found.start() and (said.text[found.start() - 1].isalnum() and said.text[found.start() - 1].isascii()):
            continue
        marked = bool(found["sign"] or found["unit"])
        start, end = found.span()
        left = _last_clause(said.left(start, 60))
        right = re.split(r"[,。!?;\n]|\.\s", said.right(end, 22))[0]
        if not marked and (
            _NOT_MONEY.match(said.text, end)
            or not (
                _bare_price(left, right, found["number"])
                or _FOR_GOODS.match(right)
                or (len(found["number"]) > 1 and _EACH.match(right))
            )
        ):
            continue
        yield Mention(_kind(said, end, left, right), start, end, value_of(found), 0.93 if marked else 0.75)


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
