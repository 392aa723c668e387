"""What the callee asked for, or called wrong: fields that the caller could then say, or could not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.field_words import fields_in
from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.said import Said, Speaker, Turn

_ASK = re.compile(
    r"多少|什么|啥|哪|几(?:号|多|时|点|月)|谁|[?]|吗|呢|么\b|报(?:一下|下|一?个|出|给|来|上|我|个)|说(?:一下|下|说|出|个|给|我|来|一?遍|得出)|讲(?:下|一下|来|讲|出)|念|读|告诉|核对|乜|边(?:个|度)|证明|先(?:说|报)|对一下|查一下|给我(?:看|发|个|$)|发(?:给)?我|问"
    r"|\bwhat\b|\bwhich\b|\bwhen\b|\bhow much\b|\bwho\b|\bwhere\b|\btell me\b|\bgive me\b|\bread (?:me|it|out|that)?\b|\bcan you\b|\bcould you\b|\bconfirm\b|\bprove\b|\basked?\b|\bsay\b|\bwhat's\b|\bthen\b|\bdo you (?:know|have)\b|\bgo on\b|\bname it\b|\bverify\b|\bquote\b|\bpressed\b|\bfor (?:my|the|his|her)\b"
)
_ABOUT_CALLER = re.compile(
    r"(?:你(?:们)?(?:的|叫|姓|是|公司|自己|店|那边|这边)|您(?:的|贵姓|叫)|贵姓|他(?:的)?(?:名字|姓名|工号|叫)|工号|客服(?:的)?(?:名字|姓名)|\byour (?!customer|records|screen|end|system|file)|\byou're called\b)[^,。?!\n]{0,6}$"
)
_LEFT_OUT = re.compile(
    r"(?:怎么(?:知道|会有|有|拿到|晓得)|哪(?:里|儿)(?:来|得到|拿到|知道|弄)|从哪|为什么(?:知道|有)|不(?:会|想|要|能)?(?:告诉|给|提供|报|说|透露)|没(?:有)?(?:给|说|告诉|报|提供)|干嘛要|为什么要|凭什么要|要我(?:的)?|你要)[^,。?!\n]{0,10}$|\b(?:how (?:do|did) you (?:know|get|have)|where did you get|why do you (?:need|want)|not (?:giving|telling)|won't (?:give|tell)|didn't (?:give|tell)|never gave|refused to give|don't give|why would you need|give you)\b[^.?!\n]{0,24}$"
)
_WRONG = re.compile(
    r"(?:不对|错(?:了|的|啦)|不是(?:这|那)|对不上|不一样|不符|没对上|不是我(?:的)?(?!家)|说错|报错|搞错|弄错|没买过?(?:这|那|什么|过)?|没(?:有)?买(?:过)?|没订|没(?:有)?下(?:过)?单|哪有|查无此人|没(?:有)?这(?:个)?(?:人|订单|单|地址)|打错|找错|认错|我不(?:是|叫|姓|住)|不姓|不叫|唔系|冇买|冇呢个人|不系|根本不是)"
    r"|\b(?:wrong|incorrect|that'?s not|that is not|isn't (?:right|mine|me|it|my)|not (?:mine|right|correct|me|my|what i)|didn't (?:buy|order)|did not (?:buy|order)|never (?:bought|ordered)|haven't (?:bought|ordered)|don't (?:own|have) (?:a|any|one)|no (?:one|body) (?:here )?(?:called|named|by that)|no \w+ here|i'm not|i am not|doesn't live|don't live|didn't match|doesn't match|not the (?:one|number|right)|nope|not it\b|not that\b|off by|nowhere near|was not mine|bore no)\b"
)
_WRONG_OF = {
    "order_time": re.compile(
        r"(?:\d{1,2}月|\d号|昨天|前天|上周|上个?月|那天)[^,。]{0,6}(?:没|不是|买|下单)|时间不对|日期不对|wrong (?:date|day)|\b(?:didn't|never) (?:buy|order)[^.]{0,20}(?:that day|in \w+)"
    ),
    "name": re.compile(
        r"打错|找错|认错|查无此人|没(?:有)?这(?:个)?人|我不(?:是(?!说|已经|问|刚|买|要|在|不|都|就|给|那|这|很|太|卖|做)|叫|姓)|不姓|不叫|冇呢个人|不系我|\bno (?:one|body) (?:here )?(?:called|named|by that)|\bwrong number|\bno \w+ here|\bi'?m not (?:mr|mrs|ms|miss|called|named)\b|\b(?:am|is) not (?:mr|mrs|ms|miss)\b|not (?:my name|me\b)|wrong person|that's not me|my name(?:'s| is) not"
    ),
    "address": re.compile(r"不住|地址(?:不对|错)|(?:don't|doesn't) live|wrong address"),
    "item": re.compile(
        r"没(?:有)?买(?:过)?|没订|买的(?:不是|是)|我买的|冇买|不是这(?:个|件|款|样)(?:东西|商品|产品)?$|(?:didn't|did not|never|haven't) (?:buy|bought|order(?:ed)?)|(?:i|what i) (?:bought|ordered) (?:a|an|was|the|some)|don't (?:own|have) (?:a|any|one)"
    ),
    "price": re.compile(
        r"不是(?:这|那)个?价|(?:花|付|价格|价钱|金额)[^,。]{0,8}(?:不对|不是|错|没)|(?:不|没)(?:是|有)(?:那么|这么)(?:多|少|贵)|没(?:那么|这么)(?:多|贵)|price|paid|cost|that much|wasn't that"
    ),
}


def questions(said: Said) -> Iterator[Mention]:
    """The fields the callee asks the caller to say; the place is where the question stands."""
    for turn in said.turns:
        words = said.words_of(turn)
        if turn.speaker is Speaker.CALLER:
            yield from _echoed(turn, words)
        if turn.speaker is not Speaker.CALLEE:
            continue
        at = 0
        for sentence in re.split(r"(?<=[。!?;\n])|(?<=[.])\s", words):
            start, at = words.find(sentence, at), at + len(sentence)
            if not _ASK.search(sentence):
                continue
            for field, (begin, end) in fields_in(sentence).items():
                left = sentence[max(0, begin - 26) : begin]
                if _ABOUT_CALLER.search(left) or _LEFT_OUT.search(left):
                    continue
                if _states(field, sentence[end : end + 12]):
                    continue
                yield Mention(field, turn.start + start + begin, turn.start + start + end, sentence[begin:end], 0.85)


_ECHO = re.compile(
    r"(?:您|你)(?:是)?问(?:我)?[^。!?\n]{2,20}[?。,]|\b(?:you're asking|you want to know|you ask)\b[^.?!\n]{3,40}"
)


def _echoed(turn: Turn, words: str) -> Iterator[Mention]:
    """Questions that only the caller's answer tells of: `您问多少钱?这个我们看不到`."""
    for echo in _ECHO.finditer(words):
        for field, (begin, end) in fields_in(echo[0]).items():
            start = turn.start + echo.start()
            yield Mention(field, start + begin, start + end, echo[0][begin:end], 0.75)


def _states(field: str, right: str) -> bool:
    """Whether the callee goes on to give the value: `我的订单号是5871`."""
    return (
        bool(re.match(r"\s?(?:是|is|:)?\s?(?:尾号)?\s?[a-z]{0,3}\d{3,}", right))
        if field in ("order_no", "waybill_no", "phone", "price")
        else False
    )


def objections(said: Said, mentions: list[Mention], asked: list[Mention]) -> Iterator[tuple[str, int, int]]:
    """The fields whose value the callee calls wrong, and where he does.

    Said of nothing in particular, it is of what the caller said last.
    """
    for place, turn in enumerate(said.turns):
        if turn.speaker is Speaker.CALLER and not said.told:
            continue
        words = said.words_of(turn)
        for found in _WRONG.finditer(words):
            if re.search(
                r"(?:怎么|哪里|什么|啥|哪儿)(?:地方)?$|what'?s $|what is $|something $", words[: found.start()][-10:]
            ):
                continue
            if turn.speaker is not Speaker.CALLEE and re.search(
                r"(?:发觉|觉得|感觉|察觉|发现)(?:事情|有点|情况)?$", words[: found.start()][-8:]
            ):
                continue
            if turn.speaker is not Speaker.CALLEE and not re.match(
                r"对不上|不对(?=的|,他|,她|,对)|不符|说错|报错|didn't match|doesn't match|wrong|not mine|not the|nowhere near|bore no|根本不是",
                found[0],
            ):
                continue
            sentence = (
                _sentence(words, found)
                if turn.speaker is Speaker.CALLEE or not said.told
                else _sentence(said.text, found, turn.start)
            )
            field = (
                _objected(sentence, found[0])
                or _answered(said, asked, mentions, place)
                or _last_said(said, mentions, turn.start + found.start(), place)
            )
            if field:
                yield field, turn.start + found.start(), turn.start + found.end()


def _sentence(words: str, found: re.Match[str], at: int = 0) -> str:
    start = max(words.rfind(mark, 0, at + found.start()) for mark in "。!?\n;")
    end = min((place for mark in "。!?\n;" if (place := words.find(mark, at + found.end())) >= 0), default=len(words))
    return words[start + 1 : end + 1]


def _objected(sentence: str, phrase: str) -> str:
    for field in ("order_time", "name", "address", "price", "item"):
        if _WRONG_OF[field].search(sentence):
            return field
    named = fields_in(sentence)
    return next(iter(named), "")


def _answered(said: Said, asked: list[Mention], mentions: list[Mention], place: int) -> str:
    """The field that was asked for two turns ago, where the caller answered with a value of it since."""
    for question in reversed(asked):
        since = said.place(question.start)
        if place - 3 <= since < place:
            if any(m.field.split(":")[0] == question.field and since < said.place(m.start) <= place for m in mentions):
                return question.field
    return ""


def _last_said(said: Said, mentions: list[Mention], at: int, place: int) -> str:
    before = [m for m in mentions if m.start < at and (said.by(m.start, Speaker.CALLER) or said.told)]
    if not before:
        return ""
    last = max(before, key=lambda m: m.start)
    near = said.place(last.start) >= place - 1 or at - last.start < 40
    return last.field if near else ""
