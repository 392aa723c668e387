"""Courier processes: started when one is needed, ended when one takes too long or has had nothing to do."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import tracer
from tracer.domain.errors import InvalidValue
from tracer.domain.notice import Outcome, Trouble
from tracer.outbound.notify.address import read_address
from tracer.outbound.rules import OutboundRules

START_SECONDS = 30.0
GRACE_SECONDS = 15.0
"""A service may need several requests (Matrix logs in first), each within the rules' time."""
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TZ")


class Couriers:
    """Sends messages by processes of their own, several at once; safe to use from several threads."""

    def __init__(
        self, rules: OutboundRules, schemes: Sequence[str], module: str = "tracer.outbound.notify.courier"
    ) -> None:
        self._rules = rules
        self._schemes = frozenset(schemes)
        self._module = module
        self._idle: list[_Process] = []
        self._lock = threading.Lock()

    def read(self, text: str) -> tuple[str, str, str]:
        """(address as apprise takes it, service, host to show) of what a person pasted.

        Raises InvalidValue, which repeats nothing of it but its scheme.
        """
        url = read_address(text, self._schemes)
        answer = self._ask({"do": "read", "url": url})
        if answer.get("error"):
            expected = f"the address of a service that may be used ({' '.join(sorted(self._schemes))})"
            raise InvalidValue("url", "one that is not", expected, "docs/notifications.md shows each one's form")
        return url, answer["service"], answer["host"]

    def send(self, url: str, title: str, body: str) -> Outcome:
        """Send a message, and say what came of it; never raises for what services do."""
        answer = self._ask({"do": "send", "url": url, "title": title, "body": body})
        return Outcome(str(answer.get("error", "")), bool(answer.get("final", False)))

    def close(self) -> None:
        """End them all."""
        with self._lock:
            ended, self._idle = self._idle, []
        for process in ended:
            process.end()

    def _ask(self, request: dict[str, str]) -> dict[str, Any]:
        with self._process() as process:
            return process.ask(request, self._rules.seconds + GRACE_SECONDS)

    @contextmanager
    def _process(self) -> Iterator[_Process]:
        with self._lock:
            process = self._idle.pop() if self._idle else None
        if process is None or not process.is_alive():
            process = _Process(self._module, _told(self._rules, self._schemes))
        try:
            yield process
        except BaseException:
            process.end()
            raise
        if process.is_alive():
            with self._lock:
                self._idle.append(process)


class _Process:
    """One courier."""

    def __init__(self, module: str, rules: dict[str, Any]) -> None:
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}  # no key, no proxy, no .netrc
        environment |= {
            "PYTHONPATH": os.pathsep.join((str(Path(tracer.__file__).parents[1]), *_extra_paths())),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONSAFEPATH": "1",
            "PYTHONUTF8": "1",
            "HOME": os.devnull,
        }
        self._process = subprocess.Popen(  # noqa: S603  # this program itself
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            text=True,
            encoding="utf-8",
        )
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True, name="courier").start()
        self._begun = self._exchange(rules, START_SECONDS).get("ready", False)

    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return bool(self._begun) and self._process.poll() is None

    def ask(self, request: dict[str, str], seconds: float) -> dict[str, Any]:
        """Its answer; where none comes in time it is ended, and that is told."""
        if not self.is_alive():
            return {"error": Trouble.BROKE.value, "final": False}
        return self._exchange(request, seconds)

    def end(self) -> None:
        """Kill it: it holds nothing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # a broken pipe is what was wanted
                    pipe.close()

    def _listen(self) -> None:
        out = self._process.stdout
        if out is not None:
            with suppress(ValueError, OSError):  # closed while it was read
                for line in out:
                    self._answers.put(line)
        self._answers.put("")

    def _exchange(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            self.end()
            return {"error": Trouble.SLOW.value, "final": False}
        except OSError:
            line = ""
        if not line:
            self.end()
            return {"error": Trouble.BROKE.value, "final": False}
        return dict(json.loads(line))


def _extra_paths() -> list[str]:
    """Where this process itself finds packages, beside those of its interpreter; for tests and odd installations."""
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


def _told(rules: OutboundRules, schemes: frozenset[str]) -> dict[str, Any]:
    return {
        "networks": [str(one) for one in rules.allowed.networks],
        "hosts": sorted(rules.allowed.hosts),
        "ports": sorted(rules.allowed.ports),
        "seconds": rules.seconds,
        "connect_seconds": rules.connect_seconds,
        "body_bytes": rules.body_bytes,
        "ca_file": str(rules.ca_file) if rules.ca_file else "",
        "schemes": sorted(schemes),
    }
