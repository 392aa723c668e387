"""The text inside `attributedBody`: an NSAttributedString as Apple's typedstream, of which only the string is wanted.

After the class name NSString come a few bytes, then `+`, then the length in bytes, then UTF-8. A length below 0x80 is
one byte; 0x81 says that two bytes of it follow and 0x82 four, low byte first.
"""

from __future__ import annotations

_CLASS = b"NSString"
_MARK = b"+"
_NEAR = 16
_WIDTHS = {0x81: 2, 0x82: 4}


def attributed_text(body: object) -> str:
    """The text; empty where there is none, or where it stands in another form."""
    if not isinstance(body, bytes):
        return ""
    _, found, rest = body.partition(_CLASS)
    mark = rest.find(_MARK, 0, _NEAR)
    if not found or mark < 0 or len(rest) < mark + 2:
        return ""
    width = _WIDTHS.get(rest[mark + 1], 0)
    begin = mark + 2 + width
    length = int.from_bytes(rest[mark + 2 : begin], "little") if width else rest[mark + 1]
    text = rest[begin : begin + length]
    return text.decode("utf-8", "replace") if len(text) == length else ""
