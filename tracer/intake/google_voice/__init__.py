"""Google Voice: the takeout, or pages of it."""

from __future__ import annotations

from tracer.intake.google_voice.read import SOURCE

__all__ = ["SOURCE"]
