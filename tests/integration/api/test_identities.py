"""Who sees names and numbers: nobody without the scope, and whoever does is named in the journal."""

import json

import pytest

from tests.house import PLANTED
from tracer.domain.access import ROLE_SCOPES, Role, Scope
from tracer.domain.personal import PERSONAL

V1 = "/api/v1"
LISTS = {
    f"{V1}/channels": "channel",
    f"{V1}/numbers": "number",
    f"{V1}/canaries": "canary",
    f"{V1}/orders": "order",
    f"{V1}/calls": "call",
}


def everything_read(house, client):
    """The answers of every GET of the API to this client, by address."""
    document = client.get("/openapi.json").json()
    ids = {**house.ids, "job_id": "no-such", "key_id": "no-such", "attachment_id": "no-such", "entry_id": "no-such"}
    found = {}
    for path, operations in document["paths"].items():
        if "get" in operations:
            address = path.format(**ids)
            found[address] = client.get(address)
    found[f"{V1}/channels/{ids['person_id']}"] = client.get(f"{V1}/channels/{ids['person_id']}")
    return found


def shown(house, answer):
    return {text for text in house.personal if text in answer.text or json.dumps(text)[1:-1] in answer.text}


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_who_may_not_see_identities_finds_none_in_any_answer(house, role):
    for address, answer in everything_read(house, house.as_role(Role(role))).items():
        assert not shown(house, answer), address


def test_scopes_without_identities_find_none_in_any_answer(house):
    most = house.with_scopes(*(set(Scope) - {Scope.REVEAL_ONE, Scope.REVEAL_ALL}))
    for address, answer in everything_read(house, most).items():
        assert answer.status_code in {200, 404}, address
        assert not shown(house, answer), address


def test_the_planted_texts_are_there_for_an_owner(house):
    """Else the tests above would find nothing whatever happened."""
    owner = house.as_role(Role.OWNER)
    found = set().union(*(shown(house, answer) for answer in everything_read(house, owner).values()))
    assert found == house.personal


def test_an_operator_sees_one_at_a_time_and_lists_without_identities(house):
    operator = house.as_role(Role.OPERATOR)
    for address, noun in LISTS.items():
        answer = operator.get(address)
        assert not shown(house, answer), address
        for item in answer.json()["items"]:
            assert {item[column] for column in PERSONAL[noun]} == {None}
    persons = [one["name"] for one in operator.get(f"{V1}/channels").json()["items"] if one["natural_person"] == "yes"]
    assert persons == [None]


@pytest.mark.parametrize(
    ("noun", "wanted"),
    [
        ("canary", {"canary notes"}),
        ("order", {"order number", "item", "waybill number", "account", "order notes", "alias"}),
        (
            "call",
            {
                "caller number",
                "heard name",
                "transcript",
                "heard item",
                "heard order number",
                "heard waybill number",
                "call notes",
                "attachment name",
                "correction",
            },
        ),
    ],
)
def test_one_that_an_operator_looks_at_is_shown_and_noted(house, noun, wanted):
    operator = house.as_role(Role.OPERATOR)
    me = operator.get(f"{V1}/session").json()["principal_id"]
    subject = house.ids[f"{noun}_id"]
    nouns = {"canary": "canaries", "order": "orders", "call": "calls"}[noun]
    answer = operator.get(f"{V1}/{nouns}/{subject}")
    assert {PLANTED[one] for one in wanted} <= shown(house, answer)
    assert house.facts("identity_revealed")[-1] == (me, subject)

    before = len(house.facts("identity_revealed"))
    covered = operator.get(f"{V1}/{nouns}/{subject}", params={"reveal": False})
    assert not shown(house, covered)
    assert len(house.facts("identity_revealed")) == before


def test_a_person_among_the_channels_is_shown_to_an_operator_one_at_a_time(house):
    operator = house.as_role(Role.OPERATOR)
    me = operator.get(f"{V1}/session").json()["principal_id"]
    assert operator.get(f"{V1}/channels/{house.ids['person_id']}").json()["name"] == PLANTED["person"]
    assert house.facts("identities_revealed")[-1] == (me, "channels")


@pytest.mark.parametrize("address", LISTS)
def test_a_list_shown_to_an_owner_is_noted(house, address):
    owner = house.as_role(Role.OWNER)
    me = owner.get(f"{V1}/session").json()["principal_id"]
    assert shown(house, owner.get(address))
    assert house.facts("identities_revealed")[-1] == (me, address.rpartition("/")[2])


def test_a_report_and_a_plan_name_persons_only_to_who_may_see_them(house):
    analyst = house.as_role(Role.ANALYST)
    report = analyst.get(f"{V1}/report")
    assert not shown(house, report)
    assert house.ids["person_id"] in {one["name"] for one in report.json()["channels"]}
    plan = analyst.post(f"{V1}/plan", json={"orders": 2})
    assert plan.status_code == 200
    assert not shown(house, plan)
    owner = house.as_role(Role.OWNER)
    assert PLANTED["person"] in owner.get(f"{V1}/report").text


def test_who_is_meant_is_told_without_the_names_that_differ(house):
    heard = {"heard": house.names[0]}
    told = house.as_role(Role.ANALYST).post(f"{V1}/identify", json=heard).json()
    assert told["candidates"][0]["canary_id"] == house.ids["canary_id"]
    assert {one["differs"] for one in told["candidates"]} == {None}
    told = house.as_role(Role.OPERATOR).post(f"{V1}/identify", json={"heard": house.names[0][:-1] + "国"}).json()
    assert isinstance(told["candidates"][0]["differs"], list)


def test_an_answer_to_a_change_shows_no_more_than_the_list(house):
    changer = house.with_scopes(Scope.CHANGE_CALLS, Scope.MANAGE_REGISTRY, Scope.LOG_CALLS, Scope.ISSUE)
    canary, call = house.ids["canary_id"], house.ids["call_id"]
    answers = [
        changer.patch(f"{V1}/calls/{call}", json={"script": "threat"}),
        changer.patch(f"{V1}/canaries/{canary}", json={"add_tags": ["new"]}),
        changer.post(f"{V1}/calls", json={"canary_id": canary, "nature": "unsure"}),
        changer.post(f"{V1}/calls", json={"call_id": call, "canary_id": canary}),
        changer.post(f"{V1}/calls/{call}/restore"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 201, 409, 409]
    for answer in answers:
        assert not shown(house, answer)


def test_look_ups_are_limited(app, address, operator, monkeypatch):
    from tests.factories import registry

    registry.own_number(app)
    (canary,) = registry.issue(app, registry.add_channel(app))
    object.__setattr__(app.settings, "lookups_per_hour", 2)
    where = f"{V1}/canaries/{canary.canary_id}"
    found = [operator.get(where) for _ in range(3)]
    assert [answer.status_code for answer in found] == [200, 200, 429]
    assert int(found[-1].headers["retry-after"]) > 0
    assert canary.recipient_name not in found[-1].text
    assert operator.get(where, params={"reveal": False}).status_code == 200
    assert operator.post(f"{V1}/identify", json={"heard": "张"}).status_code == 429


def test_roles_that_see_no_identities_are_these():
    """The tests above go by them."""
    blind = {role.value for role in Role if not ROLE_SCOPES[role] & {Scope.REVEAL_ONE, Scope.REVEAL_ALL}}
    assert blind == {"analyst", "auditor"}
