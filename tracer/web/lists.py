"""Lists: where a page goes on, and the whole list as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import StreamingResponse

from tracer.domain.errors import InvalidValue

PAGE = 50
MOST_IDS = 200
"""So many things may be named in one address or form."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_FILE_ROWS = 500


def filters_of(request: Request, *names: str) -> dict[str, Any]:
    """The filters out of an address, empty where they are not given. Raises InvalidValue for what is not printable."""
    found = {name: request.query_params.get(name, "").strip()[:128] for name in names}
    for name, value in found.items():
        if not value.isprintable():
            raise InvalidValue(name, value, "printable characters")
    return found


def read_place(text: str) -> tuple[int, str] | None:
    """Where a page by time goes on, as `next_url` wrote it; None at the start. Raises InvalidValue."""
    if not text:
        return None
    time, _, key = text.partition("~")
    if not (time.isascii() and time.isdigit() and len(time) < 19 and key.isprintable()):
        raise InvalidValue("after", text, "the address of a page as this site wrote it", "Begin at the first page")
    return int(time), key


def next_url(request: Request, after: Sequence[int | str] | None) -> str:
    """The address of the next page with the same filters, empty at the end."""
    if after is None:
        return ""
    return f"{request.url.path}?{urlencode({**_kept(request), 'after': '~'.join(map(str, after))})}"


def file_url(request: Request) -> str:
    """The address of the whole list, with the same filters, as a file."""
    kept = _kept(request)
    return f"{request.url.path}.csv" + (f"?{urlencode(kept)}" if kept else "")


def _kept(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.query_params.items() if value and name not in {"after", "done"}}


def csv_file(name: str, columns: Sequence[str], records: Iterable[Mapping[str, object]]) -> StreamingResponse:
    """A list as a CSV file for a spreadsheet, row by row in flat memory; what is None stays empty."""
    headers = {"Content-Disposition": f'attachment; filename="tracer-{name}.csv"'}
    return StreamingResponse(_rows(columns, records), headers=headers, media_type="text/csv; charset=utf-8")


def _rows(columns: Sequence[str], records: Iterable[Mapping[str, object]]) -> Iterator[bytes]:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    yield "\ufeff".encode()  # without it a spreadsheet takes Chinese for something else
    for number, record in enumerate(records, 1):
        writer.writerow([as_text(record.get(column)) for column in columns])
        if number % _FILE_ROWS == 0:
            yield _taken(file)
    yield _taken(file)


def _taken(file: io.StringIO) -> bytes:
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text.encode()


def as_text(value: object) -> str:
    """A value for a spreadsheet, which must not carry it out: what begins like a formula, as every number does with
    its +, gets an apostrophe before it (OWASP, CSV injection)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
