"""The API served by uvicorn: in this process, or in several that share one address."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import AF_INET, AF_INET6, SO_REUSEADDR, SOL_SOCKET, socket
from threading import Thread
from time import sleep
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from tracer.bootstrap import Application, build
from tracer.domain.errors import NotAllowed
from tracer.logs import begin_log
from tracer.serving.app import create_app
from tracer.serving.warm_up import warm_up

GRACE_SECONDS = 10
HANGS_SECONDS = 30  # without a sign; one that is still loading on a busy machine is silent for longer than five


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; with certificate and key over TLS. `proxies`: whose X-Forwarded headers are believed."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    proxies: str = ""


def serve(
    application: Application,
    address: Address,
    processes: int,
    ready: Callable[[], None],
    leaving: Callable[[], None] = lambda: None,
) -> None:
    """Serve until told to stop; `ready` is called when requests are taken (with several processes, just before).

    `leaving` is called when SIGTERM came; requests are answered for a while longer. Raises SystemExit(0) after that.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # before there is anything to end, and when all has ended
    if processes > 1:
        ready()
        config = _config("tracer.serving.server:made_here", address, factory=True, workers=processes)
        _Parent(config, [_bound(config)], leaving).run()
        return
    config = _config(create_app(application, leaving=leaving), address)
    warm_up(application)
    _Announced(config, ready).run([_bound(config)])


def _bound(config: uvicorn.Config) -> socket:
    """The listening socket; raises NotAllowed where the address is taken."""
    family = AF_INET6 if ":" in config.host else AF_INET
    listening = socket(family)
    listening.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    try:
        listening.bind((config.host, config.port))
    except OSError as error:
        listening.close()
        raise NotAllowed(
            f"{config.host}:{config.port} cannot be listened on: {error.strerror}. Choose another --port, or stop what "
            "listens there"
        ) from error
    listening.set_inheritable(True)
    return listening


def made_here() -> FastAPI:
    """The API in one of several processes; home and settings come from the environment."""
    begin_log()
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    application = build()
    application.beside_newer = True
    served = create_app(application)
    warm_up(application)
    return served


def _end_with(parent: int) -> None:
    """A parent that was killed takes its processes with it: they would keep the address from the one started next."""
    while os.getppid() == parent:
        sleep(1)
    os.kill(os.getpid(), signal.SIGINT)


class _Parent(Multiprocess):
    """Keeps several processes alive, and hands SIGTERM on to each at once: every one of them is to be unready."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket], leaving: Callable[[], None]) -> None:
        super().__init__(config, sockets)
        self._leaving = leaving
        signal.signal(signal.SIGTERM, self._hand_on)

    def _hand_on(self, number: int, _frame: FrameType | None) -> None:
        self._leaving()
        for one in self.processes:
            with suppress(ProcessLookupError, TypeError):  # gone, or not yet begun
                os.kill(one.pid, number)  # type: ignore[arg-type]  # just suppressed
        self.signal_queue.append(number)


class _Announced(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def _config(app: FastAPI | str, address: Address, *, factory: bool = False, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=address.host,
        port=address.port,
        factory=factory,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
        proxy_headers=bool(address.proxies),
        forwarded_allow_ips=address.proxies or None,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_worker_healthcheck=HANGS_SECONDS,
    )
