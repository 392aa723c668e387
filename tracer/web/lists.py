"""Lists: where a page goes on, and the whole list as a CSV file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import StreamingResponse

from tracer.domain.errors import InvalidValue
from tracer.web.csv_download import csv_download

PAGE = 50
MOST_IDS = 200
"""So many things may be named in one address or form."""
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
    if not (time.isascii() and time.isdigit() and len(time) < 20 and int(time) < 2**63 and key.isprintable()):
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


def csv_file(name: str, columns: Sequence[str], records: Iterable[Mapping[str, Any]]) -> StreamingResponse:
    """A list as a CSV file for a spreadsheet, in flat memory; what is None stays empty."""
    return csv_download(f"tracer-{name}.csv", columns, _in_pages(iter(records)))


def _in_pages(records: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    while part := list(islice(records, _FILE_ROWS)):
        yield part
