"""Chinese names in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tracer.domain.codebook.phonetics import COMPOUND_SURNAMES
from tracer.domain.codebook.repertoire import surnames
from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.goods import goods_list
from tracer.domain.transcript.patterns import pattern, text, words
from tracer.domain.transcript.said import Said, Speaker

_TITLES = text("han_names", "titles")
_TITLE = re.compile(rf"({_TITLES})")
_STOP = frozenset(
    "是的了吗您你我他她它们在有到请问好这那就说给叫找与个位不没吧呢啊呀哦嗯喂哈对嘛么被把让跟从哪什谁怎几买卖单号话机货钱款退赔元块快递件客服店女姐也都又很还再么啦哒收寄付卡码址尾一此"
)
_TITLE_WORDS = words("han_names", "title_words")
_CLEAR_BEFORE = frozenset(
    "老个哎诶欸哟嗨是问到给叫找您喂好的呀哦嗯请下位和啊姓为你对系说称呼人名爱敬了联咪即吧吗我道帮跟让收她他称"
    ":,。.!?;\n \"'、(【】)-~…"
)
_SELF = pattern("han_names", "self")
_OTHERS_AFTER = re.compile(
    r"^(?:警官|经理|主任|主管|老师|队长|律师|师傅|法官|专员|店长|医生|检察官|客服|会计|科长|处长|顾问)(?!您|你)"
)
_ASKS = pattern("han_names", "asks")
_ASKED_AFTER = pattern("han_names", "asked_after")
_STRONG_AFTER = re.compile(
    r"^[\s\"]*(?:[一-鿿]?女士|先生|小姐|太太|吗|嘛|吧|对吧|对吗|对不对|是吧|是吗|本人|在吗|您好|你好|系咪|是不是)"
)
_OFFICES = frozenset(("师傅", "老师", "主任", "经理", "老板", "生", "太", "护士", "医生", "总"))
_TELLS_OWN = re.compile(r"(?:我|本人|免贵)(?:姓|叫|是)([一-鿿]{1,3}?)(?=[,。!?\\s啊呀,]|$|你|您|先生|女士)")
_SHORT_TITLES = frozenset("生总太哥姐叔姨嫂")
_HAN = re.compile("[一-鿿]+")
_MASKED = re.compile(r"(?<![一-鿿])?([一-鿿]?[*×○●xX某_]{1,3}[一-鿿]?)")
_GIVEN_NICK = pattern("han_names", "given_nick")


@lru_cache(maxsize=1)
def _surnames() -> frozenset[str]:
    return (
        frozenset(surnames("zh_CN").words)
        | frozenset(text("han_names", "rare_surnames"))
        | frozenset(s for s in COMPOUND_SURNAMES)
    )


def han_names(said: Said) -> Iterator[Mention]:
    """Every Chinese name that can be the callee's."""
    yield from _titled(said)
    for found in _TELLS_OWN.finditer(said.text):
        if said.by(found.start(), Speaker.CALLEE):
            token = "name:masked" if len(found[1]) == 1 else "name"
            yield Mention(token, *found.span(1), said.plain.cased[slice(*found.span(1))], 0.9)
    yield from _masked(said)
    yield from _asked_for(said)
    for found in _GIVEN_NICK.finditer(said.text):
        yield Mention("name", *found.span(1), said.plain.cased[slice(*found.span(1))], 0.85)


def _titled(said: Said) -> Iterator[Mention]:
    for title in _TITLE.finditer(said.text):
        run = re.search("[一-鿿]{1,5}$", said.left(title.start(), 5))
        if not run or _OTHERS_AFTER.match(said.right(title.end(), 3)):
            continue
        name = _name_at_end(run[0], said.left(title.start(), 6), personal=not (_OFFICES & {title[0]}))
        if not name:
            continue
        start = title.start() - len(name)
        if _is_self(said, start) or (title[0] in _OFFICES and not _is_addressed(said, start, title.end())):
            continue
        masked = name in _surnames() or len(name) == 1
        end = title.end() if masked else title.start()
        yield Mention("name:masked" if masked else "name", start, end, said.plain.cased[start:end], 0.95)


def _is_addressed(said: Said, start: int, end: int) -> bool:
    """Whether somebody with an office is spoken to rather than of: 谢主任您好, 管我叫谢主任."""
    left, right = said.left(start, 8), said.right(end, 5)
    if re.search(r"(?:叫|喊|称|一口一个)(?:我|她|他)?\s?\"?(?:老|小)?$", left):
        return True
    if not left.strip(' "诶哎喂欸') and re.match(r"[,:!。;\s您你]", right):
        return True
    return bool(
        re.search(r"(?:叫我?\"?|喊我\"?|称(?:呼)?我?:?\"?|请问(?:是)?|是|您好,?|你好,?|喂,?|找|尊敬的)$", left)
        or (
            (not left.strip() or re.search(r"[,。\"\n:]$", left))
            and re.match(r"[,:!?]?\s?(?:您|你|好|吗|吧|是|在)", right)
        )
    ) and not re.search(r"我(?:们)?(?:这边)?(?:是|姓)|这(?:里|边)是", left)


def _is_given(text: str) -> bool:
    return text not in _TITLE_WORDS and not any(c in _STOP for c in text)


def _name_at_end(run: str, left: str, *, personal: bool) -> str:
    """The name that a run of characters before a title ends with, "" for none."""
    for length in (4, 3, 2, 1):
        name = run[-length:]
        if len(name) < length:
            continue
        before = left[: len(left) - length][-1:]
        surname = 2 if name[:2] in _surnames() and length > 1 else 1
        if name[:surname] not in _surnames() or length - surname > 2:
            continue
        if (length > surname and not _is_given(name[surname:])) or (
            length > 1 and surname == length and before and before not in _CLEAR_BEFORE
        ):
            continue
        if before and before not in _CLEAR_BEFORE and _HAN.match(before) and length == 1:
            return ""
        return name
    bare = _LEADING.sub("", run)
    greeted = len(bare) < len(run)
    if (
        personal
        and 1 <= len(bare) <= 5
        and not any(c in _NO_SURNAME or c in _STOP for c in bare)
        and bare not in _TITLE_WORDS
        and (greeted or _stands_alone(left, run))
    ):
        return bare
    given = run[-2:]
    before = left[: len(left) - 2][-1:]
    if len(given) == 2 and personal and _is_given(given) and (not before or before in _CLEAR_BEFORE):
        return given
    return ""


_LEADING = re.compile(r"^(?:喂|您好|你好|哎|请问|是|这是|您是|你是|找|叫我|喊我|尊敬的|亲爱的|哦|嗯|那)+")
_NO_SURNAME = frozenset("叫警送客快听这那各几哪两位们的个老小大美帅一名该本贵有请您你他她我某")


def _stands_alone(left: str, run: str) -> bool:
    """Whether nothing but a greeting stands before what a title follows: a surname or a name no list has."""
    return len(left) == len(run) or left[: len(left) - len(run)][-1:] in ",。.!?;:\n \"'、(【】-~…—"


def _masked(said: Said) -> Iterator[Mention]:
    for found in _MASKED.finditer(said.text):
        text = found[1]
        letters = [c for c in text if _HAN.match(c) and c != "某"]
        if not letters or "_" in text or (re.search("[a-z]", text) and len(letters) < 1):
            continue
        start, end = found.span(1)
        if len(text) > 1 and text[-1] in _STOP:
            text, end = text[:-1], end - 1
            letters = [c for c in text if _HAN.match(c) and c != "某"]
            if not letters:
                continue
        before, after = said.text[start - 1 : start], said.text[end : end + 1]
        if re.search("[xX]", text) and (re.match(r"[a-z\d]", before) or re.match(r"[a-z\d]", after)):
            continue
        if text[0] not in _surnames():
            if _HAN.match(text[0]) and text[0] != "某":
                continue
            if len(letters) != 1 or not re.match(r"\*", text):
                continue
        if set(text) <= set(letters) | {"某"} and text.count("某") == 1 and text[-1] == "某":
            continue
        if re.match("某", text[0]) or re.search(r"(?:旗舰店|银行|公司|平台|店|快递)|^户|^[家品]", said.right(end, 5)):
            continue
        if not _is_self(said, start):
            title = _TITLE.match(said.text, end)
            end = title.end() if title else end
            yield Mention("name:masked", start, end, said.plain.cased[start:end], 0.95)


def _asked_for(said: Said) -> Iterator[Mention]:
    """Names without a title: 请问是张小萌吗, 收件人张小萌, 张小萌您好."""
    text = said.text
    for run in _HAN.finditer(text):
        for start in range(run.start(), run.end()):
            for length in (3, 2, 4):
                end = start + length
                if end > run.end():
                    continue
                name = text[start:end]
                surname = 2 if name[:2] in _surnames() and length > 2 else 1
                if name[:surname] not in _surnames() or not 1 <= length - surname <= 2:
                    continue
                numbered = length == 3 and name[1] == "一" and name[2] not in _STOP and _sure(said, start, end)
                if not numbered and not _is_given(name[surname:]):
                    continue
                p = _p_name(said, start, end)
                if name in _NOBODY:
                    continue
                if p and (name[surname:] in _SHORT_TITLES or _TITLE.fullmatch(name[surname:]) or _FAMILIAR.match(name)):
                    yield Mention("name:masked", start, end, said.plain.cased[start:end], p)
                    break
                if p:
                    yield Mention("name", start, end, said.plain.cased[start:end], p)
                    break
    for found in _GIVEN.finditer(text):
        name = found[1]
        if _is_given(name) and name not in _NOBODY and not _is_self(said, found.start(1)):
            familiar = name[0] in "小老" and name[1] in _surnames()
            yield Mention(
                "name:masked" if familiar else "name", *found.span(1), said.plain.cased[slice(*found.span(1))], 0.7
            )


_GIVEN = pattern("han_names", "given")
_NOBODY = words("han_names", "nobody")
_FAMILIAR = re.compile(r"[小老][一-鿿]$")


def _sure(said: Said, start: int, end: int) -> bool:
    return bool(_ASKS.search(said.left(start, 16)) and _STRONG_AFTER.match(said.right(end, 8)))


def _p_name(said: Said, start: int, end: int) -> float:
    if _is_self(said, start) or _OTHERS_AFTER.match(said.right(end, 3)):
        return 0.0
    left, right = said.left(start, 16), said.right(end, 8)
    asks, after = bool(_ASKS.search(left)), bool(_ASKED_AFTER.match(right))
    opens = not left.strip() or bool(re.search(r"[,。!?:】\n\"]\s?$", left))
    if said.text[start:end] in goods_list().entries:
        return 0.0
    if asks and after:
        bare = re.search(r"(?:^|[^问您你不就才])是\s*$", left) and not _STRONG_AFTER.match(right)
        return 0.4 if bare else 0.93
    if asks and re.search(r"(?:收件人|收货人|联系人|姓名|名字|叫|喊)[^,。]{0,4}$", left):
        return 0.9
    if opens and _STRONG_AFTER.match(right):
        return 0.9
    if opens and re.match(r"^[,:!]\s*(?:您|你|请|尊敬)", right):
        return 0.85
    if not left.strip() and re.match(r"^[,!?。]", right) and end - start == 3:
        return 0.8
    if opens and re.match(r"^[\s,]*(?:女士|先生|小姐)", right):
        return 0.9
    if opens and re.match(r"^[,?、]?\s?(?:男,|女,|手机尾号|家?住)", right):
        return 0.8
    if opens and end - start == 3 and re.match(r"^[,?]?\s?(?:男,|女,|手机|电话|尾号|对|是|身份证)", right):
        return 0.8
    return 0.0


def _is_self(said: Said, start: int) -> bool:
    left = said.left(start, 12)
    found = _SELF.search(left)
    return found is not None and not (said.told and found[0].startswith(("我", "叫我")))  # in a note 我 is the callee
