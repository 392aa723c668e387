"""The ledger over HTTP: what is sealed, that it is proved, sealing at once, and an audit as a job."""

from tests.factories import registry
from tests.storage_dump import execute
from tracer.domain.ledger.checkpoint import Checkpoint, read_proof, verified_checkpoint, verify_proof
from tracer.domain.ledger.note import read_key
from tracer.scheduler.run_jobs import run_one

V1 = "/api/v1"


def sealed(client):
    answer = client.post(f"{V1}/ledger/checkpoints")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_auditor_proves_a_fact(app, auditor):
    registry.add_channel(app)
    before = auditor.get(f"{V1}/ledger").json()
    assert (before["size"], before["checkpoint"], before["alarm"]) == (0, None, "")
    assert before["waiting"] > 0
    fact = next(one for one in auditor.get(f"{V1}/journal").json()["items"] if one["event"] == "channel_registered")
    waits = auditor.get(f"{V1}/ledger/proofs/{fact['entry_id']}")
    assert (waits.status_code, "waits for its place" in waits.json()["detail"]) == (409, True)
    state = sealed(auditor)
    key = read_key(state["key"])
    assert verified_checkpoint(state["checkpoint"]["note"], key).size == state["size"]
    proved = auditor.get(f"{V1}/ledger/proofs/{fact['entry_id']}").json()
    checkpoint = verify_proof(bytes.fromhex(proved["leaf_hash"]), read_proof(proved["proof"]), key)
    assert checkpoint.size == state["size"]
    assert proved["time_tokens"] == []
    assert auditor.get(f"{V1}/ledger/proofs/no-such-fact").status_code == 404


def test_checkpoints_are_listed_by_pages(app, auditor):
    sizes = []
    for name in ("a", "b", "c"):
        registry.add_channel(app, name=name)
        sizes.append(sealed(auditor)["size"])
    found, cursor = [], ""
    for _ in range(3):
        page = auditor.get(f"{V1}/ledger/checkpoints", params={"limit": 1, **({"cursor": cursor} if cursor else {})})
        found += [one["size"] for one in page.json()["items"]]
        cursor = page.json()["next_cursor"]
    assert found == sizes
    assert cursor is None


def test_sealing_twice_with_one_key_signs_once(app, auditor):
    registry.add_channel(app)
    headers = {"Idempotency-Key": "seal-1"}
    first = auditor.post(f"{V1}/ledger/checkpoints", headers=headers)
    registry.add_channel(app, name="later")
    again = auditor.post(f"{V1}/ledger/checkpoints", headers=headers)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_database_set_back_is_said(app, auditor, database_url):
    registry.add_channel(app)
    sealed(auditor)
    (path,) = (app.settings.home / "ledger").iterdir()
    with app.reading() as work:
        log = work.ledger.log()
        path.write_text(work.ledger.sign(Checkpoint(log.key.name, 999, bytes(32))))
    assert "999 were signed before" in auditor.get(f"{V1}/ledger").json()["alarm"]
    refused = auditor.post(f"{V1}/ledger/checkpoints")
    assert refused.status_code == 503
    assert "set back to an older state" in refused.json()["detail"]


def test_an_audit_is_a_job(app, auditor, database_url):
    registry.add_channel(app)
    sealed(auditor)
    execute(database_url, "UPDATE channels SET kind = 'bank'")
    job = auditor.post(f"{V1}/jobs", json={"kind": "verify"}).json()
    assert run_one(app, "tester")
    result = auditor.get(f"{V1}/jobs/{job['job_id']}").json()["result"]
    assert (result["holds"], result["problems_found"]) == (False, 1)
    assert "its kind is not what its facts say" in result["problems"][0]
