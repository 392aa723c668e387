"""The signs of a text that tell its nature and its story: what the rules found, and which common words stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log1p

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.said import Said, Speaker

HARD = frozenset({"card_number", "sms_code", "screen_share", "loan", "deposit", "transfer", "id_number", "install_app"})
"""What honest callers hardly ever ask for."""

PROPER = re.compile(
    r"原路(?:退|返)|(?:在|到|去|从|上|打开|登录|通过)(?:我们)?(?:官方)?(?:平台|app|淘宝|京东|拼多多|抖音|订单(?:页|详情)|旺旺|店铺|小程序|官网|后台|聊天(?:窗口|框)|系统)[^。!?\n]{0,14}(?:申请|退|看|操作|联系|处理|确认|说|找|点|选|改|查|回复)|(?:自己|您)[^。,]{0,4}(?:点|申请)(?:一下)?退款|不(?:需要|用|必)(?:您|你)?(?:提供|操作|做|转|付|任何|管|加|给)|无需(?:您)?(?:操作|提供|任何|支付)|不会(?:向|问|要|让|索)[^。]{0,14}|(?:给您|帮您|重新)?(?:补发|重发|补寄|重新发|换货)|免费(?:补|换|退|重)|以平台|平台(?:上|里|内)?(?:退|自动)|保价|商家(?:会|给|联系)|卖家(?:会|给)|寄回来|退回来|上门取(?:退|件)|拒收|打(?:我们)?(?:官方|客服热线)|回拨官方|拨打(?:官方|96110|95\d{3}|110)|到(?:店|网点|柜台|营业厅)"
    r"|\boriginal (?:payment|card|method)|\bback to (?:the|your) (?:card|account|original|same)|\bin (?:the|your|our) (?:app|account page|orders?)\b|\bon (?:the|our) (?:website|site|app)\b|\bno need to|\b(?:don't|do not) need (?:anything|any|to do|you to|your)|\bwe (?:will |'ll )?(?:never|won't|don't) ask|\bautomatic(?:ally)?\b|\b(?:send|post|ship) (?:you )?(?:out )?(?:a |another )?(?:replacement|new one|another)|\breplacement\b|\bthrough the (?:app|site|platform|website)|\bcall the (?:number|bank) on|\bback of your card|\bnothing (?:you need )?to (?:do|pay)|\bcheck (?:the|your) app\b|\byour choice\b|\breturn(?:s)? label\b|\bwould you (?:like|prefer|rather)\b|\bwithin \d+ (?:to \d+ )?(?:working|business) days\b|\bin store\b|\bdo not share\b|\bdon't share\b|不会(?:请|向|问|要求|让)您|已经(?:拦|挡)|\bnothing from you\b|\bno card, no|\byou can choose\b|\blog ?in(?:to)? your account\b|\bany store\b"
)
WARNS = re.compile(
    r"(?:谨防|警惕|防范|严防|提醒(?:您|你|广大)?|注意|请勿|切勿|不要|别)[^。!?\n]{0,24}(?:诈骗|骗|转账|泄露|告诉|告知|透露|相信|轻信|陌生|汇款|点击|验证码|共享)|96110|反诈(?:中心|骗)|(?:正在)?遭受[^。]{0,8}诈骗|\b(?:beware|scam(?:s|mers?)? (?:are|alert|warning)|fraud (?:alert|warning|prevention)|never share|do not share|don't share|if (?:this was not|you did not|you didn't|it wasn't) (?:you|make|request)|if not you|not you\?)\b"
)
PRIZE = re.compile(
    r"抽中|中奖|幸运|免费领|礼品|领取|好评(?:返现|返)|返现|\bprize\b|\bwinner\b|\bwon\b|\bfree gift\b|\bselected\b|\bcashback\b|\bclaim your\b"
)
REFUND = re.compile(
    r"退款|退(?:您|你|给|钱|还|全|货款)|赔|理赔|补偿|返还|返现|\brefund\w*|\bcompensat\w*|\breimburs\w*|\bpay(?:ing)? you\b|\bmoney back\b"
)
URGENT = re.compile(
    r"否则|不然|不(?:取消|处理|配合|及时|尽快|关闭)|今天(?:之)?内|今晚|马上|立刻|立即|零点|半夜|\d+小时内|24小时|过期|自动扣|每(?:个)?月(?:会)?(?:扣|要扣|自动)|\botherwise\b|\bimmediately\b|\burgent\w*\b|\bwithin \d+ ?(?:h|hours?|hrs|minutes)\b|\bbefore midnight\b|\btonight\b|\bor (?:else|we|it|you)\b|\bevery month\b|\bfinal notice\b|\bto avoid\b|\bavoid (?:return|cancell?ation|suspension)\b|\bright (?:now|away)\b"
)
SECRET = re.compile(
    r"支付密码|不要(?:挂|告诉(?:任何|家|别|其他))|别(?:挂|告诉)|保密|不能(?:挂|告诉)|安全账户|对公账户|企业微信|理赔(?:专员|部|中心|经理|群)|退款(?:专员|部|经理|群)|\bdon't hang up\b|\bstay on the line\b|\bdon't tell\b|\bkeep (?:this|it) (?:between|confidential)|\bsafe account\b|\bfinance (?:officer|manager)|\bclaims (?:officer|manager|specialist|adviser)"
)
_DATA = re.compile(
    r"(?:点击?|打开|登录|访问|戳)[^。!?\n]{0,16}(?:链接|网址|http|\.(?:com|cn|top|xyz|cc|net|vip|info))|\b(?:click|tap|visit|go to|enter|update|verify|confirm|pay|log ?in|reschedule|re-?arrange)\b[^!?\n]{0,60}(?:https?|www\.|\blink\b|[a-z\d-]+\.(?:com|net|top|xyz|info|example|shop|online|site|click|icu|me|co|app|org))"
)
BACKGROUND = re.compile(
    r"贷款|额度|借款|放款|即日过数|利率|税贷|助贷|调研|问卷|调查|满意|评价|房子要|中介|仲介|地产|放租|授信|寿险|终身寿|兼职|招聘|岗位|简历|炒股|股票|投资|理财|课程|装修|房产|楼盘|办卡|新品|打折|大促|满减|促销|优惠(?:券|活动)?|续保|车险|宽带|套餐|健身|培训|学区|保险(?!柜|丝)|刷单|退订|拒收请回|回t|回td|直播间|开业|体检|信用卡(?:办理|推广)"
    r"|\bloans?\b|\bsurvey\b|\bresearch\b|\bquestionnaire\b|\binsurance\b|\bsolar\b|\bbroadband\b|\benergy\b|\binvest\w*\b|\bcrypto\w*\b|\bjob\b|\bvacanc\w*|\bhiring\b|\bpart-time\b|\bsale\b|\b\d+% off\b|\bdiscount\b|\bpromo\w*|\bwarranty\b|\baccident\b|\bpension\b|\bcharity\b|\bdonat\w*|\bdebt\b|\bunsubscribe\b|\bstop to\b|\btext stop\b|\breply stop\b|\bopt out\b|\bboiler\b|\bextended\b"
)
CODE_SENT = re.compile(
    r"(?:验证码|校验码|动态码|动态密码)[^。\n]{0,6}?(?:是|为|:)?\s?\d{4,8}|\d{4,8}[^。\n]{0,6}(?:是您的|为您的|\(?.{0,6}验证码)|\b(?:code|otp|passcode|pin)\b(?: is|:)?\s?\d{4,8}|\b\d{4,8} is your\b"
)
WRONG_NUMBER = re.compile(
    r"打错|拨错|搞错(?:了)?号|找错|搵错|不好意思.{0,8}错|wrong number|dial(?:l)?ed (?:the )?wrong|misdial\w*|sorry,? (?:love|mate)?,? ?(?:wrong|my mistake)"
)
CALLED_SCAM = re.compile(
    r"诈骗(?!罪|宣传|中心|案例|预警|提醒)|骗子|骗我|骗钱|假客服|冒充|套路|\bscam\w*\b|\bfraud(?:ster|ulent)?\b|\bcon ?(?:man|artist)\b|\bphish\w*|\bdodgy\b|\bfishy\b|\bfake\b"
)
COURIER_CHECK = re.compile(
    r"到付|货到付款|取件|签收|核对身份|凭身份证|带(?:上)?身份证|出示身份证|本人(?:身份证)?签收|\bcash on delivery\b|\bcod\b|\bbring (?:your |some |photo )?id\b|\bphoto id\b|\bproof of id|\bsign\w*\b|\bcollect\w*\b"
)


_DROPPED = re.compile(
    r"(?:断了|断线|挂断|掉线|没声(?:音|了)?|信号(?:不好|断)|挂了|戛然而止|(?:call|line) (?:dropped|dead|cut|lost|ended)|went dead|hung up|line went|cut off|got cut|disconnected|beep|breaking up|can you hear me\??|听不(?:清|到|见)|听得到吗\??|battery died)\W*$"
)
_BROKEN_OFF = re.compile(r"(?:—+|-{1,3}|…+|\.{3,})\W*$")


def cut_off(said: Said) -> bool:
    """Whether a call ended before the caller came to the point."""
    callers = said.of(Speaker.CALLER)
    told = sum(len(said.words_of(turn).strip()) for turn in callers)
    latin = sum(c.isascii() and c.isalpha() for c in said.text) > len(said.text) / 2
    if told > (170 if latin else 60):
        return False
    ends = said.text.rstrip()
    return bool(_DROPPED.search(ends) or (callers and _BROKEN_OFF.search(said.words_of(callers[-1]).rstrip())))


_PATTERNS = {
    "proper": PROPER,
    "warns": WARNS,
    "prize": PRIZE,
    "refund": REFUND,
    "urgent": URGENT,
    "secret": SECRET,
    "background": BACKGROUND,
    "code sent": CODE_SENT,
    "courier check": COURIER_CHECK,
}
_LATIN = re.compile(r"[a-z']{3,}")
_HAN = re.compile("[一-鿿]+")
_HEAD = 60


@dataclass(frozen=True, slots=True)
class Found:
    """What the rules found in a text."""

    cues: Mapping[str, list[Mention]]
    wanted: frozenset[str]
    role: str
    known: frozenset[str]
    unknown: frozenset[str]
    link: bool


def signs(said: Said, found: Found) -> dict[str, float]:
    """The signs by name, each 0 to 1 or so."""
    words = "\n".join(said.words_of(turn) for turn in said.of(Speaker.CALLER))
    callee = "\n".join(said.words_of(turn) for turn in said.of(Speaker.CALLEE))
    present = dict(_of_rules(said, found, words, callee))
    present |= {f"word {word}": 0.3 for word in words_of(words)}
    return present


def _of_rules(said: Said, found: Found, words: str, callee: str) -> Iterator[tuple[str, float]]:
    yield "always", 1.0
    yield f"role {found.role or 'none'}", 1.0
    for script, hits in found.cues.items():
        if hits:
            yield f"cue {script}", 1.0
            yield f"cue {script} often", min(1.0, log1p(len(hits)) / 2)
            if hits[0].start - said.of(Speaker.CALLER)[0].start < _HEAD:
                yield f"cue {script} early", 1.0
    told = [
        (hits[0].start, script) for script, hits in found.cues.items() if hits and script not in ("delivery", "other")
    ]
    if told:
        yield f"first cue {min(told)[1]}", 1.0
    for what in found.wanted:
        yield f"wants {what}", 1.0
    if found.wanted & HARD:
        yield "wants what honest callers do not", 1.0
    if not found.wanted:
        yield "wants nothing", 1.0
    for token in found.known:
        yield f"knew {token}", 0.5
    if not found.known - {"name", "name:masked"}:
        yield "knew no more than a name", 1.0
    if found.unknown:
        yield "could not say", 1.0
    for name, pattern in _PATTERNS.items():
        if pattern.search(words):
            yield name, 1.0
    if found.link:
        yield "link", 1.0
    if len(words.strip()) < 12:
        yield "silent", 1.0
    if cut_off(said):
        yield "cut off", 1.0
    if CALLED_SCAM.search(callee):
        yield "callee says scam", 0.7
    if said.told:
        yield "note", 1.0
        if CALLED_SCAM.search(said.text):
            yield "note says scam", 1.0
    if WRONG_NUMBER.search(said.text):
        yield "wrong number", 1.0
    yield "length", min(1.5, log1p(len(words)) / 5)


def words_of(text: str) -> set[str]:
    """Latin words and pairs of Chinese characters."""
    pairs = {run[i : i + 2] for run in _HAN.findall(text) for i in range(len(run) - 1)}
    return pairs | set(_LATIN.findall(text))
