"""Promise: the order of the journal is that of what happened, whatever the clock says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from tests.soak.findings import Findings
from tracer.bootstrap import Application
from tracer.domain.call import Call
from tracer.services.calls.log_call import log_call
from tracer.storage.engine import READ_ONLY, open_engine
from tracer.storage.unit_of_work import UnitOfWork

NOON = datetime.fromisoformat("2026-11-21T12:00:00+08:00")


def turn_clocks(app: Application, rounds: int, rng: np.random.Generator) -> Iterator[Findings]:
    """Log `rounds` calls while the clock jumps up to a year back and forth; `lost` are those out of order."""
    told: list[str] = []
    for n in range(rounds):
        jumped = NOON + timedelta(seconds=float(rng.normal(0, 1e7)))
        turned = replace(app, clock=lambda jumped=jumped: jumped)
        turned.__dict__["registry"] = app.registry
        if n % 2:
            told.append(turned.write(_log).call_id)
        else:
            with turned.writing() as work:
                told.append(_log(work).call_id)
                work.commit()
    written = _in_order_of_journal(app)
    out_of_order = sum(one != other for one, other in zip(told, written, strict=True))
    yield Findings(len(told), len(written), out_of_order, 0, len(written) - len(set(written)), 0)


def _log(work: UnitOfWork) -> Call:
    return log_call(work, {"heard_name": "张晓萌"}, [], np.random.default_rng())


def _in_order_of_journal(app: Application) -> list[str]:
    engine = open_engine(app.settings.url)
    try:
        with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
            query = "SELECT subject_id FROM journal WHERE event = 'call_logged' ORDER BY position"
            return list(connection.exec_driver_sql(query).scalars())
    finally:
        engine.dispose()
