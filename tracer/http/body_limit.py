"""Refuse bodies that are too large before they are read, and stop reading those that do not say how large they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """ASGI middleware; `larger` gives the limits (bytes) of single paths, `usual` that of all others.

    An asterisk in a path stands for one piece of it, such as an id.
    `refuse` makes the answer to a request from the words that say what was expected.
    """

    def __init__(
        self, app: ASGIApp, usual: int, larger: Mapping[str, int], refuse: Callable[[Request, str], Response]
    ) -> None:
        self._app = app
        self._usual = usual
        self._larger = {path: limit for path, limit in larger.items() if "*" not in path}
        self._patterns = [
            (re.compile(re.escape(path).replace(r"\*", "[^/]+")), limit)
            for path, limit in larger.items()
            if "*" in path
        ]
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        told = Headers(scope=scope).get("content-length", "")
        if told.isascii() and told.isdigit() and int(told) > limit:
            await self._refuse(Request(scope), _expected(limit))(scope, receive, send)
            return
        size = 0

        async def receive_some() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > limit:
                raise HTTPException(413, _expected(limit))
            return message

        await self._app(scope, receive_some, send)

    def _limit(self, path: str) -> int:
        if path in self._larger:
            return self._larger[path]
        return next((limit for pattern, limit in self._patterns if pattern.fullmatch(path)), self._usual)


def _expected(limit: int) -> str:
    return f"the body may have at most {limit:,} bytes"
