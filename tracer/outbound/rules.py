"""What the guarded client goes by; apart from it, so that settings load without an HTTP library."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tracer.outbound.addresses import Allowed


@dataclass(frozen=True, slots=True)
class OutboundRules:
    """What is let out, and for how long and how much.

    `seconds` is for a whole request, from the look-up of the name to the last byte; `connect_seconds` for reaching
    one address. `ca_file` is a PEM file of authorities trusted for TLS beside the usual ones.
    """

    allowed: Allowed = field(default_factory=Allowed)
    seconds: float = 15
    connect_seconds: float = 5
    body_bytes: int = 1024 * 1024
    header_bytes: int = 32 * 1024
    ca_file: Path | None = None
