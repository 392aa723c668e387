"""Log-ins by password and by link: what fails, what is limited, what the journal says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from tests.conftest import NOW
from tests.factories.access import CLIENT, PASSWORD, ask, do, facts, log_in_by_link, person, set_clock
from tracer.domain.access import ROLE_SCOPES, AccessRules, Principal, Role
from tracer.domain.errors import InvalidValue, NotAuthenticated, StoreError, TooManyRequests, UnknownId
from tracer.services.access import hash_password
from tracer.services.access.log_in import (
    finish_log_in,
    log_in,
    make_login_link,
    try_password,
    use_login_link,
)
from tracer.services.access.manage_users import change_user, set_password

pytestmark = pytest.mark.usefixtures("cheap_passwords")
WRONG = "incorrect horse battery"
RULES = AccessRules(failed_logins_per_hour=4)


def fails(app, login="wenjing", password=WRONG, client=CLIENT, rules=RULES):
    with pytest.raises(NotAuthenticated) as refusal:
        do(app, log_in, login, password, client, rules=rules)
    return str(refusal.value)


def limited(app, login="wenjing", password=PASSWORD, client=CLIENT):
    with pytest.raises(TooManyRequests) as refusal:
        do(app, log_in, login, password, client, rules=RULES)
    return str(refusal.value)


def test_a_log_in_by_password(app):
    user = person(app, "WenJing", "operator", PASSWORD)
    token, begun = do(app, log_in, " WENJING", PASSWORD, CLIENT)
    assert (begun.user_id, begun.expires_at) == (user.user_id, NOW + timedelta(hours=720))
    assert ask(app, token) == Principal(user.user_id, ROLE_SCOPES[Role.OPERATOR], user.user_id, begun.session_id)
    other, _ = do(app, log_in, "wenjing", PASSWORD, CLIENT)
    assert len({token, other}) == 2
    assert len(token) == 43
    assert facts(app, user.user_id) == ["user_added", "logged_in", "logged_in"]


def test_all_that_fails_sounds_the_same(app):
    person(app, password=PASSWORD)
    person(app, "linked", "analyst")
    user = person(app, "gone", "analyst", PASSWORD)
    do(app, change_user, user.user_id, disabled=True)
    rules = AccessRules()
    said = {
        fails(app, rules=rules),
        fails(app, "nobody", rules=rules),
        fails(app, "linked", PASSWORD, rules=rules),
        fails(app, "gone", PASSWORD, rules=rules),
        fails(app, "wenjing", "\ud800" * 10, rules=rules),
    }
    assert said == {"the log-in name or the password is wrong"}


def test_a_name_that_nobody_has_costs_a_hash_as_well(app, monkeypatch):
    """Counted, not timed: argon2 is asked once, whoever the name is of, and for as much work."""
    verified = []

    class Counting(PasswordHasher):
        def verify(self, kept, password):
            verified.append(kept)
            return super().verify(kept, password)

    monkeypatch.setattr(hash_password, "_HASHER", Counting(time_cost=1, memory_cost=16, parallelism=1))
    person(app, password=PASSWORD)
    person(app, "linked", "analyst")
    for login in ("wenjing", "nobody", "linked"):
        fails(app, login, rules=AccessRules())
    assert len(verified) == 3
    assert {kept.rpartition("p=1$")[0] for kept in verified} == {"$argon2id$v=19$m=16,t=1,"}
    assert len(set(verified)) == 2


def test_not_even_the_dummy_fits(app, monkeypatch):
    monkeypatch.setattr(hash_password, "_dummy", lambda: hash_password.hash_password(PASSWORD))
    person(app, "linked")
    fails(app, "linked", PASSWORD)
    fails(app, "nobody", PASSWORD)


def test_failures_are_in_the_journal_without_names(app):
    user = person(app, password=PASSWORD)
    fails(app)
    fails(app, "quistgaard")
    with app.reading() as work:
        of_user = work.journal.about(user.user_id)[-1]
        (of_nobody,) = work.journal.about("unknown")
    assert (of_user.event, of_nobody.event) == ("log_in_failed", "log_in_failed")
    assert of_user.payload == of_nobody.payload == {"by": "password"}


def test_a_client_that_fails_too_often_is_not_looked_at(app):
    person(app, password=PASSWORD)
    for name in "abcd":
        fails(app, name)
    assert limited(app) == "too many failed log-ins. Try again in 900 s"
    do(app, log_in, "wenjing", PASSWORD, "192.0.2.8", rules=RULES)
    set_clock(app, minutes=15)
    do(app, log_in, "wenjing", PASSWORD, CLIENT, rules=RULES)


@pytest.mark.parametrize("login", ["wenjing", "nobody"])
def test_a_name_at_which_too_many_failed_is_not_looked_at(app, login):
    user = person(app, password=PASSWORD)
    fails(app, login, client="192.0.2.1")
    fails(app, login.upper(), client="192.0.2.2")
    assert limited(app, login, client="192.0.2.3").startswith("too many failed log-ins for this name")
    log_in_by_link(app, user)  # a link helps
    set_clock(app, minutes=30)
    fails(app, login, client="192.0.2.3")


def test_a_refusal_for_the_limit_is_no_failure(app):
    person(app, password=PASSWORD)
    for name in "abcd":
        fails(app, name)
    for _ in range(5):
        limited(app)
    assert facts(app, "unknown") == ["log_in_failed"] * 4


def test_guesses_made_at_once_get_no_more_answers(app):
    person(app, password=PASSWORD)
    with app.reading() as work:
        tried = try_password(work, "wenjing", WRONG, CLIENT, rules=RULES)
        right = try_password(work, "wenjing", PASSWORD, CLIENT, rules=RULES)

    def finish(attempt):
        try:
            return do(app, finish_log_in, attempt, rules=RULES)
        except (NotAuthenticated, TooManyRequests) as refusal:
            return type(refusal)

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(finish, [tried] * 8))
    assert (said.count(NotAuthenticated), said.count(TooManyRequests)) == (2, 6)
    assert finish(right) is TooManyRequests


def test_what_changed_between_looking_and_logging_in(app):
    person(app, "other")
    user = person(app, "wenjing", "analyst", PASSWORD)
    with app.reading() as work:
        attempt = try_password(work, "wenjing", PASSWORD, CLIENT)
    do(app, set_password, user.user_id, "another good one")
    with pytest.raises(NotAuthenticated):
        do(app, finish_log_in, attempt)
    with app.reading() as work:
        attempt = try_password(work, "wenjing", "another good one", CLIENT)
    do(app, change_user, user.user_id, disabled=True)
    with pytest.raises(NotAuthenticated):
        do(app, finish_log_in, attempt)
    assert not repr(attempt).count("argon2")


def test_a_hash_with_other_parameters_is_made_anew(app):
    user = person(app, password=PASSWORD)

    def kept():
        with app.reading() as work:
            return work.users.password_hash(user.user_id)

    old = PasswordHasher(time_cost=1, memory_cost=32, parallelism=1).hash(PASSWORD)
    with app.writing() as work:
        work.users.change_password_hash(user.user_id, old)
        work.commit()
    fails(app)
    assert kept() == old
    do(app, log_in, "wenjing", PASSWORD, CLIENT)
    new = kept()
    assert new.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    do(app, log_in, "wenjing", PASSWORD, CLIENT)
    assert kept() == new


def test_a_damaged_hash_is_said(app):
    user = person(app, password=PASSWORD)
    with app.writing() as work:
        work.users.change_password_hash(user.user_id, "nonsense")
        work.commit()
    with pytest.raises(StoreError, match=r"damaged\. Set the user's password anew"):
        do(app, log_in, "wenjing", PASSWORD, CLIENT)


def test_a_link_logs_in_once(app):
    user = person(app)
    link = do(app, make_login_link, user.user_id)
    token, begun = do(app, use_login_link, link, CLIENT)
    assert ask(app, token).session_id == begun.session_id
    with pytest.raises(NotAuthenticated, match="used or has expired"):
        do(app, use_login_link, link, CLIENT)
    with pytest.raises(NotAuthenticated, match="used or has expired"):
        do(app, use_login_link, link[:-1], CLIENT)
    assert facts(app, user.user_id) == ["user_added", "login_link_made", "logged_in", "log_in_failed"]
    assert facts(app, "unknown") == ["log_in_failed"]


def test_a_link_used_at_once_from_two_places(app):
    link = do(app, make_login_link, person(app).user_id)

    def use(_):
        try:
            return bool(do(app, use_login_link, link, CLIENT))
        except NotAuthenticated:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


def test_a_link_expires_and_a_clock_that_ran_ahead_does_not_end_it(app):
    user = person(app)
    link = do(app, make_login_link, user.user_id, 5)
    for later in ({"minutes": 5}, {"days": 40}):
        set_clock(app, **later)
        with pytest.raises(NotAuthenticated):
            do(app, use_login_link, link, CLIENT)
    set_clock(app, minutes=4, seconds=59)
    do(app, use_login_link, link, CLIENT)
    for minutes in (0, -1, 10_081):
        with pytest.raises(InvalidValue, match="minutes"):
            do(app, make_login_link, user.user_id, minutes)
    with pytest.raises(UnknownId):
        do(app, make_login_link, "u-nobody")


def test_too_many_bad_links_are_limited_and_a_good_one_works(app):
    link = do(app, make_login_link, person(app).user_id)
    for _ in range(4):
        with pytest.raises(NotAuthenticated):
            do(app, use_login_link, "bad", CLIENT, rules=RULES)
    with pytest.raises(TooManyRequests, match="failed keys and links"):
        do(app, use_login_link, "bad", CLIENT, rules=RULES)
    do(app, use_login_link, link, CLIENT, rules=RULES)
