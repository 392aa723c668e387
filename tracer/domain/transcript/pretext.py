"""The story a caller opens with."""

from __future__ import annotations

import re

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.said import Said, Speaker

_CUES: dict[str, re.Pattern[str]] = {
    "lost_parcel": re.compile(
        r"(?:包裹|快递|快件|货物?|件|东西|运输|派送|物流|面单|分拣|中转|途中|车)[^。!?\n]{0,26}(?:丢(?!给|三|人)|遗失|弄丢|找不到|不见|损毁|损坏|破损|烧|泡水|进水|压(?:坏|爆|烂|扁)|搅碎|摔(?:坏|碎)|砸|毁|找不(?:到|着))|(?:弄|搞)(?:丢|唔见|坏)(?:了)?|寄失|送失|错(?:发|派|送)给|(?:别|其他)人(?:拿|领)走|失窃|偷(?:走|了)|(?<!身份)遗失(?!声明)|弄丢|丢件|遗失件|丢失|寄丢|(?:快递|包裹|物流|丢失|运单)[^。!?\n]{0,10}理赔|理赔[^。!?\n]{0,10}(?:快递|包裹|丢)"
        r"|\b(?:parcel|package|shipment|delivery|order|item|consignment|it|tracking)\b[^.!?\n]{0,50}\b(?:lost|missing|misplaced|gone astray|damaged|destroyed|stolen|crushed)\b|\b(?:was|been|got|gets|we|we've|have|has|they|they've|theyve) (?:\w+ )?(?:lost|misplaced)\b|\b(?:lost|missing) (?:by|in|at|from|during|somewhere)\b|\bastray\b|\bis lose\b|\bfell off\b|\bwent missing\b|\bgone missing\b|\bcan't be found\b|\bcannot be found\b|\b(?:lost|misplaced|mislaid|damaged|losing)\b[^.!?\n]{0,24}\b(?:parcel|package|shipment|order|delivery|box)\b"
    ),
    "wrong_membership": re.compile(
        r"会籍|铂金卡|钻石会员|入(?:了)?会(?!议)|\bopted (?:you )?in(?:to)?\b|\bclub\b[^.]{0,40}\ba month\b|(?:误|错|不小心|失误|手滑|默认|自动|被|帮您?|给您?|私自|不慎|勾选|操作)[^。!?\n]{0,24}(?:会员|vip|黑卡|白金卡|plus|保险|百万保障|会籍|[铂黑白]?金卡)(?!名|号)|(?:会员|vip|百万保障|医保|保险|代扣|直播(?:会员|权限|功能)|黑卡|学生(?:账户|认证))[^。!?\n]{0,18}(?:误|错|取消|关闭|扣费|自动(?:续|扣)|到期|开通|续费)|开(?:通|了)[^。!?\n]{0,12}(?:会员|vip|百万保障|保险)"
        r"|\b(?:membership|subscription|prime|vip|premium (?:plan|account)|club)\b[^.!?\n]{0,50}\b(?:mistake|error|accident\w*|wrong\w*|renew\w*|charge[ds]?|cancel\w*|activated|sign\w*|enrol+\w*|debit\w*)\b|\b(?:set|put|signed|placed|enrolled|activated|added)\b[^.!?\n]{0,30}\b(?:membership|subscription|prime|vip|elite card|premium plan|gold club|club)\b|\b(?:mistake\w*|error|accident\w*|wrong\w*|signed (?:you )?up|enrol+ed|upgraded|registered|subscribed)\b[^.!?\n]{0,46}\b(?:membership|subscription|prime|vip|member|premium plan|club)\b"
    ),
    "wrong_agent": re.compile(
        r"\bas (?:a |an )?代理|(?:成|为|入|了|误|错|做|级|名下|您(?:现在|就)?是)[^。!?\n]{0,8}代理商?(?!人)|批发(?:订|定)?单|代理商|代理(?:资格|身份|权限|合同|费)|分销商|经销商|批发(?:商|客户|会员)|(?:设|登记|录|注册|升级|列)(?:定)?(?:成|为|入)[^。!?\n]{0,8}(?:商户|代理|批发|经销|供货|分销|供应商)"
        r"|\b(?:reseller|distributor|wholesale(?:r|rs)?|trade account|sales agent|our agent|an agent|as agent|agent account|merchant account|agency (?:account|scheme|programme)|dealer|stockist|vendor account)\b"
    ),
    "multiple_compensation": re.compile(
        r"(?:[2-9两双二三四五六十多1][0-9]?|几|翻)(?:到[三四五十])?倍|假一(?:赔|罚)|退一赔|赔[三十]|双倍|加倍|翻番|赔(?:两|三|双)份|\b(?:double|triple|treble|quadruple|twice (?:the|what|your)|three ?fold|threefold|two times|three times|3x|2x|3 times|2 times|10 times|ten times|five times|four times)\b[^.!?\n]{0,40}\b(?:price|refund\w*|compensat\w*|paid|amount|money|back|value|cost|pay\w*)\b|\b(?:refund|compensat|pay|money|give)\w*\b[^.!?\n]{0,40}\b(?:double|triple|treble|twice (?:the|what|your)|three ?fold|threefold|three times|3 times|3x|two times|2x|ten times|10 times|five times|four times|times what|times the)\b|\b(?:triple|treble)\b|\b(?:pay\w*|owed|give|get|refund\w*|compensat\w*) (?:you |out )?double\b|\btimes (?:the price|what you paid|your money|compensation)"
    ),
    "defect_refund": re.compile(
        r"质量(?:问题|不|有|出|存在|检)|质检|不合格|召回|甲醛|超标|有害|有毒|过敏|致癌|含(?:有)?(?:汞|铅|激素|荧光|禁用|违禁|水银|重金属|苯|塑化)|汞|荧光剂|瑕疵|缺陷|次品|残次|假货|发霉|起火|漏电|爆炸|自燃|变质|细菌|菌落|抽[检查][^。!?\n]{0,12}(?:不|超|出|有|问题|菌)|开胶|脱胶|褪色|回收|(?<!订单)(?<!账户)(?<!付款)(?<!系统)(?<!地址)(?<!账号)(?<!支付)(?<!单子)有问题(?!随时|请|可以|再|的话)|不达标|爆裂|风险(?!控|管)|脱落|\bcomes? off\b|\bsnapp\w+|\bhazard\w*|\bpeel\w*|材质有|掉色|安全隐患|受潮|过期(?:产品|批次)|有问题[^。!?\n]{0,12}(?:批|货|商品|产品)|(?:商品|产品|批次|这批|衣服|这款|那款|批货|一批|货|面膜|慕斯|袜子)[^。!?\n]{0,14}有(?:点|些)?(?:质量)?问题|裂纹|断裂"
        r"|\brecall\w*\b|\bdefect\w*\b|\bfaulty\b|\bfault (?:with|in|on)\b|\ba fault\b|\bharmful\b|\bcontaminat\w*\b|\bunsafe\b|\btoxic\b|\bquality (?:issue|problem|check|control|inspection|test)\w*|\bbanned (?:substance|ingredient|chemical|dye)|\bmercury\b|\bformaldehyde\b|\blead\b(?! to)[^.]{0,20}\b(?:paint|level|content)|\brash(?:es)?\b|\ballerg\w*\b|\bcatch(?:ing)? fire\b|\bfire (?:risk|hazard)\b|\boverheat\w*\b|\bsafety (?:issue|notice|problem|test|recall)|\bfailed (?:a |the |our )?(?:\w+ )?(?:test|inspection|check)|\bbad batch\b|\bcounterfeit\b|\bcarcinogen\w*|\bchemical\b|\bmould\b|\bsubstandard\b|\bproblem with the (?:batch|material|dye|fabric|product)|\bburns?\b|\bbatch\b|\b(?:that|this) lot (?:has|had|is|was)\b|\bcracked\b"
    ),
    "threat": re.compile(
        r"征信|失信|违约金|滞纳金|起诉|法院|传票|逮捕|通缉|洗钱|涉嫌|涉案|冻结(?:您|你|账)|律师函|影响(?:您|你)?(?:的)?(?:信用|个人信用)|信用记录|黑名单|上门(?:催收|执行|抓)|罚款|(?:贷|款|账|白条|花呗|借|还)[^。!?\n]{0,8}逾期|逾期(?:未还|记录|没还|账)|欠款|催收|通讯录|法务|强制(?:扣|执行)|报案|违法|追究|拘留|刑事|销户|停机|报(?:了|咗)?警(?!方|号|电话|处理吧)|差人|和解|封禁"
        r"|\bcredit (?:record|score|rating|file|history)\b|\bpenalt\w+\b|\blawsuit\b|\barrest\w*\b|\bwarrant\b|\blegal action\b|\bsu(?:e|ed|ing)\b|\bcourt\b|\bbailiff\w*\b|\bdebt collect\w*|\bprosecut\w*\b|\bmoney laundering\b|\bblacklist\w*\b|\bcriminal\b|\bfined?\b (?:of|you|for)|\bsuspended\b[^.]{0,20}\b(?:social|account|number)|\boverdue\b|\barrears\b|\bbailiff|\bseiz\w+|\benforcement\b|\bliable for\b|\bcollections\b|\b(?:permanently )?banned\b(?! (?:substance|ingred|chem|dye))|\breported (?:for|to)\b|\bchargeback"
    ),
    "order_problem": re.compile(
        r"(?:订单|付款|支付|交易|这单|那单|单子|扣款|下单|系统|账户|账号)[^。!?\n]{0,16}(?:异常|有问题|出(?:了)?(?:点)?问题|失败|没(?:有)?成功|锁住|出了错|卡单|掉单|未成功|没成功|没支付成功|冻结|重复|关闭|被拦|错误|故障|出错|卡住|滞留|取消|风控|被骇|升级|漏洞|缺货|没货|断货|无货|发不出|未(?:显示|同步)|不完整)|卡单|掉单|跑路|先行赔付|降价|差价|价保|退差|重复(?:扣款|下单|付款|收费)|多(?:扣|收|付)(?:了)?|缺货|没货|断货|无货|库存不足|漏发|错发|发错|少发|分期付款|订单异常|扫描异常|解除分期|无法发货|发不了货|不成功|补付|地址(?:有误|不全|不详|不清|错误|不完整)|核对(?:一下)?(?:地址|尺码|颜色|订单)|改(?:一下)?地址|补差价|换(?:个|成)?(?:颜色|款|尺码)|预售|延迟发货|晚(?:发|几天发)|清关|海关"
        r"|\border\b[^.!?\n]{0,40}\b(?:problem|issue|error|failed|stuck|on hold|didn't go through|did not go through|frozen|blocked|cancel\w*|delay\w*|flagged|abnormal|duplicate\w*|twice|unpaid|out of stock|held|pending|not (?:been )?(?:processed|confirmed|completed)|couldn't be|cannot be|can't be|wrong)\b|\b(?:problem|issue|error|glitch|mistake|trouble|something wrong|irregularity)\b[^.!?\n]{0,24}\b(?:order|payment|purchase|transaction|account)\b|\bpayment\b[^.!?\n]{0,24}\b(?:failed|problem|declined|error|not|issue|twice|duplicate)|\bout of stock\b|\b(?:charged|billed|ordered|placed) (?:you )?(?:twice|double|three times|multiple)\b|\bduplicate\b|\bsystem (?:error|glitch|upgrade|fault|was hacked)|\bsuspicious (?:order|purchase|activity)|\bunauthori[sz]ed (?:order|purchase|transaction)|\bback ?order|\bsold out\b|\b(?:over)?charged you\b|\bprice[- ]match|\bbounced\b|\bseller\b[^.]{0,20}\b(?:blocked|banned|closed|gone)|\bdid you authori[sz]e|\bthe wrong (?:item|size|colou?r|weight|one|price)|\bchipped\b|\bcaught in\b|\bbilling error|\bcustoms\b|\bincomplete address|\bsize\b[^.]{0,20}\b(?:not|out|un)\w*|\baccount (?:has been |is |was )?(?:locked|suspended|compromised|hacked|frozen)|\bnot in stock\b|\bre-?taking\b|\bpayment\b[^.]{0,24}\b(?:reversed|bounced|retak\w+|again)|\bshort (?:of|on) stock\b"
    ),
    "delivery": re.compile(
        r"送(?:货|快递|件|到|过去|上(?:门|楼|去)|餐)|派(?:送|件)|取件|取货|取(?:一下)?(?:快递|包裹)|放(?:在|到|您|你|家|门|前台|保安|物业|柜)|门口|在家(?:吗|么|没|不)|到(?:楼下|门口|了)|楼下|签收|揽(?:收|件)|代收|货到付款|你有个?(?:快递|包裹|件)|您有(?:一)?个?(?:快递|包裹|件)|(?:快递|包裹|快件)(?:到|已到|放|在)|下来(?:拿|取)|出来拿|拿(?:一下)?快递|上门|预约(?:送|安装)|安装|收件|驿站|保安亭|(?:已|帮您|给您)?发(?:出|货)(?!票|不)|送达|配送|补发|几(?:栋|楼|号楼)|取货|自提|单元门"
        r"|\bdeliver\w*\b|\bout for delivery\b|\bdrop(?:ping|ped)? (?:it |this |the |a |your )?(?:\w+ )?(?:off|round)|\bleave (?:it|the|your|this)\b|\bleft (?:it|the|your|in|with)\b|\bpick ?-?up\b|\bcollect\w*\b|\bparcel\b|\bpackage\b|\bsignature\b|\bdriver\b|\bdoorstep\b|\bporch\b|\bneighbou?r\b|\boutside\b[^.]{0,20}\b(?:your|now|with)|\bmissed (?:you|your)|\bbuzzer\b|\bsign for\b|\bat your (?:door|gate|address)|\bre-?routing|\bredeliver\w*|\bat the (?:gate|door|lobby|reception|front desk)\b|\btry again (?:tomorrow|later)|\bno answer at\b|\bdispatch\w*|\bship(?:ped|ping)?\b|\bon its way\b|\blet me in\b|\bsafe place\b"
    ),
    "other": re.compile(
        r"[税信金助]贷|特价|领券|低至|房子|中介|仲介|地产|放租|买楼|寿|授信|贷款|额度|借款|放款|利率|岗位|简历|推广|办理|投诉|消费[^。\n]{0,12}元|支付成功|扣款成功|到账|入账|调研|问卷|调查|满意度|兼职|招聘|刷单|炒股|股票|投资|理财|课程|保险|装修|房产|楼盘|办卡|开户|免费领|中奖|抽中|礼品|优惠|促销|大促|满减|新品|打折|验证码|登录|反诈|诈骗|预警|体检|社保|医保|续保|车险|宽带|套餐|健身|培训|学区|积分(?:兑换|到期)|兑换|话费|退税|补贴|慈善|捐款|优惠券|回访|评价|好评|种草"
        r"|\bloans?\b|\bsurvey\b|\bresearch\b|\bquestionnaire\b|\binsurance\b|\bprize\b|\bwon\b|\bsolar\b|\bbroadband\b|\benergy (?:bill|supplier|tariff)|\binvest\w*\b|\bcrypto\w*\b|\bjob\b|\bvacanc\w*|\bhiring\b|\bpart-time\b|\bimportant message\b|\babout your account\b|\bcard services\b|\bverification code\b|\bone-time\b|\botp\b|\bpasscode\b|\bsecurity code\b|\blogin code\b|\bsale\b|\b\d+% off\b|\bdiscount\b|\bpromo\w*|\boffer\b|\bfeedback\b|\breview\b|\brate (?:your|us|our)|\bwarranty\b|\baccident\b[^.]{0,20}\b(?:claim|recent)|\bpension\b|\bdebt (?:relief|help)|\bcharity\b|\bdonat\w*|\bfraud (?:alert|warning|prevention)|\bsuspicious\b|\bmum\b[^.]{0,30}\bphone\b|\bvirus\b|\bcomputer\b|\bgift card|\bvoucher\b|\bloyalty\b|\bpoints\b|\bcover\b|\brenewal\b|\btenanc\w+|\blettings?\b|\bsubscribe\b|\bhouse\b|\bholiday\b|\bpolitic\w*|\bvot(?:e|ing)\b|\bspent\b|\bpurchase of\b|\bbalance\b|\btax (?:refund|rebate)"
    ),
}
_DENIED = re.compile(
    r"(?:没有|不是|不存在|并非|无|不会|不要|切勿|谨防|防止|严防|假冒|冒充|以)[^,。]{0,10}$|\b(?:not|no|never|without|n't)\b[^,.]{0,14}$"
)
_DENIED_WITHIN = re.compile(r"\b(?:not|no|nowt|without|nothing)\b[^.]{0,12}(?:double|triple|times|recall|lost)")
_PRETEXTS = (
    "lost_parcel",
    "wrong_membership",
    "wrong_agent",
    "multiple_compensation",
    "defect_refund",
    "threat",
    "order_problem",
)


_WARNING = re.compile(
    r"冒充|谨防|凡(?:是)?(?:要求|让|要)|为由|皆为|(?:都|均)(?:是|为)(?:诈骗|骗|假)|类诈骗|诈骗频传|(?:他|对方)说的[^。]{0,12}假|转钱吧|\bthat'?s a scam\b|\bis a scam\b|\bnever ask|\bwon't ask|\bwill not ask|\bif (?:somebody|someone|anyone) (?:told|asks?|calls?)\b"
)


def warned(words: str, at: int) -> bool:
    """Whether a place stands in a sentence that warns of frauds: what they ask for is not wanted there."""
    start = max(words.rfind(mark, 0, at) for mark in "。!?\n") + 1
    end = min((place for mark in "。!?\n" if (place := words.find(mark, at)) >= 0), default=len(words))
    return bool(_WARNING.search(words[start:end]))


def cues(said: Said) -> dict[str, list[Mention]]:
    """Where each story sounds in the caller's words."""
    found: dict[str, list[Mention]] = {script: [] for script in _CUES}
    for turn in said.turns:
        if turn.speaker is not Speaker.CALLER:
            continue
        words = said.words_of(turn)
        for script, pattern in _CUES.items():
            for hit in pattern.finditer(words):
                if warned(words, hit.start()):
                    continue
                if not _DENIED.search(words[: hit.start()][-16:]) and not _DENIED_WITHIN.search(hit[0]):
                    found[script].append(Mention(script, turn.start + hit.start(), turn.start + hit.end(), hit[0], 0.8))
    return found


def script_of(found: dict[str, list[Mention]], role: str) -> Mention | None:
    """The opening pretext; None where no story is told. `role`: whom the caller claims to be, "" where nobody."""
    first = {script: hits[0] for script, hits in found.items() if hits}
    frauds = [script for script in _PRETEXTS if script in first]
    if not frauds:
        if "delivery" in first and ("other" not in first or len(found["delivery"]) >= len(found["other"])):
            return first["delivery"]._replace(p=0.85)
        return first["other"]._replace(p=0.7) if "other" in first else first.get("delivery")
    opening = min(frauds, key=lambda script: first[script].start)
    chosen = _first_told(opening, first)
    if chosen == "multiple_compensation" and role == "courier" and "defect_refund" not in first:
        return first[chosen]._replace(field="lost_parcel", p=0.75)  # what a courier pays twice for is the parcel
    return first[chosen]._replace(p=0.9 if len(frauds) == 1 else 0.8)


def _first_told(opening: str, first: dict[str, Mention]) -> str:
    """What a pretext becomes by what follows: a defect with a multiple is multiple compensation."""
    if (
        opening in ("multiple_compensation", "order_problem", "threat")
        and "lost_parcel" in first
        and first["lost_parcel"].start < first[opening].start + 60
    ):
        return "lost_parcel"
    if opening in ("order_problem", "threat", "defect_refund"):
        for stronger in ("wrong_agent", "wrong_membership"):
            if stronger in first and first[stronger].start < first[opening].start + 80 and opening != "defect_refund":
                return stronger
    if opening == "defect_refund" and "multiple_compensation" in first:
        return "multiple_compensation"
    if (
        opening == "order_problem"
        and "defect_refund" in first
        and first["defect_refund"].start < first[opening].start + 50
    ):
        return "multiple_compensation" if "multiple_compensation" in first else "defect_refund"
    if opening == "order_problem" and "multiple_compensation" in first:
        return "multiple_compensation"
    if opening == "wrong_membership" and "wrong_agent" in first and first["wrong_agent"].start < first[opening].end:
        return "wrong_agent"
    return opening
