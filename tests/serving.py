"""The HTTP API on a real socket of 127.0.0.1, in a thread of the test process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from tracer.bootstrap import Application
from tracer.domain.access import ROLE_SCOPES, Role, Scope
from tracer.http.heavy import InThisProcess
from tracer.services.access.manage_keys import make_key
from tracer.serving.app import create_app


@contextmanager
def serving(app: Application, proxies: str = "") -> Iterator[str]:
    """The address of a server of this application; `proxies`: whose X-Forwarded headers are believed."""
    asgi = create_app(app, InThisProcess(app))
    config = uvicorn.Config(
        asgi,
        host="127.0.0.1",
        port=0,
        log_config=None,
        access_log=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive(), "the server ended while starting"
        assert time.monotonic() < until, "the server does not start"
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)


def key_with(app: Application, *scopes: Scope) -> str:
    """A new key with these scopes."""
    with app.writing() as work:
        text, _ = make_key(work, "test", [scope.value for scope in scopes], None, None)
        work.commit()
    return text


def client(address: str, key: str | None = None) -> httpx.Client:
    """Who asks with a key, or with nothing."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=60)


def client_as(app: Application, address: str, role: Role) -> httpx.Client:
    """Who asks with all that a role may."""
    return client(address, key_with(app, *ROLE_SCOPES[role]))
