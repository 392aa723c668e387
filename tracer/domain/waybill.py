"""Whose waybill number it may be, by its form alone: a set of carriers with reasons, hardly ever one.

No rule binds Chinese carriers, and digits alone overlap. Forms are those that Taobao's open platform publishes for each
(`reg_mail_no` of its logistics companies), the letters that carriers print before newer numbers, and S10 of the
Universal Postal Union, whose last digit before the country checks the others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST = 40


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier: its id here, and how people and systems call it."""

    carrier_id: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A carrier that a number may be of. `sure`: the form is this carrier's alone. `reason` in English, for people."""

    carrier_id: str
    reason: str
    sure: bool = False


CARRIERS: Mapping[str, Carrier] = {
    carrier.carrier_id: carrier
    for carrier in (
        Carrier("sf", ("顺丰", "sf", "sfexpress", "shunfeng")),
        Carrier("zto", ("中通", "zto", "zhongtong")),
        Carrier("yto", ("圆通", "yto", "yuantong")),
        Carrier("sto", ("申通", "sto", "shentong")),
        Carrier("yunda", ("韵达", "yunda")),
        Carrier("jd", ("京东快递", "京东物流", "jd", "jdl", "jingdong")),
        Carrier("ems", ("ems", "中国邮政速递", "邮政速递")),
        Carrier("post", ("中国邮政", "邮政快递包裹", "邮政包裹", "chinapost")),
        Carrier("jt", ("极兔", "j&t", "jtexpress", "jitu")),
        Carrier("deppon", ("德邦", "deppon", "debang")),
        Carrier("best", ("百世", "汇通", "best", "huitong")),
        Carrier("cainiao", ("菜鸟直送", "菜鸟速递", "丹鸟", "danniao", "cainiao")),
        Carrier("zjs", ("宅急送", "zjs", "zhaijisong")),
        Carrier("ucs", ("优速", "uce", "yousu")),
    )
}
ASKING_FOR_PHONE = frozenset(("sf", "zto", "sto"))
"""Whoever tracks a parcel of these must say the last four digits of the receiver's number."""

_ALONE = (
    ("sf", r"SF\d{12,15}", "SF and 12 to 15 digits"),
    ("yto", r"YT\d{10,16}", "YT and 10 to 16 digits"),
    ("zto", r"ZTO?\d{10,15}", "ZT or ZTO and 10 to 15 digits"),
    ("sto", r"STO\d{10,13}", "STO and 10 to 13 digits"),
    ("yunda", r"YD\d{10,15}", "YD and 10 to 15 digits"),
    ("jd", r"JD[VXWAK]?[A-Z0-9]{10,17}(?:-\d+-\d+-?)?", "JD and 11 to 18 characters"),
    ("jt", r"(?:JT|UT)\d{10,15}", "JT and 10 to 15 digits"),
    ("deppon", r"DP[KL]\d{9,14}", "DPK or DPL and 9 to 14 digits"),
    ("best", r"(?:BXA\d{10}|K8\d{11}|C0000\d{8})", "letters of Best"),
    ("cainiao", r"(?:LP|CNCZ|DN)\d{10,20}", "LP, DN or CNCZ and digits"),
    ("zjs", r"ZJS\d{10,12}", "ZJS and digits"),
    ("ucs", r"(?:VIP\d{9}|V\d{11})", "V and digits"),
    ("post", r"(?:KA|KQ|PH|GA|PA|SA|XA|XB)\d{9,11}", "two letters of China Post and 9 to 11 digits"),
)
_SHARED = (
    (
        "zto",
        r"(?:010|100|118|120|128|200|205|35[89]|518|528|618|628|660|66[56]|680|68[89]|701|71[789]|728|738|751|757|76[1-35-8]"
        r"|77[89]|780|805|828|852|88[0125]|960|988)\d{9}|(?:2008|2009|2010|2013|5711)\d{8}"
        r"|(?:2[1-9]|36|37|39|50|5[3-6]|6[348]|72|9[0-58])\d{10}|4\d{11}",
        "12 digits that begin as ZTO's do",
    ),
    ("zto", r"7[3-8]\d{12}", "14 digits from 73 to 78"),
    ("yto", r"[A-Z0-9]{2}\d{8}(?:\d{2})?", "two characters and 8 or 10 digits"),
    ("yto", r"[6-9]\d{17}|DD[89]\d{15}|Y\d{12}", "18 digits, or Y and 12"),
    ("yunda", r"(?:1\d|3[19]|4[367]|5[058]|66|77|80|88)\d{11}", "13 digits that begin as Yunda's do"),
    ("yunda", r"(?:31|4[367])\d{13}", "15 digits from 31, 43, 46 or 47"),
    ("sto", r"(?:268|888|[3-9]68|588|688)\d{9,10}|(?:11|22|40)\d{10}", "12 or 13 digits that begin as STO's do"),
    ("sto", r"(?:33|4\d|55|66|77|88|99)\d{11}", "13 digits that begin as STO's do"),
    ("sto", r"77\d{13}", "15 digits from 77"),
    ("sf", r"\d{12}", "12 digits"),
    ("sf", r"\d{15}", "15 digits"),
    ("ems", r"(?:1[0-3]|5[01]|9[578])\d{11}", "13 digits that begin as those of EMS do"),
    ("post", r"9[689]\d{11}", "13 digits from 96, 98 or 99"),
    ("best", r"(?:[ABDE]|02|000)\d{10,12}|(?:2[1-9]|3\d|6[13])\d{10}|(?:5[01]|[67]\d)\d{12}", "as Best's"),
    ("jt", r"(?:5[01]|[67]\d)\d{12}", "14 digits: J&T took over Best's"),
    ("deppon", r"\d{8,10}|\d{15,}(?:-\d+)+", "8 to 10 digits, or parts after dashes"),
    ("cainiao", r"\d{15}", "15 digits"),
    ("ucs", r"9001\d{8}", "9001 and 8 digits"),
)
_S10 = re.compile(r"[A-Z]{2}(\d{8})(\d)([A-Z]{2})", re.ASCII)
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_RULES_ALONE = tuple((carrier, re.compile(form, re.ASCII), reason) for carrier, form, reason in _ALONE)
_RULES_SHARED = tuple((carrier, re.compile(form, re.ASCII), reason) for carrier, form, reason in _SHARED)


def plain_waybill(text: str) -> str:
    """A waybill number as it is compared: half-width capitals without blanks; dashes belong to it."""
    kept = unicodedata.normalize("NFKC", text).translate(dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"))
    return "".join(kept.split()).upper()


def candidates(waybill: str) -> tuple[Candidate, ...]:
    """The carriers a number may be of, each once with its first reason, the more telling forms first; none: unknown."""
    plain = plain_waybill(waybill)
    if not plain or len(plain) > LONGEST:
        return ()
    if found := _S10.fullmatch(plain):
        return _postal(*found.groups())
    alone = [Candidate(carrier, reason, True) for carrier, form, reason in _RULES_ALONE if form.fullmatch(plain)]
    if alone:
        return tuple(alone)
    shared = [Candidate(carrier, reason) for carrier, form, reason in _RULES_SHARED if form.fullmatch(plain)]
    return tuple({one.carrier_id: one for one in reversed(shared)}[carrier] for carrier in _each_once(shared))


def carriers_of(waybill: str) -> tuple[str, ...]:
    """The ids of the carriers a number may be of, the more telling forms first."""
    return tuple(one.carrier_id for one in candidates(waybill))


def carrier_named(*texts: str) -> str | None:
    """The one carrier that the texts (a channel's name, its tags) name; None for none, or for several."""
    found: set[str] = set()
    for text in texts:
        plain = unicodedata.normalize("NFKC", text).casefold()
        found |= {one.carrier_id for one in CARRIERS.values() if any(_names(name, plain) for name in one.names)}
    if found == {"ems", "post"}:
        return "ems"  # 中国邮政速递 is both words
    return found.pop() if len(found) == 1 else None


def _names(name: str, text: str) -> bool:
    if not name.isascii():
        return name in text
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text) is not None


def _each_once(found: list[Candidate]) -> list[str]:
    return list(dict.fromkeys(one.carrier_id for one in found))


def _postal(serial: str, check: str, country: str) -> tuple[Candidate, ...]:
    rest = sum(int(digit) * weight for digit, weight in zip(serial, _WEIGHTS, strict=True)) % 11
    right = {0: 5, 1: 0}.get(rest, 11 - rest) if rest else 5
    if int(check) != right or country != "CN":
        return ()
    return tuple(
        Candidate(one, "a postal item (S10) of China, and its check digit is right") for one in ("ems", "post")
    )
