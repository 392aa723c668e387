"""Which sources there are, which are set up, where their senders reach us, and trying again what was held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tracer.bootstrap import Application
from tracer.domain.errors import TracerError, UnknownId
from tracer.intake.registry import FILES, HOOKS, read_again
from tracer.intake.sources import HookRequest, HookSource
from tracer.services.incoming.rerun_deliveries import Rerun, rerun

_AT_ONCE = 50


def sources_here(app: Application, counts: Mapping[str, Mapping[str, Any]], base_url: str = "") -> list[dict[str, Any]]:
    """Each source with its counts; `base_url`: how this server is reached where the settings do not say."""
    base = (app.settings.public_url or base_url).rstrip("/")
    names = [*FILES, *HOOKS, *counts]
    return [
        {
            "source": name,
            "reads_files": name in FILES,
            "hook": f"{base}/hooks/{name}" if name in HOOKS else "",
            "is_set_up": is_set_up(app, HOOKS[name]) if name in HOOKS else name in FILES,
            **_NONE,
            **counts.get(name, {}),
        }
        for name in sorted(set(names))
    ]


_NONE = {"taken": 0, "held": 0, "left_out": 0, "dismissed": 0, "newest": ""}


def is_set_up(app: Application, source: HookSource) -> bool:
    """Whether the source would look at a request at all."""
    try:
        source.receive(HookRequest("", {}, b"", app.clock()), app.settings)
    except UnknownId:
        return False
    except TracerError:
        return True
    return True


def rerun_all(app: Application, delivery_ids: Sequence[str], actor: str = "") -> Rerun:
    """Try these messages again, some in a transaction each. Raises UnknownId."""
    done = Rerun()
    for start in range(0, len(delivery_ids), _AT_ONCE):
        with app.writing(actor) as work:
            done = done.plus(rerun(work, delivery_ids[start : start + _AT_ONCE], read_again, app.fresh_rng()))
            work.commit()
    return done
