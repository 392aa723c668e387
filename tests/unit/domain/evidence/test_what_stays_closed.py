"""What a pack does not tell unless asked: virtual numbers in a route, and canaries that are none of its own."""

from tests.factories.packs import MADE_AT, fact
from tracer.domain.evidence.opening import Own, opened_paths, parse_opening
from tracer.domain.evidence.restrict_report import restrict_report

OWN = Own(frozenset({"k-1"}), frozenset())
LEGS = [
    {"channel_id": "m-1", "exposed_at": MADE_AT, "alias": ""},
    {"channel_id": "m-2", "exposed_at": MADE_AT, "alias": "+447700900987"},
]


def test_a_leg_with_an_alias_opens_only_where_aliases_do():
    record = fact(3, "order_placed", "o-1", canary_id="k-1", route=LEGS)
    usual = opened_paths(record, parse_opening([]), OWN)
    assert "/payload/route/0" in usual
    assert "/payload/route/1" not in usual
    assert "/payload/route/1" in opened_paths(record, parse_opening(["alias"]), OWN)


def report_of(calls=(), **diagnostics):
    return {
        "as_of": MADE_AT,
        "channels": [],
        "groups": [],
        "calls": list(calls),
        "background": {},
        "sensitivity": {},
        "diagnostics": diagnostics,
        "assumptions": [],
    }


def test_a_canary_that_is_none_of_the_packs_is_not_named():
    calls = [
        {"call_id": "c-1", "canary_id": "k-1", "match_p": 0.9, "sources": [], "evidence": []},
        {"call_id": "c-2", "canary_id": "k-live", "match_p": 0.3, "sources": [], "evidence": []},
    ]
    told = restrict_report(report_of(calls), {"c-1", "c-2"}, (), {"k-1"})
    assert [call["canary_id"] for call in told["calls"]] == ["k-1", None]
    assert "k-live" not in str(told)


def test_the_machines_of_the_operator_are_not_named():
    tasks = {"where": "dask", "why_here": "tls://10.0.0.7:8786: no scheduler answers"}
    told = restrict_report(report_of(draws=60, tasks=tasks), (), (), ())
    assert told["diagnostics"] == {"draws": 60, "leak_windows": {}}
