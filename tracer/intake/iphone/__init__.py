"""iPhone: its stores of calls and of messages, out of a backup or from a Mac."""

from __future__ import annotations

from tracer.intake.iphone import calls, messages

SOURCES = (calls.SOURCE, messages.SOURCE)
