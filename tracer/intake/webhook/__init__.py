"""The generic signed webhook: whatever can send JSON can tell of calls."""

from tracer.intake.webhook.receive import SOURCE

__all__ = ["SOURCE"]
