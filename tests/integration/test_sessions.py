"""Sessions: how long they last, whatever the clock does, and what is kept of them."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.factories.access import CLIENT, PASSWORD, ask, do, facts, log_in_by_link, person, set_clock
from tests.storage_dump import dump
from tracer.domain.errors import NotAuthenticated
from tracer.services.access.log_in import csrf_token, log_in, log_out, touch_session
from tracer.services.jobs.forget_old import forget_old

pytestmark = pytest.mark.usefixtures("cheap_passwords")


def test_a_session_ends_when_it_is_left_idle(app):
    token = log_in_by_link(app, person(app))
    set_clock(app, hours=167)
    ask(app, token)
    set_clock(app, hours=167 + 167)
    ask(app, token)
    set_clock(app, hours=167 + 167 + 168)
    with pytest.raises(NotAuthenticated):
        ask(app, token)


def test_a_session_ends_at_the_latest(app):
    token = log_in_by_link(app, person(app))
    for day in range(6, 30, 6):
        set_clock(app, days=day)
        ask(app, token)
    set_clock(app, hours=719, minutes=59)
    ask(app, token)
    set_clock(app, hours=720)
    with pytest.raises(NotAuthenticated):
        ask(app, token)


def test_the_settings_say_how_long(app):
    app.settings = app.settings.model_copy(update={"session_hours": 2, "idle_hours": 1})
    user = person(app, password=PASSWORD)
    token, begun = do(app, log_in, "wenjing", PASSWORD, CLIENT, rules=app.settings.access_rules)
    assert begun.expires_at == NOW + timedelta(hours=2)
    set_clock(app, hours=1)
    with pytest.raises(NotAuthenticated):
        ask(app, token)
    app.settings = app.settings.model_copy(update={"idle_hours": 100})
    assert ask(app, token).user_id == user.user_id


@pytest.mark.parametrize("jump", [{"days": 6}, {"days": 29}, {"days": 4000}, {"days": -4000}])
def test_a_clock_that_jumps_and_comes_back_loses_no_session(app, jump):
    token = log_in_by_link(app, person(app))
    session_id = ask(app, token).session_id
    set_clock(app, **jump)
    try:
        ask(app, token)
    except NotAuthenticated:
        assert jump["days"] > 7
    else:
        do(app, touch_session, session_id)  # somebody else found it due, just before the jump
    set_clock(app)
    ask(app, token)
    do(app, touch_session, session_id)
    set_clock(app, days=6)
    ask(app, token)


def test_use_is_noted_at_most_once_a_minute(app, database_url):
    token = log_in_by_link(app, person(app))

    def seen():
        ((*_, seen_at, _, _),) = dump(database_url)["sessions"]
        return (seen_at >> 11) / 1_000_000 - NOW.timestamp()

    for seconds, noted in ((59, 0), (60, 60), (119, 60), (30, 60), (120, 120)):
        set_clock(app, seconds=seconds)
        ask(app, token)
        assert seen() == noted


def test_log_out(app):
    user = person(app)
    token, other = log_in_by_link(app, user), log_in_by_link(app, user)
    session_id = ask(app, token).session_id
    do(app, log_out, session_id)
    with pytest.raises(NotAuthenticated, match="Log in again"):
        ask(app, token)
    ask(app, other)
    do(app, log_out, session_id)
    assert facts(app, user.user_id).count("logged_out") == 1


def test_who_never_logged_in(app):
    app.open()
    for token in ("", "x" * 43, "\ud800"):
        with pytest.raises(NotAuthenticated):
            ask(app, token)


def test_forms_carry_a_token_of_their_session():
    made = csrf_token("a" * 43)
    assert made == csrf_token("a" * 43) != csrf_token("b" * 43)
    assert len(made) == 43
    assert made != "a" * 43


def test_what_ended_long_ago_is_forgotten(app, database_url):
    user = person(app)
    log_in_by_link(app, user)
    ended, idle = log_in_by_link(app, user), log_in_by_link(app, user)
    do(app, log_out, ask(app, ended).session_id)
    set_clock(app, days=29, hours=23)
    with pytest.raises(NotAuthenticated):
        ask(app, idle)
    assert do(app, forget_old) == 0
    set_clock(app, days=30, hours=1)
    assert do(app, forget_old) == 1 + 3  # the session ended; links hold ten minutes
    assert (len(dump(database_url)["sessions"]), len(dump(database_url)["login_links"])) == (2, 0)
    set_clock(app, days=60)
    assert do(app, forget_old) == 2
    assert dump(database_url)["sessions"] == []
