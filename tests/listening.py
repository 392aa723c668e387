"""Sockets that listen on addresses of this machine and count who connects."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Talk = Callable[[socket.socket], None]
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@dataclass
class Listener:
    """A listening socket; `accepted` counts connections, `heard` what came first on each."""

    address: str
    port: int
    accepted: int = 0
    heard: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def url(self, host: str, path: str = "/", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


@contextmanager
def listening(
    say: bytes | Callable[[Listener, socket.socket], None] = HELLO,
    address: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Listener]:
    """A server that reads a request and then says some bytes, or does what a function does with the connection."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.listen(64)
        listener = Listener(address, server.getsockname()[1])
        last_ports: list[int] = []

        def talk(connection: socket.socket) -> None:
            with contextlib.suppress(OSError), connection:  # whoever hangs up on us does so on purpose
                spoken = tls.wrap_socket(connection, server_side=True) if tls else connection
                with spoken:
                    listener.heard.append(spoken.recv(65536))
                    if callable(say):
                        say(listener, spoken)
                    else:
                        spoken.sendall(say)

        def accept() -> None:
            while True:
                try:
                    connection, peer = server.accept()
                except OSError:
                    return
                if peer[1] in last_ports:  # whoever came before it has been counted
                    connection.close()
                    return
                listener.accepted += 1
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listener
        finally:
            listener.over.set()
            with socket.socket(family, socket.SOCK_STREAM) as last:
                last.bind((address, 0))
                last_ports.append(last.getsockname()[1])
                last.connect((address, listener.port))
                thread.join()
