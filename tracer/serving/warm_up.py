"""What the first caller of the day would otherwise wait for."""

from __future__ import annotations

import gc
from contextlib import suppress

from tracer.bootstrap import Application
from tracer.documents.plots import load_plotting
from tracer.domain.errors import StoreError
from tracer.services.calls.log_call import log_call
from tracer.web.page import compile_templates


def warm_up(app: Application) -> None:
    """Log a call and take it back before anybody sees it, so that statements and tables of numbers are ready.

    The templates of the pages are compiled and the plotting library is loaded, too.
    What is loaded by now stays: looking through it for garbage stopped every request for a tenth of a second.
    """
    with suppress(StoreError), app.writing() as work:  # one that may only be read is served all the same
        log_call(work, {"heard_name": "·", "caller_number": "+442079460999"}, [], app.fresh_rng())
    load_plotting()
    compile_templates()
    gc.collect()
    gc.freeze()
