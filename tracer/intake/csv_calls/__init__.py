"""Any CSV file of calls."""

from tracer.intake.csv_calls.read import SOURCE

__all__ = ["SOURCE"]
