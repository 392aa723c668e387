"""The names of what lies in an evidence pack."""

from __future__ import annotations

import re

CHECKPOINT = "checkpoint"
LOG_KEY = "log-key.txt"
README_EN = "README.en.txt"
README_ZH = "README.zh-CN.txt"
REPORT_JSON = "report.json"
REPORT_PDF = "report.pdf"
REPORT_PDF_ZH = "report.zh-CN.pdf"
SCRIPT = "verify_without_tracer.py"
ALWAYS = (CHECKPOINT, LOG_KEY, README_EN, README_ZH, REPORT_JSON, REPORT_PDF, REPORT_PDF_ZH, SCRIPT)
"""What every pack holds, beside its manifest and at least one fact."""
FACT = re.compile(r"facts/([0-9]{4})\.json", re.ASCII)
PROOF = "facts/{}.tlog-proof"
TIME_PROOF = "facts/{}.time.tlog-proof"
TIME_CHECKPOINT = re.compile(r"time/([0-9]{4})\.checkpoint", re.ASCII)
TOKEN = re.compile(r"time/([0-9]{4})\.[0-9]{1,2}\.tsr", re.ASCII)
MOST_FACTS = 3_000
"""More would not fit into a manifest that other programs read."""


def fact_name(number: int) -> str:
    """The member of the fact of that number, from 1 on."""
    return f"facts/{number:04d}.json"
