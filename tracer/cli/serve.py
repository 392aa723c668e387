"""tracer serve, tracer work."""

from __future__ import annotations

import ipaddress
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread, Timer
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from tracer.cli.context import application
from tracer.cli.output import say, warn
from tracer.domain.errors import InvalidValue, NotAllowed

if TYPE_CHECKING:
    from tracer.serving.server import Address

PORT = 8765
LINK_MINUTES = 10
_RESTART_SECONDS = 2.0


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="The port.")] = PORT,
    lan: Annotated[
        bool, typer.Option("--lan", help="Serve your network over TLS, with a certificate of its own, for a phone.")
    ] = False,
    certificate: Annotated[Path | None, typer.Option(help="A certificate (PEM) of yours.")] = None,
    certificate_key: Annotated[Path | None, typer.Option(help="Its key (PEM).")] = None,
    behind_proxy: Annotated[
        str, typer.Option(metavar="ADDRESS", help="A proxy does the TLS; believe what this address forwards.")
    ] = "",
    processes: Annotated[int, typer.Option(min=1, max=64, help="How many processes answer.")] = 1,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Do the long work as well.")] = True,
) -> None:
    """Serve the pages and the HTTP API (documented at /docs), and print a link that logs you in once.

    Ctrl-C ends it at once. On SIGTERM /readyz says 503, requests are answered for the setting drain_seconds more, those
    at work end, and then it ends with exit code 0.

    Example: tracer serve --lan
    """
    from tracer.logs import begin_log
    from tracer.serving.server import serve as serve_api

    app = application()
    app.beside_newer = True
    _ = app.registry  # opened, made, upgraded before anything listens; a wrong key is refused here
    address = _address(host, port, lan, certificate, certificate_key, behind_proxy)
    begin_log()
    with _worker(wanted=worker) as leave:
        serve_api(app, address, processes, lambda: _announce(address, lan), leave)


def work(
    parent: Annotated[int, typer.Option(hidden=True, help="End when this process is no longer our parent.")] = 0,
) -> None:
    """Do the long work (imports, exports, reports) that was asked for over HTTP, until stopped. `serve` does it too.

    On SIGTERM it finishes its job within the setting drain_seconds, or gives it back for another to begin.

    It also runs the recurring jobs in their time (`tracer jobs` lists them): sealing the ledger every few seconds, time
    stamps, backups and others. It takes in what comes into the watched folder (setting watch_folder), and sends
    notifications.

    Example: tracer work
    """
    from tracer.logs import begin_log
    from tracer.scheduler.work import work as do_all

    app = application()
    _ = app.registry
    begin_log()
    stop, give_back = Event(), Event()

    def end(number: int, _frame: FrameType | None) -> None:
        stop.set()
        later = Timer(app.settings.drain_seconds if number == signal.SIGTERM else 0, give_back.set)
        later.daemon = True
        later.start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    if parent:
        Thread(target=_end_with, args=(parent, stop), daemon=True).start()
    if not do_all(app, stop, give_back):
        raise typer.Exit(1)  # so that a service manager begins another


def _end_with(parent: int, stop: Event) -> None:
    """A server that was killed takes its worker with it."""
    while os.getppid() == parent and not stop.wait(1):
        pass
    stop.set()


def _address(host: str, port: int, lan: bool, certificate: Path | None, key: Path | None, behind_proxy: str) -> Address:
    from tracer.serving.server import Address
    from tracer.serving.tls import lan_address, own_certificate

    if (certificate is None) != (key is None):
        raise NotAllowed("--certificate and --certificate-key go together: give both or none")
    for option, path in (("--certificate", certificate), ("--certificate-key", key)):
        if path is not None and not path.is_file():
            raise InvalidValue(option, str(path), "a PEM file that can be read")
    app = application()
    if lan:
        if certificate is None:
            certificate, key = own_certificate(app.settings.home / "tls", lan_address(), app.clock())
        return Address("0.0.0.0" if host == "127.0.0.1" else host, port, certificate, key)  # noqa: S104  # as asked
    if certificate is None and not behind_proxy and not _is_loopback(host):
        raise NotAllowed(
            f"on {host} names and numbers would go over the network in plain. Use --lan, give --certificate and "
            "--certificate-key, or say --behind-proxy ADDRESS where a proxy does the TLS"
        )
    return Address(host, port, certificate, key, behind_proxy)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _announce(address: Address, lan: bool) -> None:
    """Print where it is, and a link that logs in once; for a phone as a QR code."""
    import segno

    from tracer.services.access.log_in import make_login_link
    from tracer.services.access.manage_users import ensure_owner
    from tracer.serving.tls import fingerprint, lan_address

    app = application()
    with app.writing() as unit:
        owner = ensure_owner(unit, app.actor)
        token = make_login_link(unit, owner.user_id, LINK_MINUTES)
        unit.commit()
    scheme = "https" if address.certificate else "http"
    shown = lan_address() if lan else address.host
    link = f"{scheme}://{shown}:{address.port}/login?token={token}"
    say(f"Tracer serves {scheme}://{shown}:{address.port}; documentation at /docs. Stop with Ctrl-C.")
    say(f"Log in once, within {LINK_MINUTES} minutes: {link}")
    if address.certificate is not None:
        say(f"Certificate, SHA-256: {fingerprint(address.certificate)}")
    if lan:
        say("On a phone in this network, scan this. Its browser warns of an unknown certificate: go on only if")
        say("it shows the fingerprint above.")
        segno.make(link).terminal(out=sys.stdout, compact=True)
    sys.stdout.flush()


@contextmanager
def _worker(*, wanted: bool) -> Iterator[Callable[[], None]]:
    """A process beside this one that does the long work, begun again should it end; gives what makes it end."""
    stop = Event()
    children: list[subprocess.Popen[bytes]] = []

    def leave() -> None:
        stop.set()
        for child in children:
            if child.poll() is None:
                child.terminate()

    if not wanted:
        yield leave
        return
    thread = Thread(target=_keep_alive, args=(stop, children.append), daemon=True)
    thread.start()
    try:
        yield leave
    finally:
        leave()
        thread.join(timeout=15)


def _keep_alive(stop: Event, began: Callable[[subprocess.Popen[bytes]], None]) -> None:
    while not stop.is_set():
        command = [sys.executable, "-m", "tracer", "work", "--parent", str(os.getpid())]
        child = subprocess.Popen(command)  # noqa: S603  # this program itself
        began(child)
        if stop.is_set():
            child.terminate()
        child.wait()
        if not stop.wait(_RESTART_SECONDS):
            warn(f"tracer: the worker ended with {child.returncode}; another is begun")
