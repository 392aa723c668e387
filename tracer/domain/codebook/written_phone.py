"""A line as it is written into a checkout form. Every style reads back as the same line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import phonenumbers

from tracer.domain.codebook.phone_number import parse_line
from tracer.domain.errors import InvalidValue
from tracer.domain.line import Line

Style = Callable[[Line], str]


def written_form(line: Line, region: str | None = None) -> str:
    """The line ready to paste into a form of `region` (ISO 3166; None: a Chinese form).

    A number of that country is written nationally (`010-82345678-801`, `13800138000-1234`), any
    other internationally (`+44 20 7946 0016转0042`). `parse_line(written_form(x), region) == x`.
    """
    home = region.upper() if region else "CN"
    national = phonenumbers.parse(line.number).country_code == phonenumbers.country_code_for_region(home)
    base = _national(line.number) if national else _international(line.number)
    # Chinese readers know 转 beside a foreign number; a dash there could be a part of the number.
    joint = "-" if home == "CN" and national else "转" if home == "CN" else " ext "
    return _readable(line, base, joint, region)


def write_as(line: Line, style: str) -> str:
    """The line in the style of that name (a key of STYLES); raises InvalidValue naming the styles."""
    try:
        write = STYLES[style]
    except KeyError:
        raise InvalidValue("style", style, "a style out of: " + " ".join(STYLES)) from None
    return write(line)


def _national(number: str) -> str:
    parsed = phonenumbers.parse(number)
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    if parsed.country_code != 86:
        return text
    area, _, rest = text.partition(" ")
    # China writes mobiles in one piece and landlines as area code, dash, number.
    return f"{area}-{rest.replace(' ', '')}" if area.startswith("0") else text.replace(" ", "")


def _international(number: str) -> str:
    parsed = phonenumbers.parse(number)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _readable(line: Line, base: str, joint: str, region: str | None = None) -> str:
    """base, joint, extension; the exact text form where that would read back as another line."""
    text = base if line.extension is None else f"{base}{joint}{line.extension}"
    try:
        same = parse_line(text, region) == line
    except InvalidValue:
        same = False
    return text if same else line.text


def _spaced(line: Line, joint: str) -> str:
    home = line.number.startswith("+86")
    return _readable(line, _national(line.number) if home else _international(line.number), joint)


def _plain(line: Line) -> str:
    home = line.number.startswith("+86")
    base = re.sub(r"\D", "", _national(line.number)) if home else line.number
    return _readable(line, base, "-")


def _rfc3966(line: Line) -> str:
    parsed = phonenumbers.parse(line.number)
    base = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.RFC3966)
    return _readable(line, base, ";ext=")


STYLES: Mapping[str, Style] = MappingProxyType(
    {
        "plain": _plain,
        "dash": partial(_spaced, joint="-"),
        "zhuan": partial(_spaced, joint="转"),
        "fenji": partial(_spaced, joint=" 分机"),
        "rfc3966": _rfc3966,
        "ext": partial(_spaced, joint=" ext "),
    }
)
"""How the extension is marked: nothing but a dash, 转, 分机, `;ext=` (RFC 3966) or `ext`."""
