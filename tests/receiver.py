"""A server on 127.0.0.1 that takes what is posted to it, as the service behind a notification does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Whim = Callable[[int], tuple[bool, float]]
"""Whether the answer to the nth request is lost, and how many seconds it takes."""


@dataclass
class Receiver:
    """What came: (path, body) of each request, whole ones only. `status` and `says` are what it answers."""

    port: int = 0
    status: int = 200
    says: bytes = b"ok"
    got: list[tuple[str, bytes]] = field(default_factory=list)


@contextmanager
def receiving(whim: Whim = lambda number: (False, 0.0), port: int = 0) -> Iterator[Receiver]:
    """A receiver, for the time of a block."""
    receiver = Receiver()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                receiver.got.append((self.path, body))
                lost, seconds = whim(len(receiver.got))
            time.sleep(seconds)
            with suppress(OSError):  # whoever sent it was killed
                if lost:
                    self.connection.close()
                    return
                self.send_response(receiver.status)
                self.send_header("Content-Length", str(len(receiver.says)))
                self.end_headers()
                self.wfile.write(receiver.says)

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
