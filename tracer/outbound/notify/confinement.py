"""What a courier process may do: connect to addresses that were checked, read the program's own files, nothing else.

It is put on the whole process by an audit hook (PEP 578), which no later code can take off. So it holds for whatever
apprise or one of its plug-ins does, now or in a later version, by whichever library.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import tracer
from tracer.domain.errors import OutboundRefused
from tracer.outbound.connection import resolve
from tracer.outbound.rules import OutboundRules
from tracer.outbound.target import read_host

MAIL_PORTS = frozenset((25, 465, 587, 2525))
_FORBIDDEN = (
    "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.", "ctypes.dlopen", "shutil.",
    "socket.bind", "socket.sendto", "socket.sendmsg", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link",
    "os.symlink", "os.truncate", "os.chmod", "os.chown", "sqlite3.", "webbrowser.",
)  # fmt: skip
_SYSTEM_FILES = ("/etc/ssl/", "/usr/share/zoneinfo/", "/usr/lib/ssl/", "/etc/pki/", "/usr/share/ca-certificates/")
_PLAIN_FILES = frozenset(("/etc/hosts", "/etc/resolv.conf", "/etc/mime.types", "/etc/localtime", "/dev/null"))


class NotYours(PermissionError):
    """A file that a service has no business with; libraries take it for one that may not be read."""


class Confinement:
    """The hook, and what is let through for the message that is sent now."""

    def __init__(self, rules: OutboundRules, on_failure: Callable[[Exception], None] = lambda error: None) -> None:
        self._rules = rules
        self._on_failure = on_failure
        self._checked = threading.local()
        paths = [sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), str(Path(tracer.__file__).parent)]
        self._roots = tuple({os.path.realpath(path) + os.sep for path in paths if path})
        self._files = _PLAIN_FILES | ({str(rules.ca_file.resolve())} if rules.ca_file else set())

    def begin(self) -> None:
        """Put it on this process, for good; SMTP is dialled by checked addresses from now on."""
        socket.create_connection = self.connect  # type: ignore[assignment]  # smtplib's and httpcore's way out
        ssl.create_default_context = self._tls
        sys.addaudithook(self._judge)

    def connect(self, address: tuple[str, int], timeout: Any = None, *_: Any, **__: Any) -> socket.socket:
        """A connection of SMTP to a host that is resolved once and checked here; raises OutboundRefused.

        What the guarded client dials it has checked itself.
        """
        host, port = address
        if getattr(self._checked, "by_client", False):
            return self._dial(str(host), port, timeout)
        try:
            return self._connect_mail(str(host), port)
        except (OutboundRefused, OSError) as error:
            self._on_failure(error)
            raise OSError("no connection for mail") from error  # what smtplib's users are ready for

    def _connect_mail(self, host: str, port: int) -> socket.socket:
        written, literal = read_host(host)
        rules = self._rules
        if port not in MAIL_PORTS and (written, port) not in rules.allowed.ports and not self._is_own(written, literal):
            raise OutboundRefused(
                f"outgoing mail to {written}:{port}: expected one of the ports {sorted(MAIL_PORTS)}, got {port}. If it "
                "is meant, put it into the setting outbound_allow as host:port"
            )
        found = [literal] if literal else [ip_address(one) for one in resolve(written, port)]
        for one in found:
            if why := rules.allowed.why_not(written, one):
                raise OutboundRefused(
                    f"outgoing mail to {written}:{port}: expected only public addresses, got {one} ({why}). If it is "
                    "meant, put the host or network into the setting outbound_allow"
                )
        failure: OSError | None = None
        for one in found:
            try:
                return self._dial(str(one), port, rules.connect_seconds)
            except OSError as error:
                failure = error
        raise failure or OSError("its name does not resolve")

    @contextmanager
    def guarded_client(self) -> Iterator[None]:
        """While the guarded client is at work in this thread."""
        self._checked.by_client = True
        try:
            yield
        finally:
            self._checked.by_client = False

    def _dial(self, address: str, port: int, seconds: float | None) -> socket.socket:
        """Connect to an address that was checked."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.settimeout(seconds)
            self._checked.pair = (address, port)
            made.connect((address, port))
            made.settimeout(self._rules.seconds)
        except BaseException:
            made.close()
            raise
        finally:
            self._checked.pair = None
        return made

    def _is_own(self, host: str, literal: IPv4Address | IPv6Address | None) -> bool:
        """Whether the operator listed the host or its network without a port: then any port is meant, as for HTTP."""
        allowed = self._rules.allowed
        return host in allowed.hosts or (literal is not None and allowed.is_listed(literal))

    def _tls(self, *_: Any, **__: Any) -> ssl.SSLContext:
        """Certificates are always looked at, by the usual authorities and the rules' own."""
        import certifi

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(certifi.where())
        if self._rules.ca_file is not None:
            context.load_verify_locations(self._rules.ca_file)
        return context

    def _judge(self, event: str, arguments: Sequence[Any]) -> None:
        if event == "socket.connect":
            wanted = arguments[1]
            pair = getattr(self._checked, "pair", None)
            if pair is None or not isinstance(wanted, tuple) or tuple(wanted[:2]) != pair:
                raise OutboundRefused("outgoing request: expected one that the guard has checked, got another")
        elif event == "open":
            self._judge_file(arguments)
        elif event in ("os.listdir", "os.scandir"):
            self._judge_path(arguments[0])
        elif event.startswith(_FORBIDDEN):
            raise OutboundRefused(f"a notification service wanted to do what none may ({event})")

    def _judge_file(self, arguments: Sequence[Any]) -> None:
        name, mode, flags = (*arguments, None, None)[:3]
        if isinstance(name, int):
            return
        writes = isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        if writes or (isinstance(mode, str) and set(mode) & set("wax+")):
            raise NotYours("a notification service wanted to write a file")
        self._judge_path(name)

    def _judge_path(self, name: Any) -> None:
        if name is None or isinstance(name, int):
            return
        path = os.path.realpath(os.fsdecode(name))
        if path not in self._files and not f"{path}{os.sep}".startswith((*self._roots, *_SYSTEM_FILES)):
            raise NotYours("a notification service wanted to read a file of this machine")
