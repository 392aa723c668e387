"""The same request sent again is done once; what cannot be the same is refused; secrets are not kept."""

from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest

from tests.factories import registry
from tests.refusals import is_problem
from tests.storage_dump import dump

V1 = "/api/v1"
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def canary(app):
    registry.own_number(app)
    (made,) = registry.issue(app, registry.add_channel(app))
    return made


def test_every_kind_of_post_is_done_once(owner, canary, app):
    call = owner.post(f"{V1}/calls", json={"canary_id": canary.canary_id, "heard_name": "x"}).json()["call_id"]
    posts = [
        ("channels", {"kind": "courier", "name": "y"}),
        ("numbers", {"number": "+442079460017", "kind": "virtual"}),
        ("canaries", {"control": True}),
        ("orders", {"canary_id": canary.canary_id}),
        (f"calls/{call}/undo", None),
        (f"calls/{call}/restore", None),
        (f"canaries/{canary.canary_id}/retire", None),
        ("jobs", {"kind": "report"}),
        ("users", {"login": "mei", "role": "analyst"}),
        ("identify", {"heard": "x"}),
    ]
    for number, (path, body) in enumerate(posts):
        sent = [
            owner.post(f"{V1}/{path}", json=body, headers={"Idempotency-Key": f"key-{number}"})
            if body is not None
            else owner.post(f"{V1}/{path}", headers={"Idempotency-Key": f"key-{number}"})
            for _ in range(2)
        ]
        assert sent[0].status_code in {200, 201, 202}, (path, sent[0].text)
        assert sent[0].status_code == sent[1].status_code
        assert sent[0].content == sent[1].content
        assert sent[0].headers.get("location") == sent[1].headers.get("location")
        assert [one.headers.get("idempotency-replayed") for one in sent] == [None, "true"]
    assert len(registry.everything(app)["orders"]) == 1
    assert len(owner.get(f"{V1}/jobs").json()["items"]) == 1


@SQLITE
def test_a_key_that_came_with_another_body_or_path(owner, canary):
    first = {"heard_name": "x"}
    made = owner.post(f"{V1}/calls", json=first, headers={"Idempotency-Key": "k"}).json()["call_id"]
    for path, body in (
        ("calls", {"heard_name": "y"}),
        (f"calls/{made}/undo", None),
        ("identify", {"heard": "x"}),
        ("channels", {"kind": "courier", "name": "y"}),
    ):
        headers = {"Idempotency-Key": "k"}
        answer = owner.post(f"{V1}/{path}", **({"json": body} if body else {}), headers=headers)
        assert is_problem(answer, 422)["type"] == "/docs#idempotency-key-reused", path
    assert owner.get(f"{V1}/calls/{made}").json()["state"] == "logged"
    again = owner.post(f"{V1}/calls", json=first, headers={"Idempotency-Key": "k"})
    assert again.json()["call_id"] == made


@SQLITE
def test_keys_differ_by_case_and_width(owner):
    made = [
        owner.post(f"{V1}/calls", json={"heard_name": "x"}, headers={"Idempotency-Key": key}).json()["call_id"]
        for key in ("k", "K", "k ".strip() + "-", "kk")
    ]
    assert len(set(made)) == 4


@SQLITE
def test_a_key_belongs_to_who_sent_it(owner, operator):
    made = [
        who.post(f"{V1}/calls", json={"heard_name": "x"}, headers={"Idempotency-Key": "k"}) for who in (owner, operator)
    ]
    assert made[0].json()["call_id"] != made[1].json()["call_id"]
    assert "idempotency-replayed" not in made[1].headers


@pytest.mark.parametrize("what", ["keys", "login-links"])
def test_a_secret_is_shown_once_and_kept_nowhere(app, owner, what):
    path, body, name = f"{V1}/keys", {"label": "forwarder", "scopes": ["calls:log"]}, "key"
    if what == "login-links":
        user = owner.post(f"{V1}/users", json={"login": "mei", "role": "analyst"}).json()["user_id"]
        path, body, name = f"{V1}/users/{user}/login-links", None, "path"
    sent = {"headers": {"Idempotency-Key": "k"}, **({"json": body} if body else {})}
    first, again = owner.post(path, **sent), owner.post(path, **sent)
    secret = first.json()[name]
    assert secret
    assert again.status_code == 201
    assert again.json() == {**first.json(), name: None}
    secrets = {secret, secret.rpartition("=")[2]}
    if what == "keys":
        secrets.add(secret.split("_")[2])
    held = repr(dump(app.settings.url)).encode() + b"".join(
        path.read_bytes() for path in app.settings.home.rglob("*") if path.is_file()
    )
    assert not any(text.encode() in held for text in secrets)


def test_a_request_in_flight_is_not_begun_again(app, owner, database_url):
    """On PostgreSQL another process may be at it and holds a lock; on SQLite this process knows, while one waits."""
    sent = {"json": {"heard_name": "x"}, "headers": {"Idempotency-Key": "k"}}
    principal = owner.get(f"{V1}/session").json()["principal_id"]

    def send():
        return owner.post(f"{V1}/calls", **sent)

    with ThreadPoolExecutor(2) as threads:
        with app.writing(principal) as work:  # on SQLite the only writer there is
            everywhere = database_url.startswith("postgresql")
            if everywhere:
                assert work.requests.take_turn(principal, "k")
            sending = [threads.submit(send) for _ in range(2)]
            done, _ = wait(sending, 30, ALL_COMPLETED if everywhere else FIRST_COMPLETED)
            told = [is_problem(one.result(), 409) for one in done]
            assert {one["type"] for one in told} == {"/docs#request-in-flight"}
        found = sorted(one.result().status_code for one in sending)
    assert found == ([409, 409] if everywhere else [201, 409])
    assert send().status_code == 201
    assert len(owner.get(f"{V1}/calls").json()["items"]) == 1


@SQLITE
def test_a_change_under_the_same_key_is_still_a_change(owner):
    """PATCH says what a thing shall be: sent twice it is the same, whatever key comes with it."""
    call = owner.post(f"{V1}/calls", json={"heard_name": "x"}).json()["call_id"]
    for notes in ("one", "two"):
        answer = owner.patch(f"{V1}/calls/{call}", json={"notes": notes}, headers={"Idempotency-Key": "k"})
        assert answer.json()["notes"] == notes
