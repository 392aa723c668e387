"""A dialogue without any marks: who speaks is told by question and answer, and by what is said."""

from __future__ import annotations

import re

from tracer.domain.transcript.field_words import fields_in
from tracer.domain.transcript.said import Speaker, Turn

_BREAK = re.compile(r"(?<=[。!?;\n])|(?<=[.!?])\s(?=\W*\w)|(?<=[一-鿿])\s+(?=[一-鿿\d])")

_CALLEE = re.compile(
    r"^\W*(?:是的?|对[的啊呀]?|嗯+|啊+|哦+|噢|唔|喔|好[的吧啊]?|行|可以|没有|不是|不对|不用了?|不需要|谁呀?|哪位|你好|您好|喂+|怎么了?|干嘛|干什么|什么事儿?"
    r"|什么意思|真的假的|为什么|凭什么|哪里|哪个|多少|yes|yeah|yep|no|nope|ok(?:ay)?|speaking|who(?:'s| is) (?:this|that|calling)|what|why|how|sure|hello"
    r"|hm+|uh huh|right|really|oh|sorry|you what|pardon)\b"
)
_CALLEE_WORDS = re.compile(
    r"我知道了|我记得|我那(?:双|件|个|单|笔)|那退(?:我)?多少|^\W*多少钱|^\W*什么(?:订单|东西|会员|情况|意思)|^\W*不对(?:啊|吧|呀)?|我没花|^\W*蛤|讲讲看|^\W*(?:订单号|单号|名字|地址|价格)(?:是)?(?:多少|什么)|我没(?:有)?(?:买|下|订|开|办|丢|收|欠|申请)|你(?:们)?(?:怎么|咋|为什么|是谁|哪位|哪里的|说说|先|到底)|你(?:们)?(?:是)?(?:什么|哪个)(?:公司|平台|店|人)"
    r"|那?我(?:的)?(?:订单号|单号|快递单号|运单号|名字|地址|电话|账号)[^,。]{0,4}(?:多少|什么|是啥|呢)|那?我(?:买|订)(?:的|过|了)(?:是)?(?:什么|啥|哪)|我买的(?:是|不是)"
    r"|那你(?:说|报|讲)|你(?:说|报)(?:一下)?我|我(?:不|没)(?:信|需要|想|要|方便|会|是)|骗子|诈骗|报警|挂了|不用了|我自己(?:去|看|联系|在)|我(?:去)?问(?:一?下)?(?:平台|客服|官方)"
    r"|我(?:先)?(?:看|查)(?:一?下|看)|多少钱啊|谢谢你?|我在(?:家|上班|公司|开会|忙)|打错了?|你打错|没这个人|不是我|我不叫|我姓|我叫"
    r"|\bi (?:didn'?t|did not|haven'?t|never|don'?t|won'?t|can'?t|am not|will not|'ll call|'m not)|\bi do not|\bwho (?:is this|are you)|\bhow (?:do|did) you (?:know|get)"
    r"|\bwhat(?:'s| is| was) my|\bwhich (?:order|item|parcel)|\bwhat did i|\bwrong number|\bi'?m (?:busy|at work|driving|hanging)|\bscam|\bleave me alone"
    r"|\bthere's no |\bno \w+ (?:here|lives here)|\bprivate number|\bwhat about it|\bget away\b|\baye\b|\bthat's me\b|\bwhat(?:'s| is) (?:it|this) about|\bwhat purchase|\bwhat parcel|\byou're a (?:crook|scam)|\bspeaking\.|不(?:认识|叫)|你威胁|成世|我哋冇|等等|然后呢|怎么操作|怎么退"
    r"|\btake me off|\bnot interested|\bmy (?:husband|wife|bank) "
)
_CALLER_WORDS = re.compile(
    r"您|我(?:们)?(?:这边|这里|是.{0,14}(?:客服|快递|平台|公司|中心|专员|售后|店|银行|驿站))|这边|这里是|本公司|我司|给您|帮您|为您|工号|后台|系统显示|咱们|理赔|赔付"
    r"|请问(?:是|您)|麻烦(?:您|你)|稍等|核实一下|女士|先生|小姐|配合"
    r"|\b(?:mr|mrs|ms|miss)\b|\bquick call|\byou're owed|\bis \w+ (?:there|in|about|around|available)\b|\bcould i (?:speak|talk)|\bi have a (?:parcel|package|delivery)|\bcompensat|\brefund you|\bsorry to (?:trouble|bother)|打扰"
    r"|\bam i speaking|\bis (?:this|that) (?:mr|mrs|ms|miss)|\bthis is .{0,24}\b(?:from|with|at)\b|\bi'?m calling|\bcalling (?:from|about|on behalf)|\bour (?:system|records|company"
    r"|warehouse|team)|\bwe (?:have|need|can|will|are|noticed|detected)|\byour (?:order|account|parcel|package|card|refund|delivery)|\bsir\b|\bma'?am\b|\bcan you confirm"
)
_DEMANDS = re.compile(
    r"念(?:一下|念|下|来|给)|叫啥|报(?:一下|下|来|给)|你(?:说|讲|念|报)|(?:是)?多少|哪里|什么|\b(?:what|which|when|how much|tell me|do you have)\b"
)
_QUESTION = re.compile(r"[?吗呢么嘛]\W*$")


_UNPUNCTUATED = re.compile(r"[^,。!?;:\n\"]{28,}")
_HAN_CUT = re.compile(
    r"(?=那我(?!们|这|给|帮|跟|先|再|来|就|把|直接|马上))|(?=哦那)|(?=那可能)|(?=不是不是)|(?=那(?:你们?)(?:寄|送|说|报|先|怎|为))|(?=那?我(?:没(?!有权限|关系)|不(?:要|想|信|需要|是|会|知道|叫|姓|方便)|知道|买(?:了)?(?:的|什么|啥)?|那(?:双|件|个|单|笔|瓶|盒|套)|这(?:双|件|单|笔)|(?:的)?(?:订单|名字|地址|单号|快递|电话)|还|记得|在(?:上班|家|忙|开会|外面)|问|自己|什么|叫|姓|去|再|先))"
    r"|(?=(?:那|哦那|嗯那|好的那|所以)?(?:您|你)(?:的|那|这|先|需|把|在|现|可|要|看|听|等|放|下|打|加|点|扫|之前|上次|如果|是|有|就|只))|(?=我(?:们)?这边)|(?=这个(?:跟|是|要|金额|系统|涉|我|信息|得|没))|(?=(?:具体)?多少钱)|(?=不对(?!劲))|(?=蛤)|(?=什么(?:订单|东西|会员|快递|事|意思|情况))"
    r"|(?=(?<!您|你)(?:是的|对的|好的|对对|嗯嗯?|哦哦?|喂)(?!话))|(?=怎么(?:退|赔|弄|操作|办|会|可能|了))|(?=(?:订单号|单号|名字|地址)(?:是)?(?:多少|什么|呢))|(?=女士|先生您)|(?=系统(?:显示|看|没|保密|里))|(?=骗子|报警)|(?=你(?:说|报)(?:一下|下|说|个)?(?:我|订|单|看))|(?=哪(?:位|个|里|家|一))|(?=因为)|(?=麻烦)|(?=然后)"
)
_LATIN_CUT = re.compile(
    r"\s(?=(?:i (?:never|didn't|didnt|don't|dont|haven't|havent|do|did|have|am|was|want|think|know|would|only|just|live|paid|bought|ordered)|im |i'm |i'll |ill |oh |no |yes |yeah |yep |ok(?:ay)? |what(?:'s|s| is| was| did| do)? (?:is |the |my |i |it|purchase|order|parcel|address|name|this)"
    r"|who (?:is|are)|how (?:do|did|much|come)|why |which |when did|where |hello|hang on|wait |well |so |right |all right |alright |we |we're |we've |were |your |you |this is |it's |its |it |sir |ma'?am |madam |can you|could you|and (?:i|we|you) |then |because |but |not )\b)"
)


def callee_score(text: str) -> float:
    """How much words sound like the callee's rather than the caller's; 0 is undecided."""
    sentences = [one for one in _BREAK.split(text) if one and one.strip()]
    score = sum(bool(_CALLEE.match(one)) for one in sentences) * 0.5
    score += len(_CALLEE_WORDS.findall(text)) * 1.0 - len(_CALLER_WORDS.findall(text)) * 1.0
    length = max(1.0, len(text) / 40)
    return float(score / length**0.7) - (0.4 if len(text) > 60 * max(1, len(sentences)) else 0)


def unmarked_turns(text: str) -> tuple[Turn, ...]:
    """Sentence by sentence: the callee's where it sounds so clearly, else the caller's."""
    turns: list[Turn] = []
    at = 0
    for piece in _pieces(text):
        start, at = at, at + len(piece)
        speaker = Speaker.CALLEE if _is_callees(piece, turns, text) else Speaker.CALLER
        if turns and turns[-1].speaker is speaker:
            turns[-1] = Turn(speaker, turns[-1].start, at)
        else:
            turns.append(Turn(speaker, start, at))
    return tuple(turns) or (Turn(Speaker.CALLER, 0, len(text)),)


def _pieces(text: str) -> list[str]:
    """The sentences of a text; what has no punctuation is cut where somebody is likely to begin."""
    cuts = {0, len(text)} | {found.end() for found in _BREAK.finditer(text)}
    for run in _UNPUNCTUATED.finditer(text):
        cut = _LATIN_CUT if sum(c.isascii() for c in run[0]) > len(run[0]) / 2 else _HAN_CUT
        cuts |= {found.end() for found in cut.finditer(text, *run.span())}
    ordered = sorted(cuts)
    return [text[start:end] for start, end in zip(ordered, ordered[1:], strict=False)]


def _is_callees(piece: str, turns: list[Turn], text: str) -> bool:
    if _CALLER_WORDS.search(piece):
        return len(_CALLEE_WORDS.findall(piece)) > len(_CALLER_WORDS.findall(piece))
    if _CALLEE_WORDS.search(piece):
        return True
    if _DEMANDS.search(piece) and fields_in(piece) and "您" not in piece:
        return True
    short = len(piece.strip()) <= (24 if piece.isascii() else 9)
    before = text[turns[-1].start : turns[-1].end] if turns else ""
    asked = bool(turns) and turns[-1].speaker is Speaker.CALLER and bool(_QUESTION.search(before.strip()))
    return bool(_CALLEE.match(piece)) and short and (asked or bool(_QUESTION.search(piece)))
