"""Whom the caller claims to be: the first claim."""

from __future__ import annotations

import re

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.said import Said, Speaker

_ROLES = {
    "station": r"驿站|丰巢|快递柜|智能柜|代收点|自提点|自提柜|菜鸟(?!裹裹|物流|网络)|取件点|服务站|\blocker\b|\bpick-?up point|\bcollection point|\bparcel ?shop|\binpost\b|\bnewsagent|\bcorner shop|\bpost office\b|\bpost room\b|\breception\b",
    "police": r"\b165\b|公安|警察|警官|派出所|民警|反诈|刑警|刑侦|网警|检察|法院|\b110\b|96110|\bpolice\b|\bofficer\b|\bdetective\b|\bfbi\b|\bsheriff|\bscotland yard|\bconstable|\baction fraud",
    "warehouse": r"仓库|云仓|仓储|发货部|仓配|仓管|\bwarehouse\b|\bfulfil+ment\b|\bdistribution cent",
    "merchant": r"旗舰店|专卖店|专营店|网店|店铺|商家|卖家|店家|厂家|厂商|品牌方?|小店|商行|本店|我们(?:家|店)|掌柜|商铺|微店|天猫店|淘宝店|京东店|抖店|(?<=[一-鿿])店(?=的|客|售|,|\s|。|$)|选物|直播间|\b(?:online |web)?shop\b|\bstore\b|\bseller\b|\bmerchant\b|\bbrand\b|\bretailer\b|\bboutique\b|\bvendor\b|\bthe maker\b|\bmanufacturer\b|卖场|^店$|美妆|家居|女装|童装|药房|服饰|母婴|护肤|电器|数码|食品|鞋业",
    "courier": r"顺丰|圆通|中通|申通|韵达|极兔|邮政|\bems\b|德邦|百世|京东物流|京东快递|菜鸟裹裹|宅配|丹鸟|宅急便|黑猫|新竹物流|嘉里|快递|物流|速运|速递|快运|派送|送货|跑腿|配送|闪送|外卖|\bdhl\b|\bups\b|\busps\b|\bfedex\b|\bdpd\b|\bhermes\b|\bevri\b|\broyal mail\b|\byodel\b|\bparcelforce\b|\bcourier\b|\bdelivery (?:company|driver|guy|team|department|service|office)\b|\bpostman\b|\bparcel (?:service|company|force)\b|\bcanada post|\baustralia post|\bups\b|\bdriver\b|\blogistics\b|\bexpress\b|\bparcel[a-z]+\b|\b[a-z]+(?:parcels?|express|couriers?|logistics|post)\b|\bpostie\b|\bupstairs with your|速递|货运|片区|\bhaul\w*|\bshipping (?:company|firm|agent)",
    "bank": r"(?:银行|信用社|信用卡(?:中心|部)|建行|工行|农行|招行|中行|交行|邮储|信用卡客服)|\bbank\b|\bhsbc\b|\bbarclays\b|\bchase\b|\bwells fargo\b|\blloyds\b|\bnatwest\b|\bsantander\b|\bciti(?:bank)?\b|\bmonzo\b|\brevolut\b|\bhalifax\b|\bcredit union\b|\bcard (?:services|centre|center|department)|\bfraud (?:department|team)",
    "payment": r"支付宝|微信支付|财付通|银联|花呗|借呗|白条|京东金融|云闪付|支付(?:公司|平台|中心)|金条|\bpaypal\b|\b[a-z]* ?pay\b(?= |,|\.|$)(?! (?:a|the|you|for|by|us|it|now|to))|\bbilling (?:department|team)|\balipay\b|\bvisa\b|\bmastercard\b|\bklarna\b|\bstripe\b|\bvenmo\b|\bzelle\b|\bcash app\b|\bpayment (?:service|provider|processor|company|centre|center|team)|\bclearpay\b|\bunionpay\b",
    "platform": r"淘宝|天猫|京东|拼多多|抖音|唯品会|快手|小红书|得物|闲鱼|\b1688\b|苏宁|亚马逊|虾皮|蝦皮|\bmomo\b|露天|当当|网易严选|阿里|美团|饿了么|多多|(?<!理财)(?<!贷款)(?<!借款)平台|商城|电商|\bamazon\b|\bebay\b|\betsy\b|\btemu\b|\bshein\b|\baliexpress\b|\bshopee\b|\blazada\b|\bwalmart\b|\btaobao\b|\btmall\b|\bjd\b|\bvipshop\b|\bpinduoduo\b|\btiktok(?: shop)?\b|\bmarketplace\b|\bplatform\b|\bvinted\b|\bdepop\b|\bzalando\b|\basos\b",
    "other": r"保险(?:公司)?|市场监管|消协|消费者协会|质监|质检局|海关|联通|移动公司|中国移动|电信|运营商|贷款|金融公司|信贷|小贷|教育|培训|中介|仲介|银保监|银监|人力|招聘|调查|调研|装修|房产|理财|投资|基金|证券|律师|社区|居委|医院|学校|体检|健身|课程|税务|社保|医保|礼品中心|福利中心|征信|协会|维权|理赔(?:中心|公司|部)|燃气|供电|自来水|物业|客服中心|营业厅|\binsurance\b|\bsurvey\b|\bresearch\b|\bloans?\b|\bfinance\b|\bfunding\b|\bvolunteer\b|\blending\b|\bcharity\b|\benergy\b|\bbroadband\b|\brecruit|\bhmrc\b|\birs\b|\bcustoms\b|\btrading standards\b|\bsolar\b|\bcouncil\b|\bwarranty\b|\bsolicitors?\b|\blegal\b|\bclaims\b|\brecall centre\b|\bmicrosoft\b|\bdentist|\bclinic\b|\binvestment|\bproperty\b|\bestate agent|\bconsumer (?:council|protection)|\bclinic|\bmobile (?:network|provider)|\bvodafone\b|\bgym\b|\bschool\b|\bagency\b",
}
_ROLE = {role: re.compile(words) for role, words in _ROLES.items()}
_FRAME = re.compile(
    r"我(?:们)?(?:这边|这里|这儿|呢|哋)?(?:就)?(?:是|系|来自|代表)(?!给|看|说|不|想|问|您|你)|我(?:们)?(?:这边|这里|这儿)|这(?:里|边|儿)(?:就)?(?:是)?|自称(?:自己)?(?:是)?|冒充|说(?:自己|他|她|他们|对方)?是|本人是|来电(?:的)?是|接到(?:一个)?(?:自称)?(?:是)?|打来的(?:是)?|你好,?我(?=[一-鿿]{2,6}的)"
    r"|\bthis is(?! (?:about|regarding|a courtesy|not|your|the last|to))\b|\b(?:i'm|i am|it's|we're|we are|me|my name is)(?: \w+){0,4},? ?\b(?:from|with|at|of|for)\b|\bcalling (?:you )?(?:from|on behalf of|for)\b|\b(?:i'm|i am|we are|we're) (?:the|a|an|your)\b|\b(?:claim(?:ed|ing|s)?|said|says|pretend(?:ed|ing)?|reckoned|saying) (?:to be|he was|she was|they were|he's|she's|they're|it was|he is|she is)\b(?: calling)?(?: from)?|\bfrom\b(?! you\b| us\b| our\b| me\b| your\b| my\b| the order| \d)|\bit's\b|\bhere from\b|\bcall from\b"
)
_CUSTOMERS = re.compile(
    r"(?:您|你|我)(?:上次|之前|最近|昨天|前几?天)?在$|(?:您|你|我)在[^,。]{0,10}$|(?:您|你|我)的$|\b(?:your|my|bought (?:it |this )?(?:from|on)|ordered (?:it )?(?:from|on)|purchase (?:from|on)|order (?:from|with|on)|shop(?:ped|ping)? (?:on|at|with)|account (?:with|on|at)|contact|call|check with)\b[^,.]{0,18}$"
)
_SPECIFIC = ("station", "warehouse", "merchant", "courier", "police", "payment", "bank", "platform", "other")
_SIGNED = re.compile(
    r"^\W{0,3}[\[【(<]([^\]】)>\n]{2,20})[\]】)>]|^\s*([a-z][a-z .&']{1,24}):\s|[\[【]([^\]】\n]{2,20})[\]】]\s*$"
)
_OWN_SHOP = re.compile(
    r"(?:我们|咱们|我|咱|本)(?:家|店|这个店)(?:里|铺|的)?|在我(?:们|哋)?(?:店|家|这|度|这边|这里)[^,。]{0,4}(?:买|购|下单|拍|订)|(?:from|with) us\b|\bour (?:shop|store|boutique|customers)\b|\bbought from us"
)


def claimed_role(said: Said) -> Mention | None:
    """The first party that the caller claims to be; the field is the role, None where none is claimed."""
    best: Mention | None = None
    for turn in said.turns:
        if turn.speaker is Speaker.CALLEE or (turn.speaker is Speaker.NOTE and not said.told and len(said.turns) > 1):
            continue
        words = said.words_of(turn)
        best = _signed(words, turn.start) or _framed(words, turn.start)
        if best is not None:
            return best
    for turn in said.of(Speaker.CALLER):
        opening = turn is said.of(Speaker.CALLER)[0]
        found = _labelled(said, turn.start) or _loose(said.words_of(turn), turn.start, opening=opening)
        if found is not None:
            return found
    return None


def _labelled(said: Said, at: int) -> Mention | None:
    """What a caller's label says of him: `快递员:`, `Driver:`; 客服 alone says nothing."""
    label = re.search(r"([^\n:]{1,20}):\s*$", said.text[:at][-24:])
    found = _first(label[1]) if label else None
    if label is None or found is None:
        return None
    start = at - len(label[0]) + label.start(1)
    return Mention(found[0], start + found[1], start + found[2], label[1][found[1] : found[2]], 0.75)


def _signed(words: str, at: int) -> Mention | None:
    signature = _SIGNED.search(words)
    if signature is None:
        return None
    group = signature.lastindex or 1
    found = _first(signature[group])
    start, end = signature.span(group)
    return Mention(found[0], at + start, at + end, signature[group], 0.9) if found else None


def _framed(words: str, at: int) -> Mention | None:
    for frame in _FRAME.finditer(words):
        window = re.split(
            r"[,。!?;\n]|\.\s|您(?!的专)|\byou\b|\byour\b|\babout\b|\bregarding\b",
            words[frame.end() : frame.end() + 46],
        )[0]
        if window.strip() in ("", "the"):
            continue
        found = _first(window[:34])
        if found:
            role, start, end = found
            return Mention(role, at + frame.end() + start, at + frame.end() + end, window[start:end], 0.9)
    return None


def _first(window: str) -> tuple[str, int, int] | None:
    """The role that a noun group names; of several the most specific: 淘宝XX旗舰店 is a shop."""
    hits = {role: found for role in _SPECIFIC if (found := _ROLE[role].search(window))}
    if not hits:
        return None
    if (
        "courier" in hits
        and "platform" in hits
        and not re.search(r"快递|物流|配送|courier|logistics|driver|delivery", window)
    ):
        del hits["courier"]
    if "bank" in hits and "payment" in hits and hits["payment"].start() < hits["bank"].start():
        del hits["bank"]
    if "merchant" in hits and "courier" in hits and not re.search(r"店|shop|store|商家", window):
        del hits["merchant"]
    if "other" in hits and len(hits) == 2 and "platform" in hits and hits["platform"][0] in ("平台", "platform"):
        del hits["platform"]
    role = next(role for role in _SPECIFIC if role in hits)
    return role, *hits[role].span()


_OPENING = 76
_NAMED = {
    "station": _ROLE["station"],
    "police": re.compile(r"公安局|派出所|96110|反诈中心"),
    "merchant": re.compile(r"旗舰店|专卖店|专营店|本店|我们(?:家|店)"),
    "courier": re.compile(
        r"顺丰|圆通|中通|申通|韵达|极兔|\bems\b|德邦|京东物流|京东快递|菜鸟裹裹|黑猫|\bdhl\b|\bups\b|\busps\b|\bfedex\b|\bdpd\b|\bevri\b|\broyal mail\b|\byodel\b"
    ),
    "payment": re.compile(r"支付宝客服|微信支付|银联|\bpaypal\b"),
    "platform": re.compile(
        r"(?:淘宝|天猫|京东|拼多多|抖音|唯品会|快手|小红书|得物|闲鱼)(?:官方|平台|客服|商城)|\b(?:amazon|ebay|etsy|temu|taobao|vipshop)\b"
    ),
}
_NO_CLAIM = re.compile(r"\bbank(?:ing)? (?:transfer|app|account|details|card)|银行(?:卡|账|app|的人)|贷款|\bloans?\b")


def _loose(words: str, at: int, *, opening: bool) -> Mention | None:
    """A party named without a claim: in the opening words (`圆通的,你有个快递`), later only by a name of its own."""
    own = _OWN_SHOP.search(words)
    if opening:
        head = re.split(r"(?<=[。!?\n])|(?<=[.?!])\s", words[:_OPENING])
        for piece in head:
            start = words.find(piece)
            found = None if _NO_CLAIM.search(piece) else _first(piece)
            if (
                found
                and not _CUSTOMERS.search(piece[: found[1]][-26:])
                and not re.search(
                    r"(?:您|你)(?:的|有|这|那)[^,。]{0,8}$|\b(?:your|you|the|a) (?:\w+ ){0,2}$", piece[: found[1]]
                )
            ):
                return Mention(found[0], at + start + found[1], at + start + found[2], piece[found[1] : found[2]], 0.7)
    best: tuple[int, str, re.Match[str]] | None = None
    for role, pattern in _NAMED.items():
        for hit in pattern.finditer(words):
            if not _CUSTOMERS.search(words[: hit.start()][-26:]):
                if best is None or hit.start() < best[0]:
                    best = (hit.start(), role, hit)
                break
    if own and (best is None or own.start() < best[0]):
        return Mention("merchant", at + own.start(), at + own.end(), own[0], 0.75)
    if best is None:
        return None
    return Mention(best[1], at + best[2].start(), at + best[2].end(), best[2][0], 0.6)
