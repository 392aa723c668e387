"""Evidence packs over HTTP: a job makes one, and anybody known may have one verified."""

import json

import pytest

from tests.factories import registry
from tests.factories.packs import OURS, THEIRS, key_of, pack_members
from tests.refusals import is_problem
from tracer.documents.evidence.pack_zip import read_pack, write_pack
from tracer.domain.evidence.verify_pack import verify_pack
from tracer.scheduler.run_jobs import run_one

V1 = "/api/v1"
ZIP = {"Content-Type": "application/zip"}
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@SQLITE
def test_a_job_makes_a_pack_and_its_maker_fetches_it(app, owner, analyst, operator):
    shop = registry.add_channel(app)
    registry.own_number(app)
    (canary,) = registry.issue(app, shop)
    registry.place(app, canary.canary_id, shop)
    call = registry.log(app, canary_id=canary.canary_id, known_fields="name", caller_number="+447700900666")
    asked = {"kind": "call", "id": call.call_id, "open": ["caller_number"]}
    for who in (analyst, operator):
        is_problem(who.post(f"{V1}/evidence", json=asked), 403)
    begun = owner.post(f"{V1}/evidence", json=asked)
    assert begun.status_code == 202
    assert run_one(app, "worker")
    job = owner.get(begun.headers["location"]).json()
    assert (job["state"], job["kind"]) == ("done", "evidence"), job
    fetched = owner.get(f"{begun.headers['location']}/output")
    assert fetched.headers["content-type"] == "application/zip"
    verdict = verify_pack(read_pack(fetched.content), job["result"]["fingerprint"])
    assert [one.fact.value("/payload/caller_number") for one in verdict.facts][-1] == "+447700900666"
    assert canary.recipient_name not in json.dumps(job, ensure_ascii=False)
    verified = analyst.post(f"{V1}/evidence/verify", content=fetched.content, headers=ZIP).json()
    assert (verified["intact"], verified["origin_proven"]) == (True, False)


@SQLITE
def test_what_cannot_be_packed_is_refused_at_once(owner):
    is_problem(owner.post(f"{V1}/evidence", json={"kind": "call", "id": "c-1"}), 422)
    is_problem(owner.post(f"{V1}/evidence", json={"kind": "call", "id": "c-1", "open": ["x"]}), 422)
    is_problem(owner.post(f"{V1}/evidence", json={"kind": "number", "id": "c-1"}), 422)


@SQLITE
def test_a_pack_that_does_not_hold_is_refused_with_the_member(auditor, outsider):
    members = pack_members(early=0)
    trust = {"trust": key_of(OURS).fingerprint}
    whole = write_pack(members)
    assert auditor.post(f"{V1}/evidence/verify", content=whole, headers=ZIP, params=trust).json()["origin_proven"]
    other = auditor.post(
        f"{V1}/evidence/verify", content=write_pack(pack_members(private=THEIRS, early=0)), headers=ZIP, params=trust
    )
    told = is_problem(other, 422)
    assert (told["type"], "another key" in told["detail"]) == ("/docs#evidence-rejected", True)
    edited = write_pack({**members, "report.pdf": b"edited"})
    assert (
        "report.pdf was changed"
        in is_problem(auditor.post(f"{V1}/evidence/verify", content=edited, headers=ZIP), 422)["detail"]
    )
    is_problem(auditor.post(f"{V1}/evidence/verify", content=b"", headers=ZIP), 422)
    is_problem(auditor.post(f"{V1}/evidence/verify", json={}), 415)
    is_problem(auditor.post(f"{V1}/evidence/verify", content=whole, headers=ZIP, params={"trust": "x"}), 422)
    is_problem(outsider.post(f"{V1}/evidence/verify", content=whole, headers=ZIP), 401)
