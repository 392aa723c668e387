"""Log-in names, passwords, roles, scopes and labels as they come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.access import (
    ROLE_SCOPES,
    AccessRules,
    Principal,
    Role,
    Scope,
    check_label,
    check_password,
    fold_login,
    fold_password,
    parse_role,
    parse_scopes,
)
from tracer.domain.errors import InvalidValue


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("WenJing", "wenjing"),
        (" Ｗｅｎ Jing ", "wen jing"),
        ("Straße", "strasse"),
        ("文静", "文静"),
        ("x" * 64, "x" * 64),
    ],
)
def test_a_login_name_has_one_form(text, folded):
    assert fold_login(text) == folded


@given(st.text(max_size=70))
def test_folding_twice_changes_nothing(text):
    try:
        folded = fold_login(text)
    except InvalidValue:
        return
    assert fold_login(folded) == folded


@pytest.mark.parametrize("text", ["", "  ", "x" * 65, "ß" * 33, "a\nb", "a\0b", "a\ud800"])
def test_what_is_no_login_name(text):
    with pytest.raises(InvalidValue, match="log-in name: expected") as refusal:
        fold_login(text)
    assert len(text) < 3 or repr(text)[1:-1] not in str(refusal.value)


@pytest.mark.parametrize("password", ["x" * 10, "x" * 200, "密码密码密码密码密码", "wenjing wenjing"])
def test_a_password_that_does(password):
    check_password(password, "wenjing")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("x" * 9, "10 to 200 characters, got '9 characters'"),
        ("x" * 201, "got '201 characters'"),
        ("WenJingJing", "something else than the log-in name"),
        ("Ｗｅｎjingjing ", "something else than the log-in name"),
    ],
)
def test_a_password_that_does_not(password, why):
    with pytest.raises(InvalidValue, match=why) as refusal:
        check_password(password, "wenjingjing")
    assert password not in str(refusal.value)


def test_keyboards_that_compose_differently_give_the_same_password():
    assert fold_password("Jose\u0301 is here") == fold_password("Jos\u00e9 is here")


def test_unknown_roles_and_scopes_are_answered_with_all():
    with pytest.raises(InvalidValue, match="owner analyst operator auditor, got 'king'"):
        parse_role("king")
    for given_ in ([], ["bulk", "everything"]):
        with pytest.raises(InvalidValue) as refusal:
            parse_scopes(given_)
        assert all(scope in str(refusal.value) for scope in Scope)
    assert parse_scopes(["bulk", "calls:log", "bulk"]) == {Scope.BULK, Scope.LOG_CALLS}


def test_labels():
    assert check_label(" answering machine ") == "answering machine"
    for label in ("", " ", "x" * 101, "a\tb"):
        with pytest.raises(InvalidValue, match="label: expected 1 to 100 printable characters"):
            check_label(label)


def test_what_roles_may_do():
    assert ROLE_SCOPES.keys() == set(Role)
    assert ROLE_SCOPES[Role.OWNER] == set(Scope)
    for role in (Role.ANALYST, Role.OPERATOR, Role.AUDITOR):
        principal = Principal("u-1", ROLE_SCOPES[role])
        for scope in (Scope.REVEAL_ALL, Scope.BULK, Scope.MANAGE_ACCESS, Scope.MANAGE_REGISTRY):
            assert not principal.may(scope)
    assert Principal("u-1", ROLE_SCOPES[Role.AUDITOR]).may(Scope.READ_LEDGER)


def test_an_account_may_fail_half_as_often_as_a_client():
    assert [AccessRules(failed_logins_per_hour=n).failures_per_account for n in (2, 3, 20)] == [1, 1, 10]
