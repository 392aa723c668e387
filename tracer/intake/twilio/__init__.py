"""Twilio: received calls and messages as it tells of them by webhook, and what it is told to do with them."""

from __future__ import annotations

from tracer.intake.sources import HookSource
from tracer.intake.twilio.receive import receive

SOURCE = HookSource("twilio", receive)
