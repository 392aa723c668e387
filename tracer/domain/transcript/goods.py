"""Goods named in a text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tracer.domain.match import same_goods
from tracer.domain.transcript.finding import KnownOrder, Mention
from tracer.domain.transcript.plain import plain
from tracer.domain.transcript.said import Said

_LISTS = Path(__file__).with_name("words") / "goods.toml"
_BUY = r"(?:购买|选购|订购|网购|下单|定购|入手|(?<!购)买|拍(?!照)|购(?!物|买)|订(?!单))"
_MEASURE = r"(?:[一两二三四五六七八九十\d]{1,3}\s?)?(?:[个件条双套瓶盒支箱台袋副款只份包罐本部把床组对张块斤枝樽对桶盏顶辆串批]|箱子)?"
_CLOSE = r"(?=有|存在|出现|因为|由于|被|质[量检]|检|涉|含|属|不合|需|给|这边|现在|今|后来|然后|啊|呀|是不是|对[吧吗不,]|是[吧吗的]|的?(?:订单|包裹|快递|那单|那笔|这单|这笔)|的(?:客户|用户|时候|那)|吗|吧|嘛|[,。!?;:\n\"()]|$|\s|在|从|丢|发|缺|没|目前|由|查|派|要|批次|经|和|跟|出|不|都|也|好|可|漏|会|里|多|是)"
_BOUGHT = re.compile(
    rf"{_BUY}(?:了|的|过|到)?(?:一)?{_MEASURE}(?:的)?(?:我们(?:家|店)?的|咱们?家?的)?(?:那|这)?(?:款|个|件|批)?\"?(?P<item>[一-鿿a-z][一-鿿a-z\d]{{1,11}}?)\"?{_CLOSE}"
    rf"|(?:您|你)的(?:那|这)?{_MEASURE}(?P<yours>[一-鿿]{{2,8}}?)(?=(?:的)?(?:质量|质检|订单|批次|包裹|在运输|检测|被检|含有|甲醛))"
)
_ENGLISH = re.compile(
    r"\b(?:bought|purchased|ordered|purchase of|order (?:for|of)|picked up|delivery of|parcel with|package with|refund for|refund on)\s+(?:from (?:us|our (?:shop|store|site)) )?"
    r"(?:a|an|the|some|your|one|two|three|\d+|that|this|these|those|our|his|her)\s+(?:(?:pair|set|pack|box|bottle|jar|bag)s? of\s+)?(?P<item>[a-z][a-z' -]{2,40}?)"
    r"(?=\s+(?:on|from|for|last|in|with|at|is|was|has|have|had|that|which|yesterday|you|we|and|it|to|by|went|got|comes|came|ordered|bought|because|but|this|are|were|through|via|using|about|the|of|a)\b|[,.!?;:\n\"()]|$)"
)
_ABOUT = re.compile(
    r"\b(?:the|your|that|those|these|a|an) (?P<thing>[a-z][a-z' -]{2,34}?) (?:that |which )?(?:you|you've|you'd|i|i'd|he|she)(?: have| had)? (?:bought|ordered|purchased|had off|got from|had from|had delivered)\b|\byou (?:had|got) (?:a|an|the|some) (?P<had>[a-z][a-z' -]{2,30}?) (?:off|from|with) us\b|\border (?:of|for) (?P<of>[a-z][a-z' -]{2,30}?)(?= is\b| was\b| has\b| from\b|,|\.|$)|\border\b[^.!?\n]{0,24}\d[\da-z-]*,? (?:for )?(?:the|a|an|your) (?P<apposed>[a-z][a-z' -]{2,34}?)(?=,| at\b|\.|\?| is\b| has\b| was\b)|"
    r"\b(?:about|regarding|re|concerning|recall (?:on|of|for)|(?:problem|issue|fault|defect|trouble) (?:with|on|in)) (?:your|the) (?P<about>[a-z][a-z' -]{2,30}?)(?='s\b|,|\.|\?|!|;|:|$| order\b| you\b| from\b| that\b| which\b| is\b| are\b| was\b| has\b| on\b| we\b)"
    r"|\b(?:got|have|bringing|with) (?:a|an|your|the) (?P<got>[a-z][a-z' -]{2,30}?)(?= for you| to (?:deliver|drop)| off us| from us| here for you)"
    r"|\byour (?P<yours>[a-z][a-z' -]{2,30}?)(?='s (?:all |been |ready|here|in\b|coming)| (?:is|are) (?:ready|here|in stock|back in|all built)| order\b(?! (?:number|no))|,? order (?:number |no\.? |ending |#)?[a-z-]{0,4}\d| payment is| has been (?:recalled|lost)| (?:been|was) (?:lost|recalled))"
)
_HEADED = re.compile(
    r"(?:^|[,、:。]\s?|[那这](?:一)?[个件款单笔双瓶盒套台支条把部罐])(?P<item>[一-鿿]{1,5}[铛机器仪灯锅壶杯椅桌垫毯帽鞋靴袜裤裙衫衣袄包袋箱盒霜膏液乳油粉酒茶糖饼糕奶肉果饮纸笔刀表镜链戒珠球拍车杖架柜床枕帘套膜刷剂皂露酱仁蟹虾鱼参胶瓶碗伞画琴窝])"
    r"(?=[,、。!(]|运输|途中|因|丢|没货|缺货|断货|召回|质量|有问题|被|的订单|那单|我们|今天|给您|给你|要|呢|啊|嘛|吗|吧|对)"
)
_NOT_GOODS = re.compile(
    r"手机|司机|飞机|主机|随机|银行|支付宝|快递|包裹|钱包|红包|面单|信箱|邮箱|上车|下车|堵车|货车|卡车|开车|电话|机器|服务器|一瓶|这个|那个|大概|订单|照片|镜头|软件|礼包|打包|分享|门卫|快件|派件|系统|信封|成果|如果|结果|效果|后果|加油|取件码|货架|快递柜|丰巢|盒子|箱子|袋子"
)
_BRACKETED = re.compile(
    r"\b(?:for|of|your|the|item|order|return of) \"(?P<quoted>[a-z][a-z' -]{3,30})\"|(?:您|你|仅退款|我)(?:的)?[那这](?:一)?(?:[笔单件个款双瓶盒套条支台箱把顶副])(?P<those>[一-鿿]{2,8}?)(?=(?:的)?(?:订单|快递|质量|有|丢|出|被|检|缺|没|属|召|因|需|要|发|在|¥|\d|,|。|\s|$|是|给))|\b(?:contents?|containing|contains)(?: is| are| was|:|,)? (?:a |an |the |some )?(?P<inside>[a-z][a-z' -]{2,30})(?=[,.;!?\n]|$)|(?:\d|dollars|pounds|bucks|quid|euros|yuan|usd) (?:for|on) (?:a |an |the |some |your |those |that )?(?P<paid>[a-z][a-z' -]{2,30})(?=[,.;!?\n]|$)|\b(?:order|parcel|package|shipment|delivery)\b[^.!?\n(]{0,30}\((?P<item>[a-z][a-z' -]{3,40})(?:, [^)\n]{1,30})?\)|(?:订单|包裹|快递|快件)[^。!?\n(]{0,16}\((?P<yours>[一-鿿]{2,10})\)"
)
_VAGUE_HAN = re.compile(
    r"商品|东西|产品|订单|快递|包裹|宝贝|物品|货物|快件|这个|那个|什么|一单|我们|时候|时间|平台|店铺|网店|淘宝|京东|拼多多|抖音|旗舰|保险|会员|服务|礼品|记录|账户|行为|客户|用户|成功|网上|直播|价格|金额|记得|多少|可以|一下|然后|之后|以后|信息|地址|数据|资料|代理|理财|基金|股票|彩票|机票|火车票|课程|一些|照片"
    r"|下来|女士|先生|小姐|确认|取消|名字|号码|东东|理赔|退款|赔偿|单号|店里|家店|人员|问题"
    r"|^[这那哪几的了您你我他她就还过到没在是有被给啊呢吗不也都很和与及以为么单错重回贵多啥货号数人会好吧呀哦那说来去对]|[您你我了吗呢啊的]$"
)
_VAGUE_WORDS = frozenset(
    [
        "item",
        "items",
        "product",
        "products",
        "redelivery",
        "customs",
        "clearance",
        "handling",
        "processing",
        "verification",
        "fee",
        "fees",
        "postage",
        "shipping",
        "duty",
        "tax",
        "year",
        "night",
        "weekend",
        "month",
        "call",
        "question",
        "payment",
        "insurance",
        "cover",
        "policy",
        "warranty",
        "renewal",
        "vehicle",
        "car",
        "bill",
        "benefits",
        "pension",
        "loan",
        "accident",
        "complaint",
        "enquiry",
        "inquiry",
        "email",
        "request",
        "return",
        "membership",
        "plan",
        "contract",
        "bank",
        "address",
        "name",
        "house",
        "home",
        "property",
        "roof",
        "windows",
        "boiler",
        "energy",
        "broadband",
        "appointment",
        "booking",
        "visit",
        "survey",
        "letter",
        "debt",
        "claim",
        "case",
        "application",
        "internet",
        "line",
        "security",
        "activity",
        "transaction",
        "charge",
        "problem",
        "issue",
        "fault",
        "batch",
        "lot",
        "company",
        "team",
        "details",
        "information",
        "profile",
        "data",
        "system",
        "shipment",
        "consignment",
        "recent",
        "latest",
        "last",
        "new",
        "next",
        "first",
        "statement",
        "balance",
        "interest",
        "feedback",
        "experience",
        "parcels",
        "packages",
        "refunds",
        "something",
        "goods",
        "package",
        "parcel",
        "it",
        "them",
        "thing",
        "things",
        "order",
        "orders",
        "stuff",
        "anything",
        "purchase",
        "purchases",
        "number",
        "delivery",
        "refund",
        "account",
        "time",
        "day",
        "week",
        "money",
        "code",
        "card",
        "deal",
        "one",
        "ones",
        "phone",
        "app",
        "way",
        "same",
        "other",
        "subscription",
        "prize",
        "offer",
        "message",
        "text",
        "free",
        "gift",
        "voucher",
        "total",
        "price",
        "amount",
        "cost",
        "discount",
        "few",
        "online",
        "shop",
        "store",
        "website",
        "customer",
    ]
)
_SMALL_WORDS = frozenset(
    [
        "and",
        "the",
        "for",
        "with",
        "set",
        "pack",
        "pair",
        "box",
        "size",
        "inch",
        "piece",
        "pieces",
        "colour",
        "color",
        "black",
        "white",
        "red",
        "blue",
        "green",
        "large",
        "small",
        "medium",
        "new",
    ]
)
_NOT_OURS = re.compile(
    r"爆款|新款|热卖|特惠|低至|赠送|送(?:您|你)?(?:一)?[个台套份]?$|免费(?:送|领|赠)|送(?:您|你)一|领取|抽中|中奖|奖品|礼品|推荐|新款|优惠|打折|特价|有货吗|代理|加盟|想买|要不要|需要买|考虑|试用|换成|换个|升级"
    r"|\bfree\b|\bwin\b|\bwon\b|\bprize\b|\bgift\b|\boffer\b|\bdiscount\b|\bby your\b|\binterested in\b|\bpromotion\b|\bsale\b"
)
_SHOP = re.compile(
    r"\s?(?:旗舰店|专卖店|专营店|官方|店铺?|商城|品牌|客服|公司|厂|工厂|集团|商行|馆|坊|选物|超市|柜台|专柜|批发|行业|app|channel|\s?(?:shop|store|ltd|co\b|company|direct|outlet|online|boutique|warehouse|world|hub|club)\b)"
)


class _Entry(NamedTuple):
    shelf: str
    number: int
    whole: bool


class GoodsList(NamedTuple):
    """The words of goods: what each stands for, and the patterns that find them."""

    entries: dict[str, _Entry]
    common: frozenset[str]
    han: re.Pattern[str]
    latin: re.Pattern[str]


@lru_cache(maxsize=1)
def goods_list() -> GoodsList:
    """The list of goods, read once."""
    entries: dict[str, _Entry] = {}
    common: set[str] = set()
    for shelf, texts in tomllib.loads(_LISTS.read_text(encoding="utf-8")).items():
        for number, text in enumerate([texts["shelf"], *texts["goods"]]):
            for word in _words(text):
                if shelf == "common":
                    common.add(word)
                entries.setdefault(word, _Entry(shelf, number, number == 0))
    han = sorted((word for word in entries if not word.isascii()), key=len, reverse=True)
    latin = sorted((word for word in entries if word.isascii()), key=len, reverse=True)
    return GoodsList(
        entries,
        frozenset(common),
        re.compile("|".join(map(re.escape, han))),
        re.compile(rf"\b(?:{'|'.join(map(re.escape, latin))})\b"),
    )


def _words(text: str) -> list[str]:
    han, _, latin = text.partition("=")
    return [word.lower() for word in han.split()] + [word.strip().lower() for word in latin.split(",") if word.strip()]


def goods(said: Said, orders: Sequence[KnownOrder] = ()) -> Iterator[Mention]:
    """Every mention of goods that may be an order's: field "item"."""
    found: list[Mention] = []
    found += _bought(said)
    found += _listed(said)
    found += _ordered(said, orders)
    taken: list[tuple[int, int]] = []
    for one in sorted(found, key=lambda m: (-m.p, m.start - m.end)):
        if not any(one.start < end and start < one.end for start, end in taken):
            taken.append((one.start, one.end))
            yield one


def _bought(said: Said) -> Iterator[Mention]:
    for pattern in (_BOUGHT, _ENGLISH, _BRACKETED, _ABOUT, _HEADED):
        for found in pattern.finditer(said.text):
            group = found.lastgroup or "item"
            value = found[group].strip(" '-")
            if pattern is _HEADED and _NOT_GOODS.search(value):
                continue
            if not _is_vague(value) and not _refused(said, found.start(group), found.end(group)):
                known = bool(goods_list().han.search(value) or goods_list().latin.search(value))
                yield Mention(
                    "item",
                    found.start(group),
                    found.start(group) + len(found[group].rstrip()),
                    value,
                    0.95 if known else 0.7,
                )


def _listed(said: Said) -> Iterator[Mention]:
    words = goods_list()
    for pattern in (words.han, words.latin):
        for found in pattern.finditer(said.text):
            start, end = found.span()
            if _refused(said, start, end):
                continue
            if found[0] in words.common and not _beside_buying(said, start, end):
                continue
            yield Mention("item", start, end, found[0], 0.9)


def _ordered(said: Said, orders: Sequence[KnownOrder]) -> Iterator[Mention]:
    """The words of the orders' own goods, wherever they are said."""
    for item in {plain(order.item).text for order in orders if order.item}:
        han = {
            run[i:j]
            for run in re.findall("[一-鿿]{2,}", item)
            for i in range(len(run))
            for j in range(i + 2, len(run) + 1)
        }
        latin = set(re.findall(r"[a-z]{3,}", item)) - _VAGUE_WORDS - _SMALL_WORDS
        pieces = [re.escape(piece) for piece in sorted(han, key=len, reverse=True)]
        if latin:
            words = "|".join(sorted(latin, key=len, reverse=True))
            pieces.append(rf"\b(?:{words})(?:[ -](?:{words}))*\b")
        for found in re.finditer("|".join(pieces), said.text) if pieces else ():
            if not _SHOP.match(said.text, found.end()):
                yield Mention("item", *found.span(), found[0], 0.9 if len(found[0]) > 2 else 0.75)


def _beside_buying(said: Said, start: int, end: int) -> bool:
    left, right = said.left(start, 14), said.right(end, 8)
    return bool(
        re.search(
            r"(?:买|拍|购|订)(?:了|的|到|过)?[^,。!?;\n卡会]{0,6}$|\b(?:bought|ordered|purchased)\b[^,.!?\n]{0,24}$",
            left,
        )
        or re.match(r"(?:的)?订单", right)
    )


def _is_vague(value: str) -> bool:
    if re.search("[一-鿿]", value):
        return bool(_VAGUE_HAN.search(value)) and not goods_list().han.search(value)
    words = [word for word in re.findall(r"[a-z]+", value)]
    return not words or words[-1] in _VAGUE_WORDS or len(words) > 6


def _refused(said: Said, start: int, end: int) -> bool:
    clause = re.split(r"[,。!?;\n]", said.left(start, 16))[-1]
    return bool(_SHOP.match(said.text, end) or _NOT_OURS.search(clause))


def fits(value: str, order: KnownOrder) -> bool:
    """Whether goods as said can be an order's: a shared word, the same thing in the other language, or its shelf."""
    item = order.item.casefold()
    if not item or not value:
        return False
    if same_goods(value, item):
        return True
    words = goods_list()
    said = {words.entries[word] for word in _hits(value, words)}
    own = {words.entries[word] for word in _hits(item, words)}
    return any(
        one.shelf == other.shelf != "common" and (one.whole or other.whole or one.number == other.number)
        for one in said
        for other in own
    )


def _hits(text: str, words: GoodsList) -> list[str]:
    return words.han.findall(text) + words.latin.findall(text)
