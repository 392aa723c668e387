"""Every route against everybody: who lacks the scope is refused, who has it is not."""

import pytest

from tracer.domain.access import ROLE_SCOPES, Role, Scope

V1 = "/api/v1"
ANY = frozenset(Scope)
ISSUER = {Scope.ISSUE, Scope.MANAGE_REGISTRY}
JOBS = {Scope.BULK, Scope.READ_REPORTS, Scope.READ_LEDGER, Scope.BACK_UP}
NEEDED = {
    ("GET", f"{V1}/channels"): {Scope.READ_REGISTRY},
    ("POST", f"{V1}/channels"): {Scope.MANAGE_REGISTRY},
    ("GET", f"{V1}/channels/{{channel_id}}"): {Scope.READ_REGISTRY},
    ("GET", f"{V1}/numbers"): {Scope.READ_REGISTRY},
    ("POST", f"{V1}/numbers"): {Scope.MANAGE_REGISTRY},
    ("GET", f"{V1}/canaries"): {Scope.READ_REGISTRY},
    ("POST", f"{V1}/canaries"): ISSUER,
    ("GET", f"{V1}/canaries/{{canary_id}}"): {Scope.READ_REGISTRY},
    ("PATCH", f"{V1}/canaries/{{canary_id}}"): {Scope.MANAGE_REGISTRY},
    ("POST", f"{V1}/canaries/{{canary_id}}/retire"): {Scope.MANAGE_REGISTRY},
    ("GET", f"{V1}/orders"): {Scope.READ_REGISTRY},
    ("POST", f"{V1}/orders"): ISSUER,
    ("GET", f"{V1}/orders/{{order_id}}"): {Scope.READ_REGISTRY},
    ("POST", f"{V1}/orders/{{order_id}}/exposures"): ISSUER,
    ("GET", f"{V1}/orders/{{order_id}}/tracking"): {Scope.READ_REGISTRY},
    ("POST", f"{V1}/orders/{{order_id}}/tracking"): ISSUER,
    ("GET", f"{V1}/calls"): {Scope.READ_CALLS},
    ("POST", f"{V1}/calls"): {Scope.LOG_CALLS},
    ("POST", f"{V1}/calls/parse"): {Scope.LOG_CALLS, Scope.READ_CALLS},
    ("GET", f"{V1}/calls/{{call_id}}"): {Scope.READ_CALLS},
    ("PATCH", f"{V1}/calls/{{call_id}}"): {Scope.CHANGE_CALLS},
    ("POST", f"{V1}/calls/{{call_id}}/undo"): {Scope.CHANGE_CALLS},
    ("POST", f"{V1}/calls/{{call_id}}/restore"): {Scope.CHANGE_CALLS},
    ("POST", f"{V1}/calls/{{call_id}}/merge"): {Scope.CHANGE_CALLS},
    ("POST", f"{V1}/calls/{{call_id}}/erasure"): {Scope.ERASE},
    ("POST", f"{V1}/canaries/{{canary_id}}/erasure"): {Scope.ERASE},
    ("POST", f"{V1}/calls/{{call_id}}/attachments"): {Scope.LOG_CALLS, Scope.CHANGE_CALLS},
    ("GET", f"{V1}/calls/{{call_id}}/attachments/{{attachment_id}}"): {Scope.READ_CALLS},
    ("GET", f"{V1}/calls/{{call_id}}/explanation"): {Scope.READ_CALLS},
    ("GET", f"{V1}/scripts"): {Scope.READ_CALLS, Scope.LOG_CALLS},
    ("POST", f"{V1}/identify"): {Scope.READ_CALLS},
    ("POST", f"{V1}/identify/batch"): {Scope.READ_CALLS},
    ("GET", f"{V1}/report"): {Scope.READ_REPORTS},
    ("POST", f"{V1}/plan"): {Scope.READ_REPORTS},
    ("POST", f"{V1}/power"): {Scope.READ_REPORTS},
    ("GET", f"{V1}/codebook/capacity"): {Scope.MANAGE_REGISTRY},
    ("GET", f"{V1}/jobs"): JOBS,
    ("POST", f"{V1}/jobs"): JOBS,
    ("POST", f"{V1}/imports"): {Scope.BULK},
    ("GET", f"{V1}/jobs/{{job_id}}"): JOBS,
    ("GET", f"{V1}/jobs/{{job_id}}/output"): JOBS,
    ("GET", f"{V1}/recurring-jobs"): JOBS | {Scope.MANAGE_JOBS},
    ("POST", f"{V1}/recurring-jobs/{{job}}/run"): {Scope.MANAGE_JOBS},
    ("POST", f"{V1}/recurring-jobs/{{job}}/pause"): {Scope.MANAGE_JOBS},
    ("POST", f"{V1}/recurring-jobs/{{job}}/resume"): {Scope.MANAGE_JOBS},
    ("GET", f"{V1}/backups"): {Scope.BACK_UP},
    ("POST", f"{V1}/backups"): {Scope.BACK_UP},
    ("GET", f"{V1}/users"): {Scope.MANAGE_ACCESS},
    ("POST", f"{V1}/users"): {Scope.MANAGE_ACCESS},
    ("PATCH", f"{V1}/users/{{user_id}}"): {Scope.MANAGE_ACCESS},
    ("POST", f"{V1}/users/{{user_id}}/login-links"): {Scope.MANAGE_ACCESS},
    ("GET", f"{V1}/keys"): {Scope.MANAGE_ACCESS},
    ("POST", f"{V1}/keys"): {Scope.MANAGE_ACCESS},
    ("POST", f"{V1}/keys/{{key_id}}/revoke"): {Scope.MANAGE_ACCESS},
    ("GET", f"{V1}/journal"): {Scope.READ_LEDGER},
    ("GET", f"{V1}/ledger"): {Scope.READ_LEDGER},
    ("GET", f"{V1}/ledger/checkpoints"): {Scope.READ_LEDGER},
    ("POST", f"{V1}/ledger/checkpoints"): {Scope.READ_LEDGER},
    ("GET", f"{V1}/ledger/proofs/{{entry_id}}"): {Scope.READ_LEDGER},
    ("POST", f"{V1}/evidence"): {Scope.BULK},
    ("POST", f"{V1}/evidence/verify"): ANY,
    ("GET", f"{V1}/intake"): {Scope.READ_CALLS},
    ("GET", f"{V1}/intake/sources"): {Scope.READ_CALLS},
    ("GET", f"{V1}/intake/{{delivery_id}}"): {Scope.READ_CALLS},
    ("POST", f"{V1}/intake/rerun"): {Scope.CHANGE_CALLS},
    ("POST", f"{V1}/intake/dismiss"): {Scope.CHANGE_CALLS},
    ("GET", f"{V1}/notification-targets"): {Scope.NOTIFY},
    ("POST", f"{V1}/notification-targets"): {Scope.NOTIFY},
    ("PATCH", f"{V1}/notification-targets/{{target_id}}"): {Scope.NOTIFY},
    ("DELETE", f"{V1}/notification-targets/{{target_id}}"): {Scope.NOTIFY},
    ("POST", f"{V1}/notification-targets/{{target_id}}/test"): {Scope.NOTIFY},
    ("GET", f"{V1}/notices"): {Scope.NOTIFY},
    ("GET", f"{V1}/session"): ANY,
    ("DELETE", f"{V1}/session"): ANY,
}
OPEN = {
    ("POST", f"{V1}/session"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}
BAD_TIME = {f"{V1}/report", f"{V1}/calls/{{call_id}}/explanation"}
"""These would be long at work: they are asked for a time that is none."""


def ask(client, operation):
    """Send it with ids that nothing has and a body that does not fit: nothing is changed whoever asks."""
    method, path = operation
    address = path.replace("{", "no-such-").replace("}", "")
    body = {"json": {"?": 1}} if method in {"POST", "PATCH"} else {}
    return client.request(method, address, params={"as_of": "?"} if path in BAD_TIME else {}, **body)


def test_every_operation_is_in_one_of_the_tables(house):
    document = house.with_key(None).get("/openapi.json").json()
    found = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    assert found == set(NEEDED) | OPEN


def test_an_outsider_is_asked_who_they_are(house):
    outsider = house.with_key(None)
    for operation in NEEDED:
        answer = ask(outsider, operation)
        assert answer.status_code == 401, operation
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/docs#not-authenticated"


def test_an_outsider_finds_the_doors_that_are_open(house):
    outsider = house.with_key(None)
    for path in ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"):
        answer = outsider.get(path)
        assert answer.status_code == 200, path
        assert not any(text in answer.text for text in house.personal)


@pytest.mark.parametrize("scope", [scope.value for scope in Scope])
def test_a_key_with_one_scope_opens_what_that_scope_is_for(house, scope):
    refused(house.with_scopes(Scope(scope)), {Scope(scope)})


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_a_role_may_what_its_scopes_say(house, role):
    refused(house.as_role(Role(role)), ROLE_SCOPES[Role(role)])


def refused(client, scopes):
    for operation, needed in NEEDED.items():
        answer = ask(client, operation)
        if scopes & needed:
            assert answer.status_code not in {401, 403}, operation
            assert answer.status_code < 500, operation
        else:
            assert answer.status_code == 403, operation
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"] == "/docs#not-permitted"


def test_an_analyst_reports_and_does_not_export(house):
    analyst = house.as_role(Role.ANALYST)
    assert analyst.post(f"{V1}/jobs", json={"kind": "export"}).status_code == 403
    assert analyst.post(f"{V1}/jobs", json={"kind": "report"}).status_code == 202


def test_who_may_issue_one_canary_may_not_issue_many_nor_choose_its_number(house):
    operator = house.as_role(Role.OPERATOR)
    for more in ({"count": 2}, {"number": "+442079460016"}):
        answer = operator.post(f"{V1}/canaries", json={"issued_for": [house.ids["channel_id"]], **more})
        assert answer.status_code == 403


def test_nobody_makes_a_key_that_may_more_than_they_may(house):
    keeper = house.with_scopes(Scope.MANAGE_ACCESS)
    answer = keeper.post(f"{V1}/keys", json={"label": "more", "scopes": ["identities:all"]})
    assert answer.status_code == 403
    assert "identities:all" in answer.json()["detail"]
    assert keeper.post(f"{V1}/keys", json={"label": "same", "scopes": ["access:manage"]}).status_code == 201
