"""Notes taken afterwards: 他说…, 我问…, "she knew my name", clause by clause."""

from __future__ import annotations

import re

from tracer.domain.transcript.said import Speaker, Turn

_NOTE = re.compile(
    r"接(?:到|了)(?:一?[个通]|.{0,8}电话)|打(?:来|电话|了个电话)|来电(?:话|说|的)|自称|说是|他说|她说|对方|说我|问我|让我|叫我|要我|骗子(?:说|知道|报|让)|给我打|打给我"
    r"|ta说|佢话|女的说|男的说|开口就"
    r"|\b(?:got|had|received|took) (?:a|another|this)\b.{0,20}\b(?:call|text|message)|\b(?:he|she|they|caller|bloke|guy|lady|woman|man|chap|agent|someone|somebody)\b.{0,25}"
    r"\b(?:says?|tells?|asks?|said|told|asked|claimed|knew|wanted|rang|called|phoned|had|read|says|reckoned|offered|mentioned|tried|insisted|couldn't)\b|\bclaim(?:ed|ing) to be\b|\bsaid (?:he|she|they|my|i|it|there)\b"
    r"|\b(?:rang|phoned|called) me\b|\basked me\b|\btold me\b|\bwanted me\b"
)
_FIRST_PERSON = re.compile(r"我|\b(?:i|me|my|i'm|i'd)\b")
_TO_CALLEE = re.compile(r"您|\byou(?:r|rs|'re)?\b")

_CUT = re.compile(
    r"(?<=[,，。!?;；\n:])|(?<=[.!?])\s(?=\w)|(?=(?:他们?|她|对方|ta|那人|那边|客服|骗子)(?:就|又|却|才|也|还|只|便|马上|立刻|支支吾吾)*(?:说|讲|回|答|报|念|支吾|道|知道|让我|要我|叫我))"
    r"|(?=(?<![让叫要给问说跟对和是])我(?:就|又|再|也|先|还|便|一)*(?:问|说|告诉|回答|回他|追问|反问|质问))"
    r"|(?=\b(?:and |but |so |then )?(?:he|she|they|the (?:man|woman|guy|lady|caller|agent))(?: then| just| also)? (?:said|says?|tells?|gives?|told|asked|claimed|knew|couldn't|could not|replied|read|gave|wanted|didn't|had))"
    r"|(?=\b(?:and |but |so |when |then )*i(?: then| just| also)? (?:said|say|asked?|told|tell|replied|mentioned))"
)
_CALLEE_SAYS = re.compile(
    r"^\W*(?:然后|于是|后来|结果|当时|等|接着|所以|但是?|可是?|再|不过)?\W*我(?:就|又|再|也|先|还|便|于是|一|故意|顺口|随口|跟(?:他|她|对方)|和(?:他|她)|不小心|多嘴)*"
    r"(?:问|说|告诉|回|答|讲|报|追问|反问|质问|让(?:他|她|对方)|要(?:他|她|对方|求)|提|透露)"
    r"|^\W*(?:追|反|再|又)?问(?:他|她|对方|起|了|到)|^\W*(?:让|叫|要)(?:他|她|对方)(?:报|说|念)"
    r"|^\W*(?:and |but |so |when |then |once |after |because |as )*i(?:'d| had)?(?: then| just| also| already| first| stupidly| accidentally)?(?: had)? "
    r"(?:said|say|asked?|told|tell|replied|mentioned|gave|pressed|blurted|let slip|challenged|confirmed|let)\b|^\W*(?:when )?asked (?:him|her|them|for|about|which|what)\b"
    r"|^\W*(?:when )?(?:he|she|they) (?:was|were) asked\b"
)
_CALLER_SAYS = re.compile(
    r"(?:他们?|她|对方|ta|那人|那边|客服|骗子|女的|男的|小哥)(?:就|又|却|才|也|还|只|便|马上|立刻|居然|竟然|直接|开口|上来|一直)*(?:说|讲|回|答|报|念|支吾|道|知道|让|要|叫|问|能|连)"
    r"|^\W*(?:自称|说是?|让我|要我|叫我|问我|还说|又说|还知道|还报|报了|说出|知道|开口)"
    r"|\b(?:he|she|they|caller|man|woman|guy|lady|bloke|agent)\b.{0,12}\b(?:said|says?|tells?|gives?|told|asked|claimed|knew|replied|read|gave|wanted|had|offered|couldn't|could|didn't|kept|tried|then)\b"
    r"|^\W*(?:said|claimed|knew|told me|asked me|wanted|claiming|saying|asking|then said)\b"
)
_REMARK = re.compile(
    r"^\W*(?:然后|于是|后来|结果|当时|幸好|还好|所以|但是?|可是?|不过|因为|其实|明明|反正)?\W*我(?!(?:的|买的|家|订的|名下|账户|在.{0,8}(?:买|下单|订)的).{0,16}(?:有问题|丢|异常|不合格|坏|破|冻结|过期|超标))"
    r"(?!姓名|名字|叫什么)"
    r"|^\W*(?:and |but |so |then |luckily |anyway |because )*(?:i|i'd|i've|i'm|my (?:husband|wife|mum|son|daughter))\b"
)
_SENTENCE_END = re.compile(r"[。!?\n.]\s*$")


def is_note(text: str) -> bool:
    """Whether a text without labels tells of a call rather than writes it down."""
    marks = len(_NOTE.findall(text))
    own = len(_FIRST_PERSON.findall(text))
    to_callee = len(_TO_CALLEE.findall(_without_quotes(text)))
    return marks > 0 and own > 0 and marks + own > to_callee


def _without_quotes(text: str) -> str:
    return re.sub(r'"[^"]*"', "", text)


def note_turns(text: str) -> tuple[Turn, ...]:
    """The clauses of a note by whose words they tell."""
    turns: list[Turn] = []
    now, at, quoted = Speaker.CALLER, 0, False
    fresh = True
    for piece in _pieces(text):
        start, at = at, at + len(piece)
        if not quoted:
            now = _speaker(piece, now, fresh=fresh)
        quoted ^= piece.count('"') % 2 == 1
        fresh = not quoted and bool(_SENTENCE_END.search(piece))
        if turns and turns[-1].speaker is now:
            turns[-1] = Turn(now, turns[-1].start, at, told=True)
        else:
            turns.append(Turn(now, start, at, told=True))
    return tuple(turns) or (Turn(Speaker.CALLER, 0, len(text), told=True),)


def _pieces(text: str) -> list[str]:
    cuts = sorted({found.start() for found in _CUT.finditer(text)} | {0, len(text)})
    return [text[start:end] for start, end in zip(cuts, cuts[1:], strict=False)]


def _speaker(piece: str, now: Speaker, *, fresh: bool) -> Speaker:
    if _CALLEE_SAYS.search(piece):
        return Speaker.CALLEE
    if _CALLER_SAYS.search(piece):
        return Speaker.CALLER
    if _REMARK.search(piece):
        return Speaker.NOTE
    if fresh:
        return Speaker.CALLER
    return now
