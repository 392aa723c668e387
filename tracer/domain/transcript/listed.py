"""What a note says the caller knew or could not say, without the values: 他知道我的名字和订单号."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.field_words import FIELD
from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.said import Said

_KNEW = re.compile(
    r"(?:知道|报(?:得|出|了|对|上)|说(?:出|得出|对|得|中|了|的)|念(?:出|了|对|得)|掌握|清楚|讲(?:出|对|得出)|叫(?:出|得出)|核对(?:了|出)?|对得上|对上了?|都(?:对|准|有|晓得|说对)|准确|全(?:对|中|都)|一清二楚|晓得|有我(?:的)?|提(?:到|了)|一字不差|没错|连)"
    r"|\b(?:knew|knows|know|had|has|have|recited|read (?:out|back|me)?|gave|quoted|listed|correct(?:ly)?|told me|mentioned|rattled off|got|right|even (?:knew|had)|reeled off|stated|confirmed|accurate\w*|spot on)\b"
)
_COULD_NOT = re.compile(
    r"(?:不(?:知道|清楚|肯|愿|说|告诉|能说|方便|晓得|会说|了解|提)|说不(?:出|上|清|来|准)|答不(?:出|上|了|来)|报不(?:出|上|来)|讲不(?:出|清)|没(?:有)?(?:说|报|答|给|提|回答|讲)(?!错)|支(?:支)?吾(?:吾)?|含糊|绕(?:开|过|来|弯)|回避|躲|岔开|看不(?:到|见)|查不(?:到|出)|没(?:有)?(?:显示|权限|查到)|打(?:了)?马?码|不显示|保密|隐私|推(?:脱|说)|搪塞|哑|一(?:概|问)不知|三不知|就挂|直接挂|挂(?:了|断|电话)|卡壳|对不上|说错|报错|不对|错(?:了|的)|瞎(?:说|编)|胡(?:说|编))"
    r"|\b(?:couldn't|could not|can't|cannot|didn't|did not|doesn't|wouldn't|would not|won't|refused|no idea|not (?:say|tell|know|able|allowed|answer)|unable|dodged|avoided|evaded|clueless|never (?:said|gave|answered|told)|without knowing|had no|not a clue|changed the subject|hung up|ignored|clammed|stumped|guessed wrong|got .{0,14}wrong|wrong|privacy|data protection|no clue|fobbed|mumbled|waffled|not (?:visible|shown|displayed)|hidden|masked|vague|flustered)\b"
)
_NOT_OWN = re.compile(
    r"我(?:就|又|先|已经|没|不|也|只|刚|主动|不小心)*(?:说|报|告诉|给|提供|透露|讲|不知道)(?:了|过|他|她|出)?[^,。]{0,6}$|\bi (?:gave|told|said|mentioned|confirmed|read|didn't|never|had)\b[^,.]{0,20}$"
)
_ASKED_FOR = re.compile(
    r"(?:问|要|让|叫|索要|核实|提供|套)(?:我|了我)?(?:要|的|提供|报|说|核对|发|给)?[^,。]{0,4}$|\b(?:asked (?:me )?(?:for|to|my|what|)|wanted|wants|needed|ask(?:s|ing)? for|give (?:him|her|them)|confirm)\b[^,.]{0,16}$"
)
_OF_CALLER = re.compile(r"(?:他|她|自己|对方|客服)(?:的)?$|\b(?:his|her|their|own)\s$")
_JOIN = re.compile(
    r"^(?:[、和跟与及,以\s还有连都也]|and|my|the|even|plus|as well as|or|nor|full|,|\(|exact|last|four|digits|of|住|家|我|的|还|以及|手机|delivery|what|i|where|when|home|a|both)*$"
)


def listed(said: Said) -> Iterator[tuple[Mention, bool]]:
    """Each field that is told of without a value, and whether the caller knew it."""
    if not said.told:
        return
    for match in re.finditer(r"[^。!?;\n]+", said.text):
        sentence, at = match[0], match.start()
        hits = sorted(
            (hit.start(), hit.end(), field) for field, pattern in FIELD.items() for hit in pattern.finditer(sentence)
        )
        for start, end, field in hits:
            if any(other != (start, end, field) and other[0] <= start and end <= other[1] for other in hits):
                continue
            knew = _verdict(sentence, start, end, said, at)
            if knew is not None:
                yield Mention(field, at + start, at + end, sentence[start:end], 0.85), knew


def _verdict(sentence: str, start: int, end: int, said: Said, at: int) -> bool | None:
    """True: he knew it. False: he could not say it. None: it is not told."""
    left, right = sentence[:start], sentence[end:]
    if re.search(r"\b(?:not|isn't|wasn't) $|不是$", left):
        return False
    clause = re.split(r"(?:,|;|但是?|可是?|不过|却|然后|\bbut\b|\bthen\b|\bthough\b|\bhowever\b)", left)[-1]
    if _OF_CALLER.search(left[-8:]) or _NOT_OWN.search(left[-18:]) or _ASKED_FOR.search(left[-26:]):
        if not _COULD_NOT.search(_following(right)):
            return None
        return False if _is_question(left) or _COULD_NOT.search(_following(right)) else None
    failing = list(_COULD_NOT.finditer(clause))
    knowing = [one for one in _KNEW.finditer(clause) if not any(f.start() <= one.start() < f.end() for f in failing)]
    if not failing and not knowing:  # a list goes on over commas: 知道我的名字,地址,订单号
        back = re.split(r"(?:但是?|可是?|不过|却|\bbut\b)", left)[-1]
        failing = list(_COULD_NOT.finditer(back))
        knowing = [one for one in _KNEW.finditer(back) if not any(f.start() <= one.start() < f.end() for f in failing)]
        if (failing or knowing) and not _is_list(back[max([one.end() for one in failing + knowing]) :]):
            failing, knowing = [], []
    if failing and (not knowing or failing[-1].start() > knowing[-1].start()):
        return False
    if knowing:
        return True
    after = _following(right)
    if _COULD_NOT.search(after):
        return False
    if re.search(
        r"^[^,。]{0,10}(?:都|也|全|一)[^,。]{0,3}(?:对|知道|准|说|有|报|清楚|没错|晓得|念)|^[^,.]{0,16}\b(?:correct\w*|right|spot on|accurate\w*|all)\b",
        after,
    ):
        return True
    return None


def _following(right: str) -> str:
    return re.split(r"(?:但是?|可是?|不过|\bbut\b)", right)[0][:36]


def _is_question(left: str) -> bool:
    return bool(re.search(r"问|\bask", left[-26:]))


def _is_list(between: str) -> bool:
    rest = between
    for pattern in FIELD.values():
        rest = pattern.sub("", rest)
    return bool(_JOIN.match(rest))
