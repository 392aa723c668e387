"""PDFs by typst: the data go in as JSON, never as source, so that nothing in them can be a command.

PDF/A-2b. The date in the file is the document's own, so the same data give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import manimgx_fonts_cjk
import typst

TEMPLATES = Path(__file__).parent / "typst"
FONTS = Path(manimgx_fonts_cjk.__file__).parent


def typeset(template: str, data: Mapping[str, Any], when: datetime) -> bytes:
    """A document of one of the templates, as PDF/A; `when` is what it says of its date."""
    day = when.astimezone(UTC)
    told = {**data, "document_date": [day.year, day.month, day.day]}
    made = typst.compile(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(told, ensure_ascii=False, sort_keys=True, allow_nan=False)},
        pdf_standards=["a-2b"],
        format="pdf",
        timestamp=int(day.timestamp()),
    )
    return bytes(made)


@cache
def _fonts() -> typst.Fonts:
    """The Chinese font and those that typst brings, looked up once."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)])


def printable(text: str) -> str:
    """Text without control characters, which no font has a glyph for; line ends stay."""
    return "".join(letter for letter in text if letter.isprintable() or letter in "\n ")
