"""A dialogue without any marks: who speaks is told by question and answer, and by what is said."""

from __future__ import annotations

import re

from tracer.domain.transcript.said import Speaker, Turn

_BREAK = re.compile(r"(?<=[。!?;\n])|(?<=[.!?])\s(?=\W*\w)|(?<=[一-鿿])\s+(?=[一-鿿\d])")

_CALLEE = re.compile(
    r"^\W*(?:是的?|对[的啊呀]?|嗯+|啊+|哦+|噢|唔|喔|好[的吧啊]?|行|可以|没有|不是|不对|不用了?|不需要|谁呀?|哪位|你好|您好|喂+|怎么了?|干嘛|干什么|什么事儿?"
    r"|什么意思|真的假的|为什么|凭什么|哪里|哪个|多少|yes|yeah|yep|no|nope|ok(?:ay)?|speaking|who(?:'s| is) (?:this|that|calling)|what|why|how|sure|hello"
    r"|hm+|uh huh|right|really|oh|sorry|you what|pardon)\b"
)
_CALLEE_WORDS = re.compile(
    r"我没(?:有)?(?:买|下|订|开|办|丢|收|欠|申请)|你(?:们)?(?:怎么|咋|为什么|是谁|哪位|哪里的|说说|先|到底)|你(?:们)?(?:是)?(?:什么|哪个)(?:公司|平台|店|人)"
    r"|那?我(?:的)?(?:订单号|单号|快递单号|运单号|名字|地址|电话|账号)[^,。]{0,4}(?:多少|什么|是啥|呢)|那?我(?:买|订)的(?:是)?(?:什么|啥|哪)|我买的(?:是|不是)"
    r"|那你(?:说|报|讲)|你(?:说|报)(?:一下)?我|我(?:不|没)(?:信|需要|想|要|方便|会|是)|骗子|诈骗|报警|挂了|不用了|我自己(?:去|看|联系|在)|我(?:去)?问(?:一?下)?(?:平台|客服|官方)"
    r"|我(?:先)?(?:看|查)(?:一?下|看)|多少钱啊|谢谢你?|我在(?:家|上班|公司|开会|忙)|打错了?|你打错|没这个人|不是我|我不叫|我姓|我叫"
    r"|\bi (?:didn't|did not|haven't|never|don't|won't|can't|am not|will not|'ll call|'m not)|\bwho (?:is this|are you)|\bhow (?:do|did) you (?:know|get)"
    r"|\bwhat(?:'s| is| was) my|\bwhich (?:order|item|parcel)|\bwhat did i|\bwrong number|\bi'?m (?:busy|at work|driving|hanging)|\bscam|\bleave me alone"
    r"|\bthere's no |\bno \w+ (?:here|lives here)|\bprivate number|\bwhat about it|\bget away\b|\baye\b|\bthat's me\b|\bwhat(?:'s| is) (?:it|this) about|\bwhat purchase|\bwhat parcel|\byou're a (?:crook|scam)|\bspeaking\.|不(?:认识|叫)|你威胁|成世|我哋冇|等等|然后呢|怎么操作|怎么退"
    r"|\btake me off|\bnot interested|\bmy (?:husband|wife|bank) "
)
_CALLER_WORDS = re.compile(
    r"您|我(?:们)?(?:这边|这里|是.{0,14}(?:客服|快递|平台|公司|中心|专员|售后|店|银行|驿站))|这边|这里是|本公司|我司|给您|帮您|为您|工号|后台|系统显示|咱们|理赔|赔付"
    r"|请问(?:是|您)|麻烦(?:您|你)|稍等|核实一下|女士|先生|小姐|配合"
    r"|\b(?:mr|mrs|ms|miss)\b|\bquick call|\byou're owed|\bis \w+ (?:there|in|about|around|available)\b|\bcould i (?:speak|talk)|\bi have a (?:parcel|package|delivery)|\bcompensat|\brefund you"
    r"|\bam i speaking|\bis (?:this|that) (?:mr|mrs|ms|miss)|\bthis is .{0,24}\b(?:from|with|at)\b|\bi'?m calling|\bcalling (?:from|about|on behalf)|\bour (?:system|records|company"
    r"|warehouse|team)|\bwe (?:have|need|can|will|are|noticed|detected)|\byour (?:order|account|parcel|package|card|refund|delivery)|\bsir\b|\bma'?am\b|\bcan you confirm"
)
_QUESTION = re.compile(r"[?吗呢么嘛]\W*$")


def callee_score(text: str) -> float:
    """How much words sound like the callee's rather than the caller's; 0 is undecided."""
    sentences = [one for one in _BREAK.split(text) if one and one.strip()]
    score = sum(bool(_CALLEE.match(one)) for one in sentences) * 0.5
    score += len(_CALLEE_WORDS.findall(text)) * 1.0 - len(_CALLER_WORDS.findall(text)) * 1.0
    length = max(1.0, len(text) / 40)
    return score / length**0.7 - (0.4 if len(text) > 60 * max(1, len(sentences)) else 0)


def unmarked_turns(text: str) -> tuple[Turn, ...]:
    """Sentence by sentence: the callee's where it sounds so clearly, else the caller's."""
    turns: list[Turn] = []
    at = 0
    for piece in _BREAK.split(text):
        start, at = at, at + len(piece)
        # split drops the blank it splits at
        start = text.find(piece, start) if piece else start
        at = start + len(piece)
        if not piece:
            continue
        speaker = Speaker.CALLEE if _is_callees(piece, turns, text) else Speaker.CALLER
        if turns and turns[-1].speaker is speaker:
            turns[-1] = Turn(speaker, turns[-1].start, at)
        else:
            turns.append(Turn(speaker, start, at))
    return tuple(turns) or (Turn(Speaker.CALLER, 0, len(text)),)


def _is_callees(piece: str, turns: list[Turn], text: str) -> bool:
    if _CALLER_WORDS.search(piece):
        return len(_CALLEE_WORDS.findall(piece)) > len(_CALLER_WORDS.findall(piece))
    if _CALLEE_WORDS.search(piece):
        return True
    short = len(piece.strip()) <= (24 if piece.isascii() else 9)
    before = text[turns[-1].start : turns[-1].end] if turns else ""
    asked = bool(turns) and turns[-1].speaker is Speaker.CALLER and bool(_QUESTION.search(before.strip()))
    return bool(_CALLEE.match(piece)) and short and (asked or bool(_QUESTION.search(piece)))
