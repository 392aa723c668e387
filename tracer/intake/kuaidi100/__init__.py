"""What Kuaidi100 pushes of parcels; asking it is in outbound/tracking."""

from __future__ import annotations

from tracer.intake.kuaidi100.hook import SOURCE

__all__ = ["SOURCE"]
