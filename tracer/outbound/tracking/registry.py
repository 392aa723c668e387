"""The carrier services there are. A new one is a folder beside kuaidi100 and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tracer.outbound.client import GuardedClient
from tracer.outbound.tracking.kuaidi100.service import make_kuaidi100
from tracer.outbound.tracking.service import Credentials, TrackingService

SERVICES: Mapping[str, Callable[[Credentials, GuardedClient], TrackingService | None]] = {
    "kuaidi100": make_kuaidi100,
}
"""By name: makes the service of its credentials, or None where these are not set."""


def tracking_services(settings: Mapping[str, Credentials], client: GuardedClient) -> dict[str, TrackingService]:
    """The services that are set up, in the order of SERVICES: the first that can be asked about a carrier is."""
    made = {name: make(settings.get(name, {}), client) for name, make in SERVICES.items()}
    return {name: service for name, service in made.items() if service is not None}
