"""API keys: made, used, expired, revoked, cut to what their user may do."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.factories.access import CLIENT, ask_with_key, do, facts, person, set_clock
from tests.storage_dump import dump
from tracer.domain.access import ROLE_SCOPES, AccessRules, Principal, Role, Scope
from tracer.domain.errors import InvalidValue, NotAllowed, NotAuthenticated, NotPermitted, TooManyRequests, UnknownId
from tracer.domain.key_text import write_key
from tracer.services.access.limit_failures import record_failure
from tracer.services.access.log_in import log_in
from tracer.services.access.manage_keys import make_key, principal_of_key, revoke_key, touch_key
from tracer.services.access.manage_users import change_user

pytestmark = pytest.mark.usefixtures("cheap_passwords")
RULES = AccessRules(failed_logins_per_hour=4)


def refused(app, text, why):
    with pytest.raises(NotAuthenticated, match=why) as refusal:
        ask_with_key(app, text)
    assert text.split("_")[2][:10] not in str(refusal.value)


def test_a_key_works_and_comes_back_as_made(app):
    text, key = do(app, make_key, " answering machine ", ["calls:log", "bulk"], None, None)
    principal, due = ask_with_key(app, text)
    assert principal == Principal(key.key_id, frozenset({Scope.LOG_CALLS, Scope.BULK}), None)
    assert due
    assert text.startswith(key.key_id + "_")
    with app.reading() as work:
        assert work.api_keys.all() == [work.api_keys.get(key.key_id)] == [key]
        (fact,) = work.journal.about(key.key_id)
    assert (key.label, fact.event, fact.payload["scopes"]) == ("answering machine", "key_made", ["bulk", "calls:log"])


def test_use_is_noted_at_most_once_a_minute_and_never_backwards(app):
    text, key = do(app, make_key, "x", ["bulk"], None, None)
    do(app, touch_key, key.key_id)
    for seconds, due in ((59, False), (60, True), (-3600, False)):
        set_clock(app, seconds=seconds)
        assert ask_with_key(app, text)[1] == due
    do(app, touch_key, key.key_id)
    with app.reading() as work:
        assert work.api_keys.get(key.key_id).used_at == NOW
    set_clock(app, seconds=60)
    do(app, touch_key, key.key_id)
    assert not ask_with_key(app, text)[1]


def test_a_key_expires_and_a_clock_that_ran_ahead_does_not_end_it(app):
    ends = NOW + timedelta(days=1)
    text, _ = do(app, make_key, "x", ["bulk"], ends, None)
    set_clock(app, hours=23, minutes=59)
    ask_with_key(app, text)
    set_clock(app, days=1)
    refused(app, text, r"expired on 2026-11-22T12:00:00\+08:00")
    set_clock(app)
    ask_with_key(app, text)
    for past in (NOW, NOW - timedelta(seconds=1)):
        with pytest.raises(InvalidValue, match="a time after now"):
            do(app, make_key, "x", ["bulk"], past, None)


def test_a_revoked_key(app):
    text, key = do(app, make_key, "x", ["bulk"], None, None)
    assert do(app, revoke_key, key.key_id).revoked_at == NOW
    refused(app, text, "was revoked")
    with pytest.raises(NotAllowed, match="revoked already"):
        do(app, revoke_key, key.key_id)
    assert facts(app, key.key_id) == ["key_made", "key_revoked"]


def test_a_whole_key_in_place_of_its_id_is_not_repeated(app):
    text, _ = do(app, make_key, "x", ["bulk"], None, None)
    with pytest.raises(UnknownId, match="Give its id alone") as refusal:
        do(app, revoke_key, text)
    assert text.split("_")[2] not in str(refusal.value)
    with pytest.raises(UnknownId, match="trc_0000000000"):
        do(app, revoke_key, "trc_0000000000")


def test_a_key_that_is_none(app):
    text, key = do(app, make_key, "x", ["bulk"], None, None)
    refused(app, text[:-1], "not whole")
    refused(app, text[1:], "not whole")
    refused(app, write_key(key.key_id, bytes(32)), "no such key")
    refused(app, write_key("trc_0000000000", bytes(32)), "no such key")
    do(app, revoke_key, key.key_id)
    refused(app, write_key(key.key_id, bytes(32)), "no such key")


def test_nobody_gives_away_what_they_lack(app):
    owner = Principal(person(app).user_id, ROLE_SCOPES[Role.OPERATOR], "u-x")
    with pytest.raises(NotPermitted, match="bulk"):
        do(app, make_key, "x", ["calls:log", "bulk"], None, owner)
    for scopes in ([], ["bulk", "all"]):
        with pytest.raises(InvalidValue, match="identities:one"):
            do(app, make_key, "x", scopes, None, None)
    with pytest.raises(InvalidValue, match="label"):
        do(app, make_key, "", ["bulk"], None, None)


@pytest.mark.parametrize("role", Role)
def test_a_key_may_do_what_its_user_may_now(app, role):
    person(app, "other")
    user = person(app)
    text, _ = do(app, make_key, "x", list(Scope), None, Principal(user.user_id, frozenset(Scope), user.user_id))
    do(app, change_user, user.user_id, role=role)
    assert ask_with_key(app, text)[0] == Principal(text[:14], ROLE_SCOPES[role], user.user_id)
    do(app, change_user, user.user_id, disabled=True)
    refused(app, text, "disabled")


def test_too_many_failures_are_answered_with_a_limit_and_a_good_key_works_on(app):
    text, _ = do(app, make_key, "x", ["bulk"], None, None)

    def look(given, client=CLIENT):
        with app.reading() as work:
            return principal_of_key(work, given, client, rules=RULES)

    for _ in range(4):
        with pytest.raises(NotAuthenticated):
            look(text[:-1])
        do(app, record_failure, CLIENT, rules=RULES)
    with pytest.raises(TooManyRequests, match="failed keys and links"):
        look(text[:-1])
    with pytest.raises(TooManyRequests):
        do(app, record_failure, CLIENT, rules=RULES)
    look(text)
    with pytest.raises(NotAuthenticated):
        look(text[:-1], "192.0.2.8")
    set_clock(app, minutes=15)
    with pytest.raises(NotAuthenticated):
        look(text[:-1])
    assert facts(app, "unknown") == ["log_in_failed"] * 4


def test_failed_keys_do_not_stop_passwords(app):
    person(app, password="correct horse battery")
    for _ in range(4):
        do(app, record_failure, CLIENT, rules=RULES)
    do(app, log_in, "wenjing", "correct horse battery", CLIENT, rules=RULES)


def test_a_secret_is_kept_as_a_hash(app, database_url):
    text, key = do(app, make_key, "x", ["bulk"], None, None)
    (row,) = dump(database_url)["api_keys"]
    assert key.key_id in row
    assert text.split("_")[2] not in str(row)
