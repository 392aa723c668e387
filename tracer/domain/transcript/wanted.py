"""What the caller wants done or given, also if it is refused; not what he says he never asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.pretext import warned
from tracer.domain.transcript.said import Said, Speaker

_WANTED: dict[str, re.Pattern[str]] = {
    "card_number": re.compile(
        r"(?:银行|信用|储蓄|提款|收款|金融)?卡(?:的)?(?:卡)?号(?!码簿)|卡[^,。!?\n]{0,8}号码|(?:提供|报|说|输入|填写?|发|给|念|登记)[^,。!?\n]{0,10}(?:银行卡|信用卡|储蓄卡|卡面|卡片)|(?:银行卡|信用卡)(?:信息|资料|正反面|照片|背面|有效期|后三位)|绑定?(?:一下)?(?:您|你)?的?银行卡|(?:收款|退款)(?:的)?(?:账号|账户|银行卡)"
        r"|\bcard (?:number|details?|info\w*)\b|\b(?:long|16|sixteen)[- ]?digit\w*\b|\bcvv\b|\bcvc\b|\bsecurity code on\b|\b(?:give|read|need|confirm|enter|provide|have|update|verify|take|tell|want\w*)\b[^.!?\n]{0,24}\b(?:debit |credit |bank |payment |visa )?card\b(?! was|holder)|\bnumber of (?:your |the )?card\b|\blong number\b|\b(?:number|digits) (?:on|across) (?:the|your) (?:front of )?(?:the |your )?card|\bbank details\b|\baccount number\b|\bpayment details\b|\bfront of (?:it|the card|your card)|\bcard and read|\bbilling (?:details|information)|\bsort code\b"
    ),
    "sms_code": re.compile(
        r"收到的?(?:那个|一个|\d位|六位|四位)?(?:数字|码(?!头))|(?:验证码|校验码|动态码|动态密码|短信码|认证码|短信验证|简讯验证码|验证短信|短信里的|(?:收到|发)(?:的|了)?(?:一个|一条)?(?:短信|简讯)[^,。!?\n]{0,8}(?:码|数字)|(?:4|6|四|六)位数?(?:字)?(?:的)?(?:验证)?码)"
        r"|\b(?:verification|security|sms|text|one[- ]time|otp|confirmation|authenti\w+|pass|pin|six[- ]digit|6[- ]digit|access)[- ]?(?:pass)?code\b|\botp\b|\bthe code\b|\bcode (?:we|i|you|that|just|on your)\b|\b(?:text|send|sent|texted|get|message) (?:you )?a code\b|\ba code\b[^.!?]{0,30}\b(?:read|tell|give)\b|\b(?:read|tell|give) (?:me |us |him |her |them )?(?:back )?(?:the |that |a )?(?:code|numbers? (?:you|in the text))\b|\bcode\b[^.]{0,20}\b(?:text|sent|message)"
    ),
    "screen_share": re.compile(
        r"(?:画面|荧幕|屏幕)[^,。]{0,4}(?:分享|共享|投)|分享[^,。]{0,4}(?:画面|荧幕)|共享(?:一下)?(?:您|你)?(?:的)?(?:手机)?屏幕|屏幕(?:共享|分享|投屏)|投屏|远程(?:协助|控制|操作|指导)|(?:手机)?屏幕(?:给我|让我)看|分享(?:一下)?(?:您|你)?(?:的)?屏幕|萤幕分享|荧幕|共享会议|打开共享|开启共享|开(?:个|一下)?共享"
        r"|\bscreen[- ]?shar\w*|\bshar(?:e|ing)\b[^.!?\n]{0,16}\bscreen\b|\bremote (?:access|control|support|session|desktop)|\bteamviewer\b|\banydesk\b|\bmirror(?:ing)? (?:your|the|my) (?:phone|screen)|\bsee your screen\b|\bquicksupport\b|\bscreen with\b"
    ),
    "loan": re.compile(
        r"借呗|花呗[^,。]{0,6}(?:借|套|额度|提)|(?:开|打开|点)[^,。]{0,6}花呗|微粒贷|借条|金条|(?:申请|办|开|点|做|去|贷)[^,。!?\n]{0,10}(?:贷款|借款|借钱|备用金|信用贷)|借(?:一笔|出来|出|钱|款)(?!给我|呗)|备用金|贷(?:一笔|出来|款出)|度小满|有钱花|分付|放心借|360借|提(?:现|取)[^,。]{0,6}额度|把额度"
        r"|\b(?:take out|apply for|get|borrow|take|request|open|draw)\b[^.!?\n]{0,26}\b(?:loan|credit line|cash advance|advance)\b|\bborrow\w*\b|\bloan (?:app|application)|\bin[- ]app loan|\bcash advance\b|\bsort(?: out)? a loan|\bas a (?:[\w-]+ )?loan\b|\bloan in your"
    ),
    "deposit": re.compile(
        r"保证金|押金|定金|(?:交|付|缴|打|充|存|垫|预付)[^,。!?\n]{0,10}(?:解冻金|认证金|激活金|预付款|订金)|解冻金|认证金|保证费|诚意金|按金"
        r"|\bdeposit\b(?!ed)|\bsecurity payment\b|\brefundable (?:payment|fee|sum|amount)|\bholding fee\b|\bup-?front\b"
    ),
    "transfer": re.compile(
        r"转(?:账|帐|一笔|\d+(?:块|元)|一块|一分|钱|过(?:来|去)|到[^,。]{0,14}(?:账户|账号|卡|安全)|入|给我|给他|进)|汇(?:款|过来|到|入|给)|打(?:款|钱)(?:到|给|过来|进)|(?:往|向|给)[^,。!?\n]{0,14}(?:账户|账号|帐户|卡)(?:里|上|中)?(?:打|转|汇|存|充)|安全账[户号]|对公账[户号]|转(?:我|给我|他)|(?:把|将)[^,。]{0,16}(?:钱|资金|余额|存款)[^,。]{0,10}(?:转|存|汇|打)|充值|付(?:一个|个|一下|一笔)?[^,。]{0,6}(?:手续费|激活费|运费|差价|关税|税|保管费|改址费|重派费|通道费)|(?:交|缴|支付|付)[^,。!?\n]{0,10}(?:手续费|激活费|税|关税|费用|罚款|违约金|服务费|工本费|会费)|激活费|打\d+(?:块|元)|打一(?:块|笔)|补(?:交|缴)|打到|atm|提款机|流水(?:验证|认证)|刷流水"
        r"|\btransfer\w*\b(?! you to| you through| your call| the call| me to| to (?:my|our|a|the) (?:manager|colleague|supervisor|department|senior|finance|bank|officer))|\bwire\b|\bsend\b[^.!?\n]{0,16}\b(?:money|\d+|funds|payment|cash)\b|\bsafe account\b|\bsecure account\b|\bpay\b[^.!?\n]{0,30}\b(?:fee|charge|fine|duty|tax|customs|penalty|postage|balance|now|by|first|here|at|via|to)\b|\bgift cards?\b|\bzelle\b|\bbitcoin\b|\bmake a (?:small )?payment\b|\b(?:move|shift|send)\b[^.!?\n]{0,24}\b(?:money|funds|savings|balance|penny|pound|dollar|cash)\b|\btop up\b|\bbank transfer\b|\bpay (?:a (?!visit)|us |him |her |them )|\bfee (?:of|applies|is|to)\b"
    ),
    "id_number": re.compile(
        r"身份证(?:号码?|正反面|照片|信息|后\d位|后四位|后六位|原件|复印件)?(?!原件领取)|身分证|证件号|社保卡号|(?:人脸|刷脸)(?:识别|认证|验证)?"
        r"|\b(?:passport|social security|national insurance|driver'?s? licen[cs]e)\b(?: ?(?:number|card|document|photo|no))?|\b(?:id|identity) ?(?:number|card|document|photo|no\b)|\b(?:photo|picture|copy) of (?:your |the )?id\b|\bdate of birth\b|\bssn\b|\bsocial security\b|\bphoto of your (?:id|passport|licence)"
    ),
    "scan_code": re.compile(
        r"扫(?:一下|一扫|个|描)?(?:我|这|下面|那|您|你|一下)?(?:们|个|里|发)?(?:的)?[^,。!?\n]{0,8}(?:二维码|码|qr)|二维码|扫(?:描)?(?:一下)?[^,。!?\n]{0,6}(?:图|码)|长按识别|识别(?:图|二维)|扫码|收款码|付款码|qr ?code"
        r"|\bqr\b|\bscan\b[^.!?\n]{0,24}\b(?:code|this|it|the)\b"
    ),
    "add_chat": re.compile(
        r"加(?!倍|热|密|入(?:购物车|会员)|购|湿|急|班|收)(?:一下|个|上|下|到|回)?(?:我|他|她|您|你|我们|咱们|客服|专员|理赔|经理|老师|售后|主管|财务|群主|师傅|对方|的|一个|他们|官方|企业|工作|那个|这个|你们?|同事|退款|售前|人工|一下)*[^,。!?\n]{0,6}(?:微信|qq|企鹅|群|好友|vx|wx|薇|威信|微 信|企微|钉钉|line|赖|wechat|whatsapp|telegram|飞机|飞信|旺旺|id|v\b|q\b)|加(?:一下)?(?:v|q|微|企微)\b|(?:微信|qq|企鹅|企业微信|line|whatsapp|telegram)(?:上)?(?:加|联系|好友|群|搜|通过|会议)|进(?:入)?(?:一个|个|我们|售后|退款)*[^,。]{0,4}群|拉(?:您|你|我)?(?:进|入)[^,。]{0,6}群|添加(?:[^,。!?\n]{0,12})(?:微信|qq|好友|企业微信|line|客服)|(?:加入|进入|进)[^,。]{0,6}会议|(?:微信|qq|企微)(?:您|你)?加|加(?:您|你)(?:的)?(?:微信|好友|qq|line|whatsapp)|好友申请|加(?:微|扣)|加(?:我|佢|返)?\s?(?:whatsapp|line|telegram|wechat)"
        r"|\badd\b[^.!?\n]{0,30}\b(?:whatsapp|wechat|telegram|line|qq|friend|skype|messenger|contact)\b|\b(?:whatsapp|wechat|telegram|line app|skype|messenger|signal)\b(?! is (?:not|never))|\bon line\b(?= (?:app|chat))|\bjoin\b[^.!?\n]{0,20}\b(?:zoom|meeting|teams|chat group|group chat)\b|\bchat group\b"
    ),
    "install_app": re.compile(
        r"(?:下载|安装|装|下)(?:一个|一下|个|我们|这个|官方|那个|的|指定)*[^,。!?\n]{0,12}(?:软件|app|应用|程序|客户端|会议|插件|包|钉钉|飞书|todesk|向日葵)|下载(?:一个|一下|个)?\"|(?:下载|安装)(?:链接|地址)|(?:应用商店|应用市场|app ?store)[^。!?\n]{0,16}(?:搜|下)|(?:点|打开)[^,。]{0,8}链接[^,。]{0,6}(?:下载|安装)|todesk|向日葵|云视讯"
        r"|\b(?:download|install|get)\b[^.!?\n]{0,30}\b(?:app|application|software|anydesk|teamviewer|program|quicksupport|tool|apk|zoom)\b|\binstall\w*\b(?! (?:appointment|date|engineer|team|your (?:washing|new|boiler|fridge)))[^.!?\n]{0,8}\b(?:it|this|that)\b|\b(?:pop|put|stick) (?:zoom|teams|anydesk|teamviewer|skype)\b|\bzoom\b[^.]{0,16}\bon your phone|\b(?:put|get|have|need|use) (?:\w+ ){0,4}app\b(?= on your| from| so| and)|(?:装|安装)(?:一个|一下|个)?\"|\bapp store\b[^.]{0,20}\b(?:get|download)"
    ),
}
_NOT_WANTED = re.compile(
    r"(?:不(?:会|要|需要|用|必|能|得|可|收|应该|向|索|要求|需)|别|勿|切勿|请勿|莫|无需|无须|从不|绝不|绝对不|没有(?:要|让)|没(?:要|让|问)|谨防|警惕|防止|凡是|任何(?:要求|让|索)|如果(?:有人|对方)|不管|不论|有人(?:让|要|叫)|冒充|拒绝|严禁|禁止|免|唔使|唔会|不使|不收|若有人|陌生人|骗子|诈骗)[^。!?\n]{0,22}$"
    r"|\b(?:never|not|no|don't|do not|won't|will not|wouldn't|without|doesn't|didn't|isn't|nobody|anyone|no one|if (?:someone|anyone|you get)|beware|avoid|refuse|needn't|no need|can't|cannot|nor|neither|scammers?|fraudsters?)\b[^.!?\n,;]{0,44}$"
)
_AFTER_NOT = re.compile(
    r"^[^。!?\n,]{0,8}(?:请勿|切勿|勿|不要|别)(?:告诉|告知|泄露|转发|给|透露|提供)|^[^.!?\n]{0,30}\b(?:do not|don't|never) (?:share|tell|give|disclose)|^[^,。!?\n]{0,2}(?:都)?(?:不用|不需要)|^\s?\d{4,8}\W"
)
_SENT_CODE = re.compile(r"^[^一-鿿]{0,3}(?:是|为|:)?\s?\d{4,8}|^\s?(?:is|:)?\s?\d{4,8}")
_OWN_CODE = re.compile(
    r"(?:取件|取货|提货|开箱|开柜|签收|pick-?up|collection|locker|square|qr|order|post|zip|discount|promo|door|gate|entry|bar)[^,。]{0,6}$"
)
_ASKING = re.compile(
    r"加|提供|报|说|告诉|发(?!货|现)|给|念|输入|填|点|开|打开|下载|扫|转|交|付|缴|充|借|申请|登记|核(?:实|对|验)|绑|配合|麻烦|需要|要|请|让|先|帮|把|进|拍|上传|拉|通过|走|操作|办|做|联系|添加|汇|存"
    r"|\b(?:need\w*|require\w*|give|read|tell|send|pay|add|share|download|install|open|scan|transfer|confirm|provide|enter|click|tap|move|borrow|take|apply|message|text|contact|put|verify|update|log|have|want\w*|ask\w*|get|join|make|let|keep|must|just|go|please|via|on|can|could|write|use|type)\b"
)
_LINK = re.compile(
    r"https?://|\bwww\.|\b[a-z\d-]+\.(?:com|cn|net|top|xyz|info|cc|vip|example|me|link|shop|online|site|co|app|click|icu)(?:/\S*)?\b|点击?(?:下方|以下|此)?链接|\bclick (?:the|this|here|below)|\btap (?:the|this|here) "
)


def wanted(said: Said) -> Iterator[Mention]:
    """Everything the caller asks for: field is the id, such as sms_code."""
    for turn in said.of(Speaker.CALLER):
        words = said.words_of(turn)
        for what, pattern in _WANTED.items():
            for found in pattern.finditer(words):
                if _is_wanted(words, what, found):
                    yield Mention(what, turn.start + found.start(), turn.start + found.end(), found[0], 0.88)


def has_link(said: Said) -> bool:
    """Whether the caller sends the callee to a link."""
    return any(_LINK.search(said.words_of(turn)) for turn in said.of(Speaker.CALLER))


def _is_wanted(words: str, what: str, found: re.Match[str]) -> bool:
    left = re.split(r"[。!?\n;]|\.\s", words[: found.start()][-70:])[-1]
    right = words[found.end() : found.end() + 40]
    near = re.split(r"[,，]", left)[-1] if re.search("[一-鿿]", found[0]) else left
    if _NOT_WANTED.search(near) or _AFTER_NOT.match(right) or warned(words, found.start()):
        return False
    if what == "sms_code" and (_SENT_CODE.match(right) or _OWN_CODE.search(left)):
        return False
    if what == "id_number" and re.search(
        r"(?:凭|带|携带|出示|拿|持)(?:上|着|好)?(?:本人|您的?|你的?|有效)?$|\bbring\b[^.]{0,20}$", left
    ):
        return False
    if what not in ("transfer", "loan", "scan_code", "add_chat"):
        return True
    return bool(_ASKING.search(left[-40:] + found[0] + right[:30]))
