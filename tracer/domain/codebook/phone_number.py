"""Telephone numbers as people write them: into a `Line`, and back into a form for a checkout field.

`phonenumbers` knows the national plans but no Chinese way of writing an extension
(`010-82345678-801`, `转801`, `分机801`, `(801)`, `*801`, a mobile with `-1234`), so the
extension is split off first and only the head is given to it.

Ranges that regulators keep for fiction and that therefore never ring (`is_fictional`):
US NPA-555-0100…0199 (NANPA), UK 020 7946 0xxx, 07700 900xxx, 01632 960xxx, 03069 990xxx and
08081 570xxx (Ofcom), Australia (02) 5550 xxxx (ACMA). China keeps none.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException

from tracer.domain.errors import InvalidValue
from tracer.domain.line import Line

LONGEST_TEXT = 64
LONGEST_EXTENSION = 7

_EXPECTED = "a telephone number, with an extension of 1 to 7 digits where it has one"
_HINT = "Write it as +442079460016 or +442079460016;ext=0042 (Chinese forms such as 010-…-801 are read too)"

_FICTIONAL = re.compile(
    r"\+1[2-9]\d\d55501\d\d"
    r"|\+44(?:2079460|7700900|1632960|3069990|8081570)\d{3}"
    r"|\+6125550\d{4}",
    re.ASCII,
)
_EXACT = re.compile(r"(\+\d{7,15})(?:;ext=(\d{1,7}))?", re.ASCII)
_CALLER = re.compile(r"\+(?:1[2-9]\d{9}|44[1-9]\d{8,9}|86(?:1[3-9]\d{9}|[2-9]\d{8,10}))", re.ASCII)
"""Callers that stay as they are: nothing can be left out of them, whether such a number exists or not."""
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－ー"), "-")
_WORD = r"(?:转接?|轉接?|分机号?码?|分機號?碼?|内线|內線|extension|extn?|x)"
_EXTENSION_FORMS = (
    re.compile(rf"(?P<head>.*?\d[\s)]*)[\s\-,;(]*(?:{_WORD}[\s.:=]*)+(?P<ext>\d+)\s*\)?", re.IGNORECASE),
    re.compile(r"(?P<head>.*\d[\s)]*)[#*,;]\s*(?P<ext>\d+)#?"),
    re.compile(r"(?P<head>.*\d\s*)\(\s*(?P<ext>\d+)\s*\)"),
)
_DASHED = re.compile(r"(?P<head>.*\d\)?)\s*-\s*(?P<ext>\d+)")
_HEAD = re.compile(r"\+?(?:[\s().\-]*\d)+\s*\)?")
_CHINESE = re.compile(r"1[3-9]\d{9}|0(?:10|2\d|[3-9]\d{2})\d{7,8}")
_CHINESE_PREFIXED = re.compile(r"\(?86\)?[\s\-]*(?=\(?[01])|86(?=1[3-9]\d{9}$)")
_CHINESE_SERVICE = re.compile(r"(?:\+|00)86(9[56]\d{3,6})")
_LONG_DISTANCE_MOBILE = re.compile(r"01[3-9]\d{9}")
_SEVERAL = re.compile(r"[/|、,\n\t]|;(?!\s*ext)|\s(?:or|and)\s|[或和及]")


def is_fictional(number: str) -> bool:
    """Whether an E.164 number lies in a range kept for fiction (listed at the top): it never rings."""
    return _FICTIONAL.fullmatch(number) is not None


@lru_cache(maxsize=1024)
def region_of(number: str) -> str | None:
    """The main region (ISO 3166) of an E.164 number's country code, in whose form its telephone shows near callers."""
    try:
        region = phonenumbers.region_code_for_country_code(phonenumbers.parse(number).country_code or 0)
    except NumberParseException:
        return None
    return None if region in ("ZZ", "001") else region


@lru_cache(maxsize=65536)
def _is_dialable(number: str) -> bool:
    """Whether an E.164 number is its own canonical form, and valid or kept for fiction."""
    if is_fictional(number):
        return True
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return False
    canonical = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return canonical == number and phonenumbers.is_valid_number(parsed)


def parse_line(text: str, region: str | None = None) -> Line:
    """Read an owned line as a person may write it: base number in E.164 form and extension digits.

    `region` (ISO 3166, "GB") reads a number without its country code. Without it the number must
    start with + or 00, unless it can only be Chinese: eleven digits from 13 to 19, or area code
    with its 0 and seven or eight digits. Raises InvalidValue(field="phone").
    """
    exact = _EXACT.fullmatch(text)
    if exact and _is_dialable(exact[1]):
        return Line(exact[1], exact[2])
    return _parse_written(text, region.upper() if region else None)


@lru_cache(maxsize=65536)
def _parse_written(text: str, region: str | None) -> Line:
    plain = _tidy(text)
    if not plain:
        raise InvalidValue("phone", text, _EXPECTED, "It is empty. " + _HINT)
    if len(plain) > LONGEST_TEXT:
        raise InvalidValue("phone", text, f"at most {LONGEST_TEXT} characters", _HINT)
    _refuse_several(text, plain)
    for form in _EXTENSION_FORMS:
        found = form.fullmatch(plain)
        if found and (number := _base_number(found["head"], region)):
            return Line(number, _extension(text, found["ext"]))
    number = _base_number(plain, region)
    if number:
        return Line(number)
    dashed = _DASHED.fullmatch(plain)
    if dashed and (number := _base_number(dashed["head"], region)):
        return Line(number, _extension(text, dashed["ext"]))
    raise InvalidValue("phone", text, _EXPECTED, _why_refused(plain, region))


def _tidy(text: str) -> str:
    """Half-width characters, one kind of dash, no invisible marks, no `tel:`."""
    # The width marks that phones add when a number is copied are format characters (Cf).
    visible = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    visible = "".join(str(unicodedata.decimal(c, c)) for c in visible)
    return re.sub(r"(?i)^tel:\s*", "", visible.translate(_DASHES).strip()).strip()


def _refuse_several(text: str, plain: str) -> None:
    long_parts = [part for part in _SEVERAL.split(plain) if sum(map(str.isdigit, part)) > LONGEST_EXTENSION]
    if len(long_parts) > 1 or plain.count("+") > 1:
        raise InvalidValue("phone", text, "one telephone number", "Several stand here: give each its own row")


def _extension(text: str, digits: str) -> str:
    if len(digits) > LONGEST_EXTENSION:
        raise InvalidValue(
            "phone", text, f"an extension of 1 to {LONGEST_EXTENSION} digits", f"{digits} has {len(digits)}"
        )
    return digits


def _base_number(head: str, region: str | None) -> str | None:
    """The E.164 form of a number without extension, None when it is not a dialable one."""
    head = head.strip()
    if not _HEAD.fullmatch(head):
        return None
    digits = re.sub(r"\D", "", head)
    if head.startswith("+"):
        return _e164("+" + digits)
    if region is not None:
        return _e164(digits, region)
    if digits.startswith("00"):
        return _e164("+" + digits[2:])
    prefix = _CHINESE_PREFIXED.match(head)
    chinese = re.sub(r"\D", "", head[prefix.end() :]) if prefix else digits
    if prefix and re.match(r"10\d{8}$|2\d{9}$", chinese):
        chinese = "0" + chinese  # 86-10-8234…: the area code has no 0 after the country code
    if not _CHINESE.fullmatch(chinese) or _fictional_abroad(chinese):
        return None
    return _e164(chinese, "CN")


def _e164(digits: str, region: str | None = None) -> str | None:
    try:
        parsed = phonenumbers.parse(digits, region)
    except NumberParseException:
        return None
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return number if _is_dialable(number) else None


def _fictional_abroad(national: str) -> str | None:
    """020 7946 0016 would pass as a number in Guangzhou; whoever writes it means the British one, with +44."""
    codes = ("+44", "+61") if national.startswith("0") else ()
    return next((code for code in codes if is_fictional(code + national[1:])), None)


def _why_refused(plain: str, region: str | None) -> str:
    digits = sum(map(str.isdigit, plain))
    if code := _missing_code(plain):
        reason = f"The country code is missing: {code} …"
    elif not re.search(r"\d", re.sub(rf"(?:{_WORD}[\s.:=]*)+\d*", "", plain, flags=re.IGNORECASE)):
        reason = "There are no digits of a number in it"
    elif any(c.isalpha() for c in plain) and not re.search(_WORD, plain, re.IGNORECASE):
        reason = "Letters are not part of a number"
    elif digits < 7:
        reason = "It is too short"
    elif digits > 15 + LONGEST_EXTENSION:
        reason = "It is too long; two numbers need two rows"
    elif region is None and not re.match(r"\+|00|1[3-9]|\(?0|\(?86", plain):
        reason = "Without a country code it is not clear which country it belongs to"
    else:
        reason = "No telephone plan has such a number (missing or extra digits, or an unknown area code)"
    return f"{reason}. {_HINT}"


def _missing_code(plain: str) -> str | None:
    split = (form.fullmatch(plain) for form in (*_EXTENSION_FORMS, _DASHED))
    heads = [plain, *(found["head"] for found in split if found)]
    return next((code for head in heads if (code := _fictional_abroad(re.sub(r"\D", "", head)))), None)


@lru_cache(maxsize=65536)
def normalise_caller(text: str) -> str:
    """The number a caller displayed, in E.164 form where it is one, otherwise nearly as shown.

    Displays show anything: `anonymous`, short codes (95338), spoofed numbers with extra zeros.
    Those keep their digits, without spaces and dashes. Two ways of showing a Chinese number are
    brought together: a mobile with a 0 before it, and a service number with +86. Raises
    InvalidValue(field="caller_number") only for control characters, halves of characters and more than 64 characters.
    """
    if _CALLER.fullmatch(text):
        return text  # a file of calls holds thousands, each another
    shown = text.strip()
    if len(shown) > LONGEST_TEXT:
        raise InvalidValue("caller_number", text, f"at most {LONGEST_TEXT} characters")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in shown):
        raise InvalidValue("caller_number", text, "a number or word without control characters")
    try:
        return parse_line(shown).text
    except InvalidValue:
        tidy = _tidy(shown)
    if _HEAD.fullmatch(tidy) and any(map(str.isdigit, tidy)):
        digits = re.sub(r"[^\d+]", "", tidy)
        if service := _CHINESE_SERVICE.fullmatch(digits):
            return service[1]
        return (_e164(digits[1:], "CN") if _LONG_DISTANCE_MOBILE.fullmatch(digits) else None) or digits
    return shown
