"""Android: the backups of the app "SMS Backup & Restore"."""

from __future__ import annotations

from tracer.intake.sms_backup.read import SOURCE

__all__ = ["SOURCE"]
