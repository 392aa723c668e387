"""A file that was kept with a call, handed out to be saved and never to be shown in a browser."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

MEDIA_TYPE = "application/octet-stream"


def file_answer(file_name: str, content: bytes) -> Response:
    """The file under its own name; nosniff and no-store stand on every answer (around.py)."""
    disposition = f"attachment; filename*=UTF-8''{quote(file_name, safe='')}"
    return Response(content, media_type=MEDIA_TYPE, headers={"Content-Disposition": disposition})
