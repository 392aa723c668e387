"""What a request of Twilio's says: a form as a rule, JSON for some products, or nothing but the query of a GET."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from tracer.intake.sources import HookRequest

_MOST_FIELDS = 1_000


@dataclass(frozen=True, slots=True)
class Sent:
    """`fields` by name; `signed` is what of the body is part of the signature; `digested` says that the body's hash,
    in the signed URL, stands for it instead."""

    fields: Mapping[str, str]
    signed: tuple[tuple[str, str], ...] = ()
    digested: bool = False


def read_sent(request: HookRequest) -> Sent:
    """The fields of a request; raises ValueError where it is none that Twilio makes."""
    if not request.body:
        return Sent(dict(_pairs(urlsplit(request.url).query)))
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        return Sent(_json_fields(request.body), digested=True)
    pairs = _pairs(request.body.decode("utf-8", "replace"))
    return Sent(dict(reversed(pairs)), signed=tuple(pairs))


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)


def _json_fields(body: bytes) -> dict[str, str]:
    """The members of the object; what is no text stays as JSON."""
    try:
        found = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("no object")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}
