"""Users: added, changed, disabled; the last owner stays."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.factories.access import CLIENT, PASSWORD, ask, ask_with_key, do, facts, log_in_by_link, person, set_clock
from tracer.domain.access import ROLE_SCOPES, Role, Scope
from tracer.domain.errors import AlreadyExists, InvalidValue, NotAllowed, NotAuthenticated, UnknownId
from tracer.services.access.log_in import log_in, make_login_link, use_login_link
from tracer.services.access.manage_keys import make_key
from tracer.services.access.manage_users import add_user, change_user, ensure_owner, find_user, set_password

pytestmark = pytest.mark.usefixtures("cheap_passwords")


def test_a_user_comes_back_as_added(app):
    user = person(app, " WenJing ", "operator", PASSWORD)
    assert (user.login, user.role, user.disabled_at, user.has_password) == ("wenjing", Role.OPERATOR, None, True)
    set_clock(app, minutes=1)
    other = person(app, "文静")
    assert not other.has_password
    with app.reading() as work:
        assert work.users.all() == [user, other]
        assert work.users.get(user.user_id) == user
        assert find_user(work, "Ｗｅｎjing") == find_user(work, user.user_id) == user
        (fact,) = work.journal.about(user.user_id)
    assert (fact.event, fact.payload["role"]) == ("user_added", "operator")
    assert "argon2" not in str(fact.payload)


def test_a_name_is_taken_once(app):
    user = person(app, "wenjing")
    with pytest.raises(AlreadyExists, match=user.user_id) as refusal:
        person(app, "WENJING", "analyst")
    assert "wenjing" not in str(refusal.value).lower()


def test_what_is_refused_is_not_repeated(app):
    with pytest.raises(InvalidValue, match="10 to 200 characters") as refusal:
        person(app, password="sesame")
    assert "sesame" not in str(refusal.value)
    with pytest.raises(UnknownId, match="tracer user list") as unknown, app.reading() as work:
        find_user(work, "quistgaard")
    assert "quistgaard" not in str(unknown.value)
    with pytest.raises(UnknownId, match="u-nobody"), app.reading() as work:
        find_user(work, "u-nobody")
    with pytest.raises(UnknownId):
        do(app, change_user, "u-nobody", role="owner")
    with pytest.raises(UnknownId):
        do(app, set_password, "u-nobody", PASSWORD)


def test_the_last_enabled_owner_stays(app):
    first, second = person(app, "first"), person(app, "second", "analyst")
    for change in ({"role": "analyst"}, {"disabled": True}):
        with pytest.raises(NotAllowed, match="last enabled owner"):
            do(app, change_user, first.user_id, **change)
    do(app, change_user, second.user_id, role="owner")
    do(app, change_user, first.user_id, disabled=True)
    with pytest.raises(NotAllowed, match="last enabled owner"):
        do(app, change_user, second.user_id, role="auditor")
    do(app, change_user, first.user_id, role="operator")
    with pytest.raises(NotAllowed, match="last enabled owner"):
        do(app, change_user, second.user_id, disabled=True)
    assert facts(app, second.user_id) == ["user_added", "user_changed"]


def test_two_owners_who_demote_each_other_at_once(app):
    ids = [person(app, name).user_id for name in ("first", "second")]

    def later():
        do(app, change_user, ids[1], role="analyst")

    with ThreadPoolExecutor(1) as pool, app.writing() as work:
        change_user(work, ids[0], role="analyst")
        waiting = pool.submit(later)
        time.sleep(0.2)
        assert not waiting.done()
        work.commit()
        with pytest.raises(NotAllowed, match="last enabled owner"):
            waiting.result(30)


def test_a_change_is_a_fact_with_what_was_before_and_none_is_none(app):
    user = person(app, "first", "analyst")
    assert do(app, change_user, user.user_id, role="operator", disabled=False).role == Role.OPERATOR
    assert do(app, change_user, user.user_id, role="operator").role == Role.OPERATOR
    with app.reading() as work:
        _, fact = work.journal.about(user.user_id)
    assert (fact.event, fact.payload["role"], fact.payload["before"]) == (
        "user_changed",
        "operator",
        {"role": "analyst"},
    )
    with pytest.raises(InvalidValue, match="role"):
        do(app, change_user, user.user_id, role="king")


def test_another_role_holds_at_once(app):
    person(app, "owner")
    user = person(app, "second", "operator")
    token = log_in_by_link(app, user)
    assert ask(app, token).scopes == ROLE_SCOPES[Role.OPERATOR]
    do(app, change_user, user.user_id, role="auditor")
    assert ask(app, token).scopes == ROLE_SCOPES[Role.AUDITOR]


def test_disabling_ends_sessions_links_and_keys(app):
    person(app, "owner")
    user = person(app, "second", "operator")
    token, link = log_in_by_link(app, user), do(app, make_login_link, user.user_id)
    text, _ = do(app, make_key, "script", [Scope.LOG_CALLS], None, ask(app, token))
    assert do(app, change_user, user.user_id, disabled=True).disabled_at == app.clock()
    for asking in (lambda: ask(app, token), lambda: ask_with_key(app, text)):
        with pytest.raises(NotAuthenticated):
            asking()
    with pytest.raises(NotAllowed, match="disabled"):
        do(app, make_login_link, user.user_id)
    assert do(app, change_user, user.user_id, disabled=False).disabled_at is None
    with pytest.raises(NotAuthenticated):
        ask(app, token)
    with pytest.raises(NotAuthenticated):
        do(app, use_login_link, link, CLIENT)
    assert ask_with_key(app, text)[0].user_id == user.user_id
    ask(app, log_in_by_link(app, user))


def test_a_new_password_ends_the_other_sessions(app):
    user = person(app, password=PASSWORD)
    mine, other = log_in_by_link(app, user), log_in_by_link(app, user)
    link = do(app, make_login_link, user.user_id)
    do(app, set_password, user.user_id, "another good one", keep_session=ask(app, mine).session_id)
    assert ask(app, mine).user_id == user.user_id
    with pytest.raises(NotAuthenticated):
        ask(app, other)
    with pytest.raises(NotAuthenticated):
        do(app, use_login_link, link, CLIENT)
    with pytest.raises(NotAuthenticated):
        do(app, log_in, "wenjing", PASSWORD, CLIENT)
    do(app, log_in, "wenjing", "another good one", CLIENT)
    do(app, set_password, user.user_id, PASSWORD)
    with pytest.raises(NotAuthenticated):
        ask(app, mine)
    assert facts(app, user.user_id).count("password_set") == 2


def test_the_first_owner(app):
    made = do(app, ensure_owner, "Home")
    assert (made.login, made.role, made.has_password) == ("home", Role.OWNER, False)
    set_clock(app, minutes=1)
    second = person(app, "second")
    assert do(app, ensure_owner, "another") == made
    do(app, change_user, made.user_id, disabled=True)
    assert do(app, ensure_owner, "another") == second


def test_users_without_an_owner_get_none_by_themselves(app):
    person(app, "second", "analyst")
    with pytest.raises(NotAllowed, match="tracer user add NAME --role owner"):
        do(app, ensure_owner, "home")


def test_two_processes_that_start_at_once_make_one_owner(app):
    app.open()
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda name: do(app, ensure_owner, name), ("a", "b"))
    assert first == second
    with app.reading() as work:
        assert work.users.all() == [first]


def test_one_name_added_twice_at_once(app):
    app.open()

    def adds(_):
        try:
            return do(app, add_user, "same", "analyst", None).login
        except AlreadyExists:
            return "taken"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(adds, range(2))) == ["same", "taken"]
