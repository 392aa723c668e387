"""Addresses of notification services: what people paste, and what may be shown of it."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import parse_qs, urlsplit

from tracer.domain.errors import InvalidValue
from tracer.domain.notice import URL_LIMIT
from tracer.outbound.notify.services import NATIVE

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_REFUSED = {
    "verify": "certificates are always looked at",
    "template": "files of this machine are not read",
    "pgp": "files of this machine are not read",
    "pgpkey": "files of this machine are not read",
    "attach": "nothing is attached",
}
"""Parameters of apprise that would take the guard's ground away, and why not."""


def read_address(text: str, schemes: Collection[str]) -> str:
    """An address as apprise takes it: its own form, or the link that a service shows for its robot.

    Raises InvalidValue, which repeats nothing of the address but its scheme.
    """
    given = text.strip()
    found = _SCHEME.match(given)
    scheme = found[1].lower() if found else ""
    expected = f"an address that begins with one of: {' '.join(sorted(schemes))}"
    if len(given) > URL_LIMIT or not given.isprintable():
        raise InvalidValue("url", f"{len(given)} characters", f"at most {URL_LIMIT} printable characters")
    if scheme == NATIVE:
        return _from_link(given) or given
    if scheme not in schemes:
        hint = "Your server's operator lists them in the setting notify_services"
        raise InvalidValue("url", f"{scheme}://…" if scheme else "something else", expected, hint)
    for name, why in _REFUSED.items():
        if re.search(rf"[?&]{name}=", given, re.IGNORECASE):
            raise InvalidValue("url", f"one with {name}=", "an address without it", f"Leave it out: {why}")
    return given


def _from_link(link: str) -> str:
    """The links of robots that apprise does not know by themselves; empty for others."""
    parts = urlsplit(link)
    last = parts.path.strip("/").split("/")
    if parts.hostname == "oapi.dingtalk.com":
        return f"dingtalk://{''.join(parse_qs(parts.query).get('access_token', ()))}"
    if parts.hostname == "open.feishu.cn" and last[-2:-1] == ["hook"]:
        return f"feishu://{last[-1]}"
    if parts.hostname == "open.larksuite.com" and last[-2:-1] == ["hook"]:
        return f"lark://{last[-1]}"
    if parts.hostname == "api.day.app" and last[0]:
        return f"barks://api.day.app/{last[0]}"
    if parts.hostname == "sctapi.ftqq.com" and last[0].endswith(".send"):
        return f"schan://{last[0].removesuffix('.send')}"
    return ""
