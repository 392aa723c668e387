"""Keys that are wrong in some way are refused with a text that says in which, and nothing more."""

from datetime import timedelta

import pytest

from tests.serving import client, key_with
from tracer.domain.access import ROLE_SCOPES, Principal, Role, Scope
from tracer.domain.key_text import write_key
from tracer.services.access.manage_keys import make_key
from tracer.services.access.manage_users import add_user, change_user

CHANNELS = "/api/v1/channels"


@pytest.fixture
def database_url(sqlite_url):
    """SQLite alone: nothing here depends on which database it is."""
    return sqlite_url


def refusal(address, authorization):
    with client(address) as who:
        answer = who.get(CHANNELS, headers={"Authorization": authorization})
    assert answer.headers["content-type"] == "application/problem+json"
    return answer


@pytest.fixture
def key(app):
    return key_with(app, Scope.READ_REGISTRY)


def test_a_key_that_is_not_whole(address, key):
    for text in (key[:-5], key[:20], key.swapcase(), key + "x", "trc_", "\xfcn\xef"):
        answer = refusal(address, f"Bearer {text}".encode("latin-1"))
        assert answer.status_code == 401
        assert "not whole" in answer.json()["detail"]
        assert len(text) < 6 or text not in answer.text


@pytest.mark.parametrize("authorization", ["Basic dXNlcjpwYXNz", "Token abc", "{key}", "Digest", "Bearer"])
def test_another_scheme(address, key, authorization):
    answer = refusal(address, authorization.format(key=key))
    assert answer.status_code == 401
    assert key not in answer.text


def test_the_scheme_is_read_in_any_case(address, key):
    assert status_of(address, f"bearer {key}") == 200
    assert status_of(address, f"BEARER  {key}") == 200


def status_of(address, authorization):
    with client(address) as who:
        return who.get(CHANNELS, headers={"Authorization": authorization}).status_code


def test_a_revoked_key(app, address, owner, key):
    key_id = "_".join(key.split("_")[:2])
    assert owner.post(f"/api/v1/keys/{key_id}/revoke").json()["revoked_at"]
    answer = refusal(address, f"Bearer {key}")
    assert (answer.status_code, "revoked" in answer.json()["detail"]) == (401, True)
    again = owner.post(f"/api/v1/keys/{key_id}/revoke")
    assert again.status_code == 409


def test_an_expired_key(app, address):
    with app.writing() as work:
        text, _ = make_key(work, "soon", ["registry:read"], app.clock() + timedelta(hours=1), None)
        work.commit()
    assert status_of(address, f"Bearer {text}") == 200
    later = app.clock() + timedelta(hours=1)
    app.clock = lambda: later
    answer = refusal(address, f"Bearer {text}")
    assert (answer.status_code, "expired" in answer.json()["detail"]) == (401, True)


def test_a_key_of_another_registry(address, tmp_path):
    answer = refusal(address, "Bearer " + write_key("trc_4t9xm2c7qe", bytes(32)))
    assert (answer.status_code, "no such key" in answer.json()["detail"]) == (401, True)


def test_the_key_of_a_disabled_user_and_of_one_with_another_role(app, address):
    with app.writing() as work:
        add_user(work, "owner", "owner", None)
        user = add_user(work, "mei", "operator", None)
        work.commit()
    by = Principal(user.user_id, ROLE_SCOPES[Role.OPERATOR], user.user_id)
    with app.writing() as work:
        text, _ = make_key(work, "hers", ["registry:read", "calls:log"], None, by)
        work.commit()
    assert status_of(address, f"Bearer {text}") == 200
    with app.writing() as work:
        change_user(work, user.user_id, role="auditor")
        work.commit()
    assert status_of(address, f"Bearer {text}") == 403
    with app.writing() as work:
        change_user(work, user.user_id, disabled=True)
        work.commit()
    answer = refusal(address, f"Bearer {text}")
    assert (answer.status_code, "disabled" in answer.json()["detail"]) == (401, True)


def test_wrong_keys_are_limited_and_a_right_one_still_opens(address, key):
    with client(address) as who:
        found = [who.get(CHANNELS, headers={"Authorization": "Bearer no"}) for _ in range(21)]
        assert [answer.status_code for answer in found] == [401] * 20 + [429]
        assert int(found[-1].headers["retry-after"]) > 0
        assert who.get(CHANNELS, headers={"Authorization": f"Bearer {key}"}).status_code == 200
