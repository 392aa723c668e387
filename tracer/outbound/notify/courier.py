"""A process of its own that sends messages by apprise, confined: `python -m tracer.outbound.notify.courier`.

It reads its rules, then one request a line, as JSON on standard input, and answers a line each. Addresses come and go
through the pipe only: in no argument, no environment, no log. Whoever started it ends it when it takes too long.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import apprise

from tracer.domain.errors import OutboundFailed, OutboundRefused
from tracer.domain.notice import FINAL, Trouble
from tracer.outbound.addresses import Allowed
from tracer.outbound.client import GuardedClient
from tracer.outbound.notify.by_requests import ThroughGuard
from tracer.outbound.notify.confinement import Confinement
from tracer.outbound.notify.services import MAIL
from tracer.outbound.rules import OutboundRules

_FINAL = frozenset((400, 401, 403, 404, 405, 410))
_SAYS_SO = {
    "dingtalk": ("errcode", 0),
    "wecombot": ("errcode", 0),
    "feishu": ("code", 0),
    "lark": ("code", 0),
    "schan": ("code", 0),
    "pushplus": ("code", 200),
    "bark": ("code", 200),
    "barks": ("code", 200),
}
"""Services that answer 200 whatever happened: the field of their JSON that tells, and what it is when all is well.

apprise 2.3 takes the status for the answer.
"""


class Courier:
    """Reads addresses and sends messages, one at a time."""

    def __init__(self, rules: OutboundRules, schemes: frozenset[str]) -> None:
        self._schemes = schemes
        self._mailed: Exception | None = None
        self._asset = apprise.AppriseAsset(
            app_id="Tracer",
            app_desc="Tracer",
            app_url="",
            image_url_mask="",
            image_url_logo="",
            async_mode=False,
            secure_logging=True,
            storage_mode="memory",
            http_redirects=False,
            allow_templates=False,
        )
        self.confinement = Confinement(rules, self._note)
        self.guard = ThroughGuard(GuardedClient(rules), self.confinement)
        # All that loads late loads now: from here on no file but the program's own is read.
        apprise.Apprise.instantiate("json://localhost", asset=self._asset)
        self.guard.begin()
        self.confinement.begin()

    def _note(self, error: Exception) -> None:
        self._mailed = error

    def answer(self, request: Mapping[str, str]) -> dict[str, Any]:
        """What came of a request."""
        self.guard.forget()
        self._mailed = None
        plugin = self._plugin(request["url"])
        if plugin is None:
            return _failed(Trouble.ADDRESS)
        scheme = _scheme(plugin)
        if scheme not in self._schemes:
            return _failed(Trouble.ADDRESS)
        if request["do"] == "read":
            return {"service": scheme, "host": host_of(plugin)}
        try:
            taken = plugin.notify(
                body=request["body"], title=request["title"], notify_type=apprise.NotifyType.INFO, body_format="text"
            )
        except Exception:  # noqa: BLE001  # whatever a plug-in does; its words may quote the address
            return _failed(Trouble.BROKE)
        return self._outcome(scheme, bool(taken))

    def _plugin(self, url: str) -> Any:
        try:
            return apprise.Apprise.instantiate(url, asset=self._asset, suppress_exceptions=True)
        except Exception:  # noqa: BLE001  # whatever a plug-in makes of an address that does not fit
            return None

    def _outcome(self, scheme: str, taken: bool) -> dict[str, Any]:
        failure, answer = self.guard.failure or self._mailed, self.guard.answer
        if answer is not None and answer.status // 100 != 2:
            return _failed(Trouble.STATUS, answer.status)
        if answer is not None and (code := _refusal(scheme, answer.body)) is not None:
            return _failed(Trouble.CODE, f"{scheme} {code}")
        if taken:
            return {"error": ""}
        if isinstance(failure, OutboundRefused):
            return _failed(Trouble.REFUSED)
        if failure is not None:
            told = str(failure) if isinstance(failure, OutboundFailed) else ""
            slow, redirect = "an answer within" in told, "a redirect (" in told
            return _failed(Trouble.SLOW if slow else Trouble.REDIRECT if redirect else Trouble.UNREACHABLE)
        return _failed(Trouble.MAIL if scheme in MAIL else Trouble.NOT_TAKEN)


def _failed(trouble: Trouble, value: object = "") -> dict[str, Any]:
    final = trouble in FINAL or (trouble is Trouble.STATUS and value in _FINAL)
    return {"error": f"{trouble} {value}".strip(), "final": final}


def _refusal(scheme: str, body: bytes) -> int | None:
    """The code by which a service says in its answer that it did not take the message; None where it did."""
    if scheme not in _SAYS_SO:
        return None
    name, fine = _SAYS_SO[scheme]
    try:
        code = json.loads(body).get(name, fine)
    except (ValueError, AttributeError):
        return None
    return int(code) if isinstance(code, int) and code != fine else None


def _scheme(plugin: Any) -> str:
    schemes = (plugin.secure_protocol, plugin.protocol)
    first = next((one for one in (schemes if plugin.secure else schemes[::-1]) if one), "")
    return str(first if isinstance(first, str) else first[0])


def host_of(plugin: Any) -> str:
    """Where a plug-in sends to, as far as it may be shown: in many addresses the secret stands in the host's place."""
    if smtp := getattr(plugin, "smtp_host", None):
        return str(smtp)
    if getattr(plugin, "mode", None) == "cloud" and (cloud := getattr(plugin, "cloud_notify_url", None)):
        return str(urlsplit(cloud).hostname)
    if any("{host}" in template for template in plugin.templates):
        return f"{plugin.host}:{plugin.port}" if plugin.port else str(plugin.host)
    return str(urlsplit(str(getattr(plugin, "notify_url", ""))).hostname or "")


def read_rules(line: str) -> tuple[OutboundRules, frozenset[str]]:
    """The rules and the schemes, as the one who started this process sends them."""
    given = json.loads(line)
    allowed = Allowed(
        tuple(ip_network(one) for one in given["networks"]),
        frozenset(given["hosts"]),
        frozenset((host, port) for host, port in given["ports"]),
    )
    rules = OutboundRules(
        allowed=allowed,
        seconds=given["seconds"],
        connect_seconds=given["connect_seconds"],
        body_bytes=given["body_bytes"],
        ca_file=Path(given["ca_file"]) if given["ca_file"] else None,
    )
    return rules, frozenset(given["schemes"])


def main() -> None:
    """Answer until standard input ends."""
    logging.disable(logging.CRITICAL)  # apprise logs whole addresses
    out: TextIO = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what a plug-in prints does not get among the answers
    courier = Courier(*read_rules(sys.stdin.readline()))
    out.write('{"ready": true}\n')
    out.flush()
    for line in sys.stdin:
        out.write(json.dumps(courier.answer(json.loads(line))) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
