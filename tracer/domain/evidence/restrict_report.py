"""The part of a leak attribution report that may go into an evidence pack: what concerns its calls, and no other.

Kept are the calls of the pack, the channels on the routes of its orders, those that its calls may have come from,
and those that the data cannot tell from them. No call, canary or channel beside them is named. Figures of the whole
campaign (background, assumptions, the course of the calculation) stay, for the rest is worked out with them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tracer.domain.report import BACKGROUND, OTHER

OF_THE_OPERATOR = "tasks"
"""Where the work was done, with addresses of the operator's machines: of no concern to whoever is given a pack."""


def restrict_report(
    report: Mapping[str, Any], call_ids: Collection[str], channel_ids: Collection[str], canary_ids: Collection[str]
) -> dict[str, Any]:
    """A report's JSON object with these calls and what concerns them and these channels; `restricted_to` says so.

    A call whose most probable canary is none of these has null for it: that one may be a live trap.
    """
    calls = [
        call if call["canary_id"] in canary_ids else {**call, "canary_id": None}
        for call in report["calls"]
        if call["call_id"] in call_ids
    ]
    near = {*channel_ids, *(source["channel_id"] for call in calls for source in call["sources"])} - {BACKGROUND, OTHER}
    groups = [group for group in report["groups"] if near & set(group["channel_ids"])]
    kept = near.union(*(group["channel_ids"] for group in groups))
    channels = [channel for channel in report["channels"] if channel["channel_id"] in kept]
    diagnostics = {name: told for name, told in report["diagnostics"].items() if name != OF_THE_OPERATOR}
    windows = diagnostics.get("leak_windows", {})
    diagnostics["leak_windows"] = {one: window for one, window in windows.items() if one in kept}
    return {
        "as_of": report["as_of"],
        "restricted_to": {
            "calls": len(calls),
            "of_calls": len(report["calls"]),
            "channels": len(channels),
            "of_channels": len(report["channels"]),
        },
        "channels": channels,
        "groups": groups,
        "calls": calls,
        "background": dict(report["background"]),
        "sensitivity": {name: _sensitivity(change, kept) for name, change in report["sensitivity"].items()},
        "diagnostics": diagnostics,
        "assumptions": list(report["assumptions"]),
    }


def _sensitivity(change: Any, kept: Collection[str]) -> Any:
    if not isinstance(change, Mapping):
        return change
    told = {**change, "p_leaked": {one: p for one, p in change.get("p_leaked", {}).items() if one in kept}}
    for name in ("no_longer_implicated", "newly_implicated"):
        told[name] = [one for one in change.get(name, ()) if one in kept]
    return told
