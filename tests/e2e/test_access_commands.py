"""tracer user and tracer key, as typed."""

import pytest

from tests.factories.access import CLIENT, PASSWORD
from tracer.bootstrap import build
from tracer.domain.access import ROLE_SCOPES, Role, Scope
from tracer.domain.errors import NotAuthenticated
from tracer.services.access.log_in import log_in, use_login_link
from tracer.services.access.manage_keys import principal_of_key

pytestmark = pytest.mark.usefixtures("cheap_passwords")
TYPED = PASSWORD.encode() + b"\n"
USER_KEYS = ["user_id", "login", "role", "created_at", "disabled_at", "has_password"]
KEY_KEYS = ["key_id", "label", "scopes", "user_id", "created_at", "expires_at", "revoked_at", "used_at"]


def add(tracer, login="wenjing", role="owner", *more):
    return tracer.json("user", "add", login, "--role", role, *more)["user_id"]


def served(tracer, service, *arguments):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACER_DATABASE_URL", tracer.database_url)
        app = build(tracer.home)
    try:
        with app.writing() as work:
            made = service(work, *arguments)
            work.commit()
        return made
    finally:
        app.close()


def test_users_come_and_change(tracer_on):
    tracer = tracer_on
    user_id = add(tracer, "WenJing", "operator")
    (listed,) = tracer.json("user", "list")
    assert list(listed) == USER_KEYS
    assert (listed["login"], listed["role"], listed["disabled_at"]) == ("wenjing", "operator", None)
    assert "wenjing is analyst now" in tracer.ok("user", "role", "WENJING", "analyst").out
    assert tracer.json("user", "disable", user_id)["disabled_at"]
    assert "disabled" in tracer.ok("user", "list").out
    assert "user enable" in tracer("user", "link", "wenjing").refused()
    assert "enabled" in tracer.ok("user", "enable", "wenjing").out
    assert tracer.json("user", "list")[0]["role"] == "analyst"


def test_what_a_new_registry_says(tracer):
    assert "tracer user add" in tracer.ok("user", "list").out
    assert "tracer key add" in tracer.ok("key", "list").out
    assert tracer.json("user", "list") == tracer.json("key", "list") == []


def test_a_password_comes_from_standard_input(tracer):
    ran = tracer.ok("user", "add", "wenjing", "--role", "owner", "--password-stdin", stdin=TYPED)
    assert "user link" not in ran.out
    assert served(tracer, log_in, "wenjing", PASSWORD, CLIENT)
    tracer.ok("user", "password", "wenjing", "--password-stdin", stdin="新的密码新的密码新的\r\nmore".encode())
    assert served(tracer, log_in, "wenjing", "新的密码新的密码新的", CLIENT)
    with pytest.raises(NotAuthenticated):
        served(tracer, log_in, "wenjing", PASSWORD, CLIENT)


@pytest.mark.parametrize(
    ("typed", "why"), [(b"sesame", "got '6 characters'"), (b"", "got '0 characters'"), (b"\xff" * 12, "UTF-8")]
)
def test_a_bad_password_is_refused_and_not_repeated(tracer, typed, why):
    add(tracer)
    said = tracer("user", "password", "wenjing", "--password-stdin", stdin=typed).refused()
    assert why in said
    assert "sesame" not in said
    assert "--password-stdin" in tracer("user", "password", "wenjing").refused()


def test_a_link_is_printed_with_how_long_it_holds(tracer):
    user_id = add(tracer)
    assert "tracer user link" in tracer.ok("user", "add", "other", "--role", "auditor").out
    path, said = tracer.ok("user", "link", "wenjing", "--minutes", 30).out.splitlines()
    assert "within 30 minutes" in said
    token = path.removeprefix("/login?token=")
    assert served(tracer, use_login_link, token, CLIENT)[1].user_id == user_id
    made = tracer.json("user", "link", user_id)
    assert (made["user_id"], made["minutes"]) == (user_id, 10)
    assert served(tracer, use_login_link, made["path"].removeprefix("/login?token="), CLIENT)
    assert "minutes: expected 1 to 10080" in tracer("user", "link", "wenjing", "--minutes", 0).refused()


def test_the_last_owner_and_unknown_users_are_refused(tracer):
    add(tracer)
    assert "last enabled owner" in tracer("user", "disable", "wenjing").refused()
    assert "last enabled owner" in tracer("user", "role", "wenjing", "auditor").refused()
    assert "tracer user list" in tracer("user", "enable", "quistgaard").refused()
    assert "Choose another name" in tracer("user", "add", "WENJING", "--role", "owner").refused()
    assert tracer("user", "add", "x", "--role", "king").code == 2


def test_a_key_is_shown_once(tracer_on):
    tracer = tracer_on
    text, what, warning = tracer.ok("key", "add", "answering machine", "--intake", "--days", 365).out.splitlines()
    assert "cannot be shown again" in warning
    assert "calls:log" in what
    (listed,) = tracer.json("key", "list")
    assert list(listed) == KEY_KEYS
    assert text.startswith(listed["key_id"] + "_")
    assert listed["scopes"] == ["calls:log"]
    assert listed["expires_at"] is not None
    assert text not in tracer.ok("key", "list").out
    principal, _ = served(tracer, principal_of_key, text, CLIENT)
    assert principal.scopes == {Scope.LOG_CALLS}
    assert not principal.may(Scope.READ_CALLS)
    assert "Give its id alone" in tracer("key", "revoke", text).refused()
    assert tracer.json("key", "revoke", listed["key_id"])["revoked_at"]
    assert "revoked already" in tracer("key", "revoke", listed["key_id"]).refused()
    assert "revoked" in tracer.ok("key", "list").out
    with pytest.raises(NotAuthenticated, match="revoked"):
        served(tracer, principal_of_key, text, CLIENT)


def test_scopes_and_times_of_a_key(tracer):
    made = tracer.json("key", "add", "x", "--scope", "bulk", "--scope", "reports:read")
    assert list(made) == [*KEY_KEYS, "key"]
    assert made["scopes"] == ["bulk", "reports:read"]
    ends = "2099-01-01T00:00:00+08:00"
    assert tracer.json("key", "add", "y", "--intake", "--expires", ends)["expires_at"] == ends
    said = tracer("key", "add", "x", "--scope", "everything").refused()
    assert all(scope in said for scope in Scope)
    assert "a time after now" in tracer("key", "add", "x", "--intake", "--expires", "2020-01-01T00:00:00Z").refused()
    assert "offset" in tracer("key", "add", "x", "--intake", "--expires", "2099-01-01").refused()
    for wrong in ([], ["--intake", "--scope", "bulk"], ["--intake", "--days", "1", "--expires", ends]):
        assert tracer("key", "add", "x", *wrong).code == 2
    assert len(tracer.json("key", "list")) == 2


def test_the_help_tells_the_roles(tracer):
    said = tracer.ok("user", "add", "--help").out
    assert all(role in said for role in ROLE_SCOPES)
    assert set(ROLE_SCOPES) == set(Role)
