"""Whether a request was signed by Twilio (https://www.twilio.com/docs/usage/webhooks/webhooks-security).

Signed is the whole URL and behind it each field of the form, name and value without anything between, sorted; a field
that comes twice with one value counts once. The key is the account's auth token, by HMAC-SHA1. Where a webhook setting
names a shared key, it is that key's secret, by the algorithm that the header X-Twilio-Webhooks-Signature-Settings
tells (…/webhooks/webhook-shared-keys). Of a body in JSON the URL holds the SHA-256, in `bodySHA256`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from tracer.intake.sources import HookRequest
from tracer.intake.twilio.sent import Sent

SIGNATURE = "x-twilio-signature"
SETTINGS = "x-twilio-webhooks-signature-settings"
_HASHES = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?#]*?)(?P<port>:\d+)?(?P<rest>[/?#].*)?", re.I | re.S)
_PORTS = {"https": ":443", "http": ":80"}


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets that Twilio may have signed with; several while one is being replaced."""

    auth_tokens: Sequence[str] = ()
    shared_keys: Sequence[str] = ()


def signed_url(request: HookRequest, sent: Sent, keys: Keys) -> str | None:
    """The URL as Twilio signed it, which behind a proxy is not quite the one that was served; None: it did not."""
    if sent.digested and not _is_digest(request):
        return None
    told = request.headers.get(SETTINGS)
    secrets = keys.auth_tokens if told is None else keys.shared_keys
    hashing = _HASHES.get(_algorithm(told or "").upper())
    if hashing is None:
        return None
    signature = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
    fields = "".join(name + value for name, value in sorted(set(sent.signed)))
    found = None
    for url in url_variants(request.url):
        text = (url + fields).encode("utf-8", "surrogatepass")
        for secret in secrets:
            made = b64encode(hmac.new(secret.encode(), text, hashing).digest())
            if hmac.compare_digest(made, signature):
                found = found or url
    return found


def url_variants(url: str) -> Iterator[str]:
    """The URL as it is, without and with its port, and the same with the other scheme: a proxy may end the TLS."""
    yield url
    parts = _ORIGIN.fullmatch(url)
    if parts is None:
        return
    given, host, port, rest = parts["scheme"].lower(), parts["host"], parts["port"], parts["rest"] or ""
    for scheme in (given, *(_PORTS.keys() - {given})):
        yield f"{scheme}://{host}{rest}"
        yield f"{scheme}://{host}{port or _PORTS[scheme]}{rest}"


def _algorithm(settings: str) -> str:
    """The algorithm of `key=…,algorithm=HMAC_SHA256`; HMAC_SHA1 where none is told, as Twilio's libraries have it."""
    for part in settings.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip()
    return "HMAC_SHA1"


def _is_digest(request: HookRequest) -> bool:
    """Whether the URL holds the hash of the body."""
    told = parse_qs(urlsplit(request.url).query).get("bodySHA256", [""])[0]
    return hmac.compare_digest(told.encode("utf-8", "replace"), hashlib.sha256(request.body).hexdigest().encode())
