"""Numbers that name something: orders, waybills, telephones and their tails."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.domain.transcript.finding import Mention, nearest
from tracer.domain.transcript.patterns import pattern
from tracer.domain.transcript.said import Said, Speaker

_CODE = re.compile(
    r"(?<![a-z\d_¥$£€-])(?<!\d[.:])(?:#\s?)?(\+?[a-z]{0,6}[- ]?\d[\da-z]*(?:-[\da-z]+)*)(?![a-z\d_%]|\.\d)"
)
_CUES = pattern("codes", "cues")
_TAIL_MARK = pattern("codes", "tail_mark")
_WAYBILL_SHAPE = pattern("codes", "waybill_shape")
_MOBILE = re.compile(r"\+?(?:86)?1[3-9]\d{9}$")
_NOT_AFTER = pattern("codes", "not_after")
_TIME_LIKE = re.compile(r"(?:19|20)\d\d$")
_MONEY_LIKE = pattern("codes", "money_like")


_NUMBERED = re.compile(rf"{_TAIL_MARK.pattern}|单号\s?$")
_CALLERS_OWN = re.compile(
    r"(?:(?<!您的)(?<!你的)(?<!留的)(?<!收件人)联系电话|(?:派[件送]员|快递员|骑手|司机|客服)(?:的)?电话"
    r"|来电号码|来电|详询|致电|咨询)\s?(?:是|:|为)?\s?$"
)
_TO_CALL = re.compile(
    r"\b(?:call|back|us|me|text|ring|line|desk|team|office|contact|message|whatsapp)\b[^.!?]{0,10}\bat\s$"
)
_REACHED = re.compile(
    r"\b(?:is (?:this|that)|at|use|reach(?:ed)? you (?:on|at)|your (?:phone|number|mobile)(?: is)?)\s$"
)
"""Words before a telephone number of the callee's, said whole."""


_WHOLE = re.compile(r"(?<![\d+])(?:\+\d{1,3}[ -]?\d|0[1-9])(?:[ -]?\d){8,11}(?![\d])")
_FOR_ANSWERS = re.compile(
    r"\b(?:call|ring|text|phone|dial|contact|reply|whatsapp|message|telegram|tel|line|helpline|quote|visit|us|me)\b"
    r"[^.!?\n]{0,14}$|(?:拨打|致电|拨|回电|请电|来电|加我?|联系我?们?|详询|热线|咨询|转账?到|发到)[^,。!?;\n]{0,8}$"
)


def _whole_numbers(said: Said) -> Iterator[Mention]:
    """Telephone numbers said whole, in groups or not, which are not said to be called back."""
    for found in _WHOLE.finditer(said.text):
        left = said.left(found.start(), 30)
        kind, distance = nearest(_CUES, left, said.right(found.end(), 12), right_costs=3.0)
        if kind == "alias" or (kind not in ("", "phone") and distance < 16):
            continue  # told from its words, as other numbers are
        if not _FOR_ANSWERS.search(left) and not _CALLERS_OWN.search(left) and not _TAIL_MARK.search(left):
            yield Mention("phone", *found.span(), re.sub(r"[^\d+]", "", found[0]), 0.85)


def codes(said: Said) -> Iterator[Mention]:
    """Every number that names an order, a waybill or a telephone, whoever says it.

    The field is order_no, waybill_no, phone, phone:last4, phone:alias, or "single" and "tail" where the words do not
    tell of what (单号, a tail alone).
    """
    whole = list(_whole_numbers(said))
    yield from whole
    for found in _CODE.finditer(said.text):
        if any(one.start < found.end(1) and found.start(1) < one.end for one in whole):
            continue
        code = re.sub(r"[^\da-z+]", "", found[1])
        digits = sum(c.isdecimal() for c in code)
        unit = _NOT_AFTER.match(said.text, found.end())
        if digits < 3 or (
            unit and not (unit[0].strip() in "双套条件人份楼层" and _NUMBERED.search(said.left(found.start(), 20)))
        ):
            continue
        start, end = found.start(1), found.end(1)
        mention = _mention(said, code, digits, start, end)
        if mention is not None:
            yield mention


def _mention(said: Said, code: str, digits: int, start: int, end: int) -> Mention | None:
    if not said.text[start].isdecimal() and " " in said.text[start:end]:
        word = said.text[start:end].split(" ")[0]  # `order 4471`: the word is a cue, not a prefix
        start, code = start + len(word) + 1, code[len(word) :]
    if _names_nothing(said, code, digits, start, end):
        return None
    if _is_reached(said, code, digits, start):
        return Mention("phone", start, end, code, 0.85)
    if _WAYBILL_SHAPE.match(code):
        return Mention("waybill_no", start, end, code, 0.97)
    return _by_words(said, code, digits, start, end)


def _names_nothing(said: Said, code: str, digits: int, start: int, end: int) -> bool:
    """Whether a number is too short to name anything without a word for it, or one to call the caller by."""
    if (
        digits <= 3
        and not re.match(r"[a-z]{1,6}-?\d", said.text[start:end])
        and not _TAIL_MARK.search(said.left(start, 30))
        and not re.search(r"尾号|单号|订单号", said.left(start, 8))
    ):
        return True
    return digits >= 8 and code.startswith("0") and bool(_CALLERS_OWN.search(said.left(start, 16)))


def _is_reached(said: Said, code: str, digits: int, start: int) -> bool:
    """Whether it is the number by which the callee was reached: `is that 07700900123?`."""
    return (
        digits >= 7
        and bool(_REACHED.search(said.left(start, 24)))
        and not _TO_CALL.search(said.left(start, 30))
        and re.match(r"0\d{9,10}$|5550\d{3}$|\d{3}5550\d{3}$", code) is not None
    )


def _by_words(said: Said, code: str, digits: int, start: int, end: int) -> Mention | None:
    """What a number is by the words beside it, else by its length."""
    left = re.split(r"[。!?;\n]", said.left(start, 44))[-1]
    right = re.split(r"[,。!?;\n]", said.right(end, 16))[0]
    tail = bool(_TAIL_MARK.search(left))
    kind, distance = nearest(_CUES, left, right, right_costs=3.0)
    if (not tail and re.match(r"的(?:订)?单", right)) or (kind in ("card", "none") and distance < 16):
        return None
    if _is_telephone(code, digits, said.text[start:end]):
        if kind in ("order_no", "waybill_no", "single") and distance < 8:
            return Mention(kind, start, end, code, 0.85)
        return Mention("phone", start, end, code, 0.9)
    if not tail and _MONEY_LIKE.search(left):
        return None
    if kind == "alias":
        return Mention("phone:alias", start, end, code, 0.8)
    if kind == "phone":
        whole = digits >= 8
        return Mention("phone" if whole else "phone:last4", start, end, code, 0.92) if whole or digits == 4 else None
    near = distance <= (24 if tail else 18) and (tail or digits >= 4 or distance <= 6)
    if kind in ("order_no", "waybill_no", "single") and near:
        return Mention(kind, start, end, code, 0.95 if distance <= 10 else 0.85)
    if tail and digits <= 6:
        return Mention("tail", start, end, code, 0.7)
    if digits >= 6 and not _TIME_LIKE.match(code):
        return Mention("bare", start, end, code, 0.4)
    return Mention("bare", start, end, code, 0.3) if 4 <= digits <= 6 and said.by(start, Speaker.CALLER) else None


def _is_telephone(code: str, digits: int, written: str) -> bool:
    grouped = "-" in written and not re.fullmatch(r"\+?[\d ]*\d{3}-\d{4}-\d{4}", written)
    return bool(_MOBILE.match(code) and not grouped) or (code.startswith("+") and digits >= 8)
