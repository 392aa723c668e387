"""Asterisk: call detail records as its cdr_csv and cdr_custom modules write them, and exports of its cdr tables."""

from __future__ import annotations

from tracer.intake.asterisk.layout import looks_like_records
from tracer.intake.asterisk.read import read
from tracer.intake.sources import FileSource

SOURCE = FileSource("asterisk", looks_like_records, read)
