"""The log of a server: a JSON object a line on standard error, with ids, never names, numbers or errors' messages."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

import structlog


def begin_log(level: int = logging.INFO) -> None:
    """Write the log of this process, and that of the libraries, as JSON lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


class _Line(logging.Formatter):
    """A library's record; of an exception only its type, since its message may hold what was sent."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "event": record.getMessage() if record.exc_info is None else "exception",
            "level": record.levelname.lower(),
            "logger": record.name,
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            told["error"] = record.exc_info[0].__name__
        return json.dumps(told, ensure_ascii=False)
