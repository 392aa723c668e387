"""What apprise sends by `requests`, sent by the guarded client instead: the same guard for everything that goes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from tracer.domain.errors import OutboundFailed, OutboundRefused
from tracer.outbound.client import Answer, GuardedClient
from tracer.outbound.notify.confinement import Confinement

_OWN = frozenset(("accept-encoding", "connection", "transfer-encoding", "content-length", "host"))
"""Headers that the guarded client writes itself."""


class ThroughGuard:
    """Stands in for the adapters of `requests`; `answer` and `failure` tell of the last request."""

    def __init__(self, client: GuardedClient, confinement: Confinement) -> None:
        self._client = client
        self._confinement = confinement
        self.answer: Answer | None = None
        self.failure: OutboundRefused | OutboundFailed | None = None

    def begin(self) -> None:
        """Take over from the adapters, for good: no proxy, no redirect, every certificate is looked at."""
        send: Callable[..., requests.Response] = lambda _, request, **__: self._send(request)  # noqa: E731  # bound to this object, not to the adapter
        HTTPAdapter.send = send  # type: ignore[method-assign]  # that is the point

    def forget(self) -> None:
        """Before another message."""
        self.answer = self.failure = None

    def _send(self, request: requests.PreparedRequest) -> requests.Response:
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        kept = {name: value for name, value in headers.items() if name not in _OWN}
        try:
            with self._confinement.guarded_client():
                answer = self._client.send(str(request.method), str(request.url), _bytes(request.body), kept)
        except (OutboundRefused, OutboundFailed) as error:
            self.failure = error
            raise requests.ConnectionError("the guard let it not out, or no answer came") from error
        self.answer = answer
        response = requests.Response()
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(answer.headers)
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response.url = str(request.url)
        response.request = request
        response._content = answer.body  # as its adapter does
        return response


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else b"".join(body)
