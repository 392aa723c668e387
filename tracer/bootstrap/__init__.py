"""The only place that wires: settings, key, database and model become one application object."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np

from tracer.bootstrap.parcels import Following
from tracer.bootstrap.upkeep import Keeping
from tracer.bootstrap.wiring import load_model, local_now, make_home
from tracer.settings import load_settings

__all__ = ["Application", "build", "load_model", "local_now", "make_home"]


class Application(Following, Keeping):
    """What a face needs: the settings, the registry, the model, a clock, a source of randomness, and what takes several
    transactions."""


def build(home: Path | None = None, clock: Callable[[], datetime] = local_now, seed: int | None = None) -> Application:
    """The application for one home folder (default: TRACER_HOME or the platform's folder)."""
    return Application(load_settings(home), clock, np.random.default_rng(seed))
