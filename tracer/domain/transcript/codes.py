"""Numbers that name something: orders, waybills, telephones and their tails."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.finding import Mention, nearest
from tracer.domain.transcript.said import Said, Speaker

_CODE = re.compile(
    r"(?<![a-z\d_¥$£€-])(?<!\d\.)(?:#\s?)?(\+?[a-z]{0,6}[- ]?\d[\da-z]*(?:-[\da-z]+)*)(?![a-z\d_%]|\.\d)"
)
_ASIDE = r"[^,。!?;\n]"
_CUES = re.compile(
    r"(?P<order_no>订单(?:编?号|号码)?|订单尾|定单号?|交易号|单子|[这那](?:一|个)?单|[这那](?:一)?笔|的单(?=[,。的是]|$)|\border(?:er)?\b(?! was)(?: (?:number|no\.?|ref\w*|id|code|ending(?: in)?|#))?|\bpurchase (?:number|no|order)|\bbooking (?:number|ref)|\breference)"
    r"|(?P<waybill_no>运单(?:编?号)?|快递单(?:编?号|号码)?|物流(?:单)?(?:编?号|单号)?|快递号|面单(?:号)?|包裹(?:单|编)?号|货运单号|托运单|物流|邮件号|寄件编号"
    r"|\btracking\b(?: (?:number|no\.?|ref\w*|id|code|ending(?: in)?|ends(?: in)?|#))?|(?:包裹|快递|快件|件)\(?[.…]*$|\bwaybill\b|\bair ?way ?bill\b|\bparcel (?:number|no|ref|id|ending)|\bconsignment|\bshipment (?:number|no|id|ending)|\bdelivery number|\bpackage (?:number|id|no|ending)|\b(?:parcel|package)\s?(?:\([^)]*\)\s?)?(?:no\.?|nr\.?|#)?\s?$)"
    r"|(?P<single>(?<![订运快名菜账])单号|(?<!订)(?<!运)单尾)"
    r"|(?P<phone>手机(?:尾)?号?码?|电话(?:尾)?号?码?|联系方式|机主|号码(?:尾号)?|联系电话|收件电话|预留(?:的)?(?:电话|手机|号码)|留的(?:电话|手机|号码)|\bphone\b|\bmobile\b|\bcell(?:phone)?\b|\bcontact number|\btelephone\b"
    r"|\bnumber on (?:the|your) (?:parcel|order|label)|(?<!order )(?<!tracking )(?<!waybill )(?<!parcel )(?<!card )(?<!account )\bnumber ending)"
    r"|(?P<alias>虚拟号码?|隐私号码?|中间号|\bvirtual number|\bproxy number)"
    r"|(?P<card>银行卡|信用卡|储蓄卡|提款卡|卡号|(?<![会贺])卡尾|账户|帐户|尾号.{0,4}卡|身份证|\bcard\b|\bbank account|\bsort code|\baccount number|\bsocial security)"
    r"|(?P<none>工号|编号(?:为|是)?$|验证码|校验码|动态码|确认码|取件码|取货码|提货码|拿件码|货号|柜|拨打|回拨|致电|热线|打电话到|客服电话|服务电话|咨询电话|电联|请拨|回电|加(?:我|一下|下|他|她|您)?(?:的)?(?:qq|微信|vx|v|wx|q)|qq群?号?"
    r"|微信号?|会议号|会议id|房间号|群号?|邀请码|备案号|立案号|案件编号|文号|案号|转人工|回复|退订|分机|证件号|警号|员工号|邮编|\bpin\b|\bcode\b|\bcall (?:us|back|me|him|her)?\b|\bring (?:us|me)\b|\bdial\b"
    r"|\bour number|\bbadge\b|\bemployee|\bcase (?:number|no|ref)|\bagent (?:number|id)|\bmeeting id|\bwhatsapp\b|\bwechat\b|\btelegram\b|\btext\b|\breply\b|\bextension\b|\bext\b|\blocker\b"
    r"|\bbox\b|\broom\b|\bflat\b|\bapartment\b|\bzip\b|\bpostcode\b|\boption\b|\bpress\b|\bcall(?:ed|ing)? from\b)"
)
_TAIL_MARK = re.compile(
    r"(?:尾号|末尾|尾数|后4位|后四位|末4位|末四位|最后4?四?[位个]|后面4?四?[位个]|ending|ends|last (?:numbers?|digits?|4|four|three|five|six|few)|finishing)[^,。!?;\n\d]{0,12}$"
)
_WAYBILL_SHAPE = re.compile(
    r"(?:sf|jd[a-z]{0,2}|yt|jt|zt|zto|ems|dpk|sto|yd|jtsd|db|best|1z|jjd|h0)[\d][\da-z]{6,}$|(?:ea|eb|ec|lx|rx|cp|rb)\d{9}[a-z]{2}$"
)
_MOBILE = re.compile(r"\+?(?:86)?1[3-9]\d{9}$")
_NOT_AFTER = re.compile(
    r"\s{0,1}(?:元|块|毛|天|个|月|日|号(?!尾|码)|点|分|秒|小时|年|倍|位|件|折|岁|楼|栋|幢|单元|室|层|米|斤|公里|公斤|瓶|盒|套|ml|kg|g\b|cm|%|rmb|万|千|百|人|次|笔|份|家|条|双"
    r"|dollars?|pounds?|yuan|quid|bucks|euros?|days?|hours?|minutes?|mins?|weeks?|months?|years?|times|percent|am\b|pm\b|o'clock|people|pairs?|items?|(?:street|st|road|rd|avenue|ave|lane|drive|close|court|way|place)\b)"
)
_TIME_LIKE = re.compile(r"(?:19|20)\d\d$")
_MONEY_LIKE = re.compile(
    r"(?:付的?是?|价格|价|金额|实付|付款|付了|花了|多少钱|总共|合计|共|￥|¥|\$|£|€|paid|price|cost|worth|total|for|usd|gbp|cny|rmb)\s?[是为:]?\s?$"
)


def codes(said: Said) -> Iterator[Mention]:
    """Every number that names an order, a waybill or a telephone, whoever says it.

    The field is order_no, waybill_no, phone, phone:last4, phone:alias, or "single" and "tail" where the words do not
    tell of what (单号, a tail alone).
    """
    for found in _CODE.finditer(said.text):
        code = re.sub(r"[^\da-z+]", "", found[1])
        digits = sum(c.isdecimal() for c in code)
        unit = _NOT_AFTER.match(said.text, found.end())
        if digits < 3 or (
            unit and not (unit[0].strip() in "双套条件人份楼层" and _TAIL_MARK.search(said.left(found.start(), 20)))
        ):
            continue
        start, end = found.start(1), found.end(1)
        mention = _mention(said, code, digits, start, end)
        if mention is not None:
            yield mention


def _mention(said: Said, code: str, digits: int, start: int, end: int) -> Mention | None:
    if (
        not said.text[start].isdecimal() and " " in said.text[start:end]
    ):  # `order 4471`: the word is a cue, not a prefix
        word = said.text[start:end].split(" ")[0]
        start, code = start + len(word) + 1, code[len(word) :]
    if (
        digits <= 3
        and not re.match(r"[a-z]{1,6}-?\d", said.text[start:end])
        and not _TAIL_MARK.search(said.left(start, 30))
        and not re.search(r"尾号|单号|订单号", said.left(start, 8))
    ):
        return None
    if _WAYBILL_SHAPE.match(code):
        return Mention("waybill_no", start, end, code, 0.97)
    left = re.split(r"[。!?;\n]", said.left(start, 44))[-1]
    right = re.split(r"[,。!?;\n]", said.right(end, 16))[0]
    tail = bool(_TAIL_MARK.search(left))
    kind, distance = nearest(_CUES, left, right, right_costs=1.5)
    if kind in ("card", "none") and distance < 16:
        return None
    grouped = "-" in said.text[start:end] and not re.fullmatch(r"\+?[\d ]*\d{3}-\d{4}-\d{4}", said.text[start:end])
    if (_MOBILE.match(code) and not grouped) or (code.startswith("+") and digits >= 8):
        if kind in ("order_no", "waybill_no", "single") and distance < 8:
            return Mention(kind, start, end, code, 0.85)
        return Mention("phone", start, end, code, 0.9)
    if not tail and _MONEY_LIKE.search(left):
        return None
    if kind in ("phone", "alias"):
        if kind == "alias":
            return Mention("phone:alias", start, end, code, 0.8)
        whole = digits >= 8
        return Mention("phone" if whole else "phone:last4", start, end, code, 0.92) if whole or digits == 4 else None
    if kind in ("order_no", "waybill_no", "single"):
        longest = 24 if tail else 18
        if distance <= longest and (tail or digits >= 4 or distance <= 6):
            return Mention(kind, start, end, code, 0.95 if distance <= 10 else 0.85)
    if tail and digits <= 6:
        return Mention("tail", start, end, code, 0.7)
    if digits >= 6 and not _TIME_LIKE.match(code):
        return Mention("bare", start, end, code, 0.4)
    if 4 <= digits <= 6 and said.by(start, Speaker.CALLER):
        return Mention("bare", start, end, code, 0.3)
    return None
