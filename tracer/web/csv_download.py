"""CSV for people's spreadsheets: with a mark of its encoding, and no cell that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from starlette.responses import StreamingResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """A cell that a spreadsheet takes for text: an apostrophe before what could begin a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def csv_download(
    file_name: str, columns: Sequence[str], pages: Iterable[Iterable[Mapping[str, str | None]]]
) -> StreamingResponse:
    """Records, page by page, as a file to save."""
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return StreamingResponse(_lines(columns, pages), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(columns: Sequence[str], pages: Iterable[Iterable[Mapping[str, str | None]]]) -> Iterator[bytes]:
    yield _written([columns], "\ufeff")
    for records in pages:
        yield _written([[_cell(record[column]) for column in columns] for record in records])


def _cell(value: str | None) -> str:
    if not value:
        return ""
    return value if value[0].isalnum() else harmless(value)  # most cells begin so, and there are very many


def _written(rows: Iterable[Sequence[str]], before: str = "") -> bytes:
    text = io.StringIO()
    text.write(before)
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
