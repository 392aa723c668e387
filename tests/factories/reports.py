"""Finished reports in the database without a run of the engine, and a visitor's browser to read them with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx

from tests.factories.access import do, person
from tests.factories.registry import add_channel, issue, log, own_number, place
from tests.serving import serving
from tracer.bootstrap import Application
from tracer.domain.job import Job, JobKind, JobState
from tracer.services.access.log_in import make_login_link
from tracer.services.jobs.queue_job import in_pieces, queue_job
from tracer.services.jobs.run_job import claim_job, finish_job

AS_OF = "2026-11-20T23:59:59+08:00"


def channel(channel_id: str, name: str, p: float, verdict: str = "unresolved", **more: Any) -> dict[str, Any]:
    made = {
        "channel_id": channel_id,
        "kind": "merchant",
        "name": name,
        "p_leaked": p,
        "leak_rate": {"mean": 0.4 * p, "lower": 0.0, "upper": 0.8 * p},
        "log_bayes_factor": 3.25,
        "orders": 14,
        "called": 11,
        "silent": 3,
        "verdict": verdict,
        "bound": 0.41,
        "reason": "This order data surfaced via this channel or someone holding its data, with probability 0.973; "
        "11 of its 14 orders were called.",
    }
    return {**made, **more}


def call(call_id: str, canary_id: str | None, *sources: tuple[str, float]) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "canary_id": canary_id,
        "match_p": 0.96,
        "sources": [{"channel_id": one, "p": p} for one, p in sources],
        "evidence": [
            {"term": "said item", "channel_id": sources[0][0], "log_likelihood_ratio": 3.7},
            {"term": "timing", "channel_id": sources[0][0], "log_likelihood_ratio": -0.4},
        ],
    }


def report_of(channels: list[dict[str, Any]], calls: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "as_of": AS_OF,
        "channels": channels,
        "groups": [],
        "calls": calls,
        "background": {"calls_per_line_day": 0.0123, "line_days": 900.0, "expected_calls": 1.5, "share_of_calls": 0.25},
        "sensitivity": {
            "prior_halved": {
                "p_leaked": {channels[0]["channel_id"]: 0.913},
                "no_longer_implicated": [channels[0]["channel_id"]],
                "newly_implicated": [],
            }
        },
        "diagnostics": {
            "chains": 4,
            "draws": 500,
            "standard_error": 0.004,
            "max_r_hat": 1.003,
            "min_ess": 889.0,
            "converged": True,
            "censored_share": 0.07,
            "leak_windows": {},
        },
        "assumptions": ["Of name mentions 20% are surname and title only."],
    }
    return {**made, **more}


def store_report(app: Application, report: Mapping[str, Any], as_of: str = "", tag: str = "") -> Job:
    """As a worker would leave it."""
    with app.writing() as work:
        job = queue_job(work, JobKind.REPORT, "tester", {"as_of": as_of, "tag": tag}, app.fresh_rng())
        position = work.listings.last_position()
        work.commit()
    with app.writing() as work:
        claimed = claim_job(work, "tester")
        assert claimed is not None
        content = json.dumps(report, ensure_ascii=False).encode()
        result = {"as_of": report["as_of"], "position": position}
        finish_job(work, claimed, "tester", JobState.DONE, result, in_pieces(content))
        work.commit()
    return job


@contextmanager
def browser(app: Application, address: str, role: str = "owner", language: str = "en") -> Iterator[httpx.Client]:
    """Somebody of this role, logged in, who reads this language."""
    user = person(app, f"{role}-{language}", role)
    headers = {"Accept-Language": language, "Accept": "text/html,*/*;q=0.8"}
    with httpx.Client(base_url=address, trust_env=False, timeout=60, headers=headers) as made:
        answer = made.get("/login", params={"token": do(app, make_login_link, user.user_id)})
        assert answer.status_code == 303
        yield made


def csrf_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


@dataclass(frozen=True)
class House:
    """A served registry with a report: a shop with markup in its name, a courier who is a person, three calls."""

    app: Application
    address: str
    shop: str
    person: str
    canary_id: str
    calls: tuple[str, ...]
    report: dict[str, Any]
    job: Job

    def visit(self, role: str = "owner", language: str = "en") -> AbstractContextManager[httpx.Client]:
        """Somebody's browser."""
        return browser(self.app, self.address, role, language)


SHOP = '=1+1<b onclick="x">兰亭</b>&amp;{{7*7}}%s'
PERSON = "张三快递员"
CALLER = "+442079460958"


@contextmanager
def served_house(app: Application) -> Iterator[House]:
    """The house, on a server."""
    shop = add_channel(app, name=SHOP)
    courier = add_channel(app, "courier", PERSON, natural_person="yes")
    own_number(app)
    (canary,) = issue(app, shop)
    place(app, canary.canary_id, shop, courier, order_no="20261101-7788", item="洗面奶", price="59.90")
    calls = tuple(
        log(app, canary_id=canary.canary_id, received_at=f"2026-11-{day}T10:00:00+08:00", caller_number=CALLER,
            known_fields="name item", unknown_fields="price", script="lost_parcel", claimed_role="courier").call_id
        for day in (14, 15, 16)
    )  # fmt: skip
    report = report_of(
        [channel(shop, SHOP, 0.973, "implicated"), channel(courier, courier, 0.0123, "bounded", kind="courier")],
        [
            call(calls[0], canary.canary_id, (shop, 0.904), (courier, 0.06), ("background", 0.036)),
            call(calls[1], canary.canary_id, (shop, 0.61), ("other", 0.3), ("background", 0.09)),
            call(calls[2], None, ("background", 0.99), ("other", 0.01)),
        ],
        groups=[
            {
                "channel_ids": [shop, courier],
                "p_any": 0.991,
                "p_exactly_one": 0.87,
                "verdict": "implicated",
                "separating_order": "unused",
            }
        ],
    )
    job = store_report(app, report)
    with serving(app) as address:
        yield House(app, address, shop, courier, canary.canary_id, calls, report, job)


def written(page: httpx.Response) -> str:
    """The text that a page shows, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.text)).split())
