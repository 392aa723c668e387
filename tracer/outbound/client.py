"""The guarded client: the only way out. Webhooks, tracking and time stamps go through it.

It resolves once, refuses every address outside the public Internet that is not listed, dials the checked address
itself, follows no redirect, ignores proxy variables and keys of the environment, and ends at a time and a size.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property

import httpcore
import httpx

from tracer.domain.errors import InvalidValue, OutboundFailed
from tracer.outbound.connection import CheckedBackend, Deadline, MoreThanMayBe, Resolver, resolve
from tracer.outbound.rules import OutboundRules
from tracer.outbound.target import Target, read_target

_AGENT = "tracer"
for _library in ("httpx", "httpcore"):  # they log whole URLs, and those hold secrets
    logging.getLogger(_library).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status but a redirect; `headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class GuardedClient:
    """Sends requests out, one connection each; safe to use from several threads."""

    def __init__(self, rules: OutboundRules, resolver: Resolver = resolve) -> None:
        self._rules = rules
        self._resolver = resolver

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """The usual authorities (certifi) and the rules' own; SSL_CERT_FILE and its like are not looked at."""
        context = httpx.create_ssl_context(trust_env=False)
        if self._rules.ca_file is not None:
            try:
                context.load_verify_locations(self._rules.ca_file)
            except (OSError, ssl.SSLError) as error:
                expected = "a readable PEM file of certificates"
                raise InvalidValue("setting outbound_ca_file", str(self._rules.ca_file), expected) from error
        return context

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to GET; raises OutboundRefused and OutboundFailed, which name host and port only."""
        return self.send("GET", url, headers=headers)

    def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to POST; raises OutboundRefused and OutboundFailed, which name host and port only."""
        return self.send("POST", url, body, headers)

    def send(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """The answer to a request, within the rules' time or `seconds` where that is less.

        Raises OutboundRefused where the request is not let out (no connection was made to what is forbidden), and
        OutboundFailed where no usable answer came.
        """
        rules = self._rules if seconds is None else replace(self._rules, seconds=min(seconds, self._rules.seconds))
        target = read_target(url, rules.allowed)
        plain = {"user-agent": _AGENT, "accept-encoding": "identity", "connection": "close"}
        try:
            request = httpx.Request(method, target.url, content=body, headers={**plain, **(headers or {})})
        except (httpx.InvalidURL, ValueError) as error:
            raise _failed(target, "a URL and headers that can be sent", "others") from error
        transport = _Transport(target, rules, self._resolver, self._tls if target.scheme == "https" else None)
        with httpx.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=None) as client:  # noqa: S113
            return _answer(client, request, target, rules)


def _answer(client: httpx.Client, request: httpx.Request, target: Target, rules: OutboundRules) -> Answer:
    try:
        with closing(client.send(request, stream=True)) as response:
            _check_head(response, target, rules)
            body = bytearray()
            for piece in response.iter_raw():
                body += piece
                if len(body) > rules.body_bytes:
                    raise _failed(target, f"at most {rules.body_bytes} bytes", "more")
            return Answer(response.status_code, dict(response.headers), bytes(body))
    except httpcore.TimeoutException as error:
        raise _failed(target, f"an answer within {rules.seconds:g} s", _words(error, "none")) from error
    except httpcore.LocalProtocolError as error:  # its words would quote the headers
        raise _failed(target, "headers that can be sent", "others") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError) as error:
        raise _failed(target, "an answer by HTTP", _words(error, type(error).__name__)) from error
    except MoreThanMayBe as error:
        most = f"at most {rules.body_bytes} bytes, and {rules.header_bytes} of headers"
        raise _failed(target, most, "more") from error


def _check_head(response: httpx.Response, target: Target, rules: OutboundRules) -> None:
    """Raise OutboundFailed for an answer that nobody here has a use for, before its body is read."""
    if 300 <= response.status_code < 400:
        got = f"a redirect ({response.status_code}), which is not followed"
        raise _failed(target, "an answer", got, "Put the address it leads to into the settings, if you trust it")
    if sum(len(name) + len(value) for name, value in response.headers.raw) > rules.header_bytes:
        raise _failed(target, f"at most {rules.header_bytes} bytes of headers", "more")
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        # A few packed bytes may be gigabytes: it was asked not to pack.
        raise _failed(target, "an answer that is not compressed, as was asked for", "a compressed one")
    length = response.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > rules.body_bytes:
        raise _failed(target, f"at most {rules.body_bytes} bytes", f"{length[:20]}")


def _failed(target: Target, expected: str, got: str, hint: str = "") -> OutboundFailed:
    hint = hint or "Try again later, or look at the service"
    return OutboundFailed(f"outgoing request to {target.origin}: expected {expected}, got {got}. {hint}")


def _words(error: Exception, otherwise: str) -> str:
    """What a library says went wrong; its messages speak of sockets, TLS and HTTP, not of the URL."""
    return str(error)[:120] or otherwise


class _Transport(httpx.BaseTransport):
    """For one request to one target: a pool of one connection, made by the checking backend."""

    def __init__(self, target: Target, rules: OutboundRules, resolver: Resolver, tls: ssl.SSLContext | None) -> None:
        # Chunks of one byte come in six: twice the body is enough for anybody who does not play.
        most = rules.header_bytes + 2 * rules.body_bytes
        self._connect_seconds = rules.connect_seconds
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=1,
            max_keepalive_connections=0,
            http1=True,
            http2=False,
            retries=0,
            network_backend=CheckedBackend(target, rules.allowed, resolver, Deadline(rules.seconds), most),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx's own transport does, over the pool above."""
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions={"timeout": {"connect": self._connect_seconds}},
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer))

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    """The body of httpcore's answer, as httpx wants it."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        """Let go of the connection."""
        self._answer.close()
