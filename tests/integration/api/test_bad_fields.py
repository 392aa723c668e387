"""Something bad in every field, parameter and path: refused as a problem, never a fault of the program."""

import json

import pytest

from tests.house import house_at
from tests.refusals import answered
from tracer.domain.access import Role

V1 = "/api/v1"
JSON = {"Content-Type": "application/json"}
DRIVERS = ("a\0b", "\ud800")
"""What a database's driver refuses, each in its own way."""
TEXTS = (*DRIVERS, "\u200b😀", "a b", "x" * 200, "通话/1?#%")
NUMBERS = (10**400, -1, float("nan"), float("inf"))
QUERIES = ("a%00b", "%ED%A0%80", "9" * 400, "-1", "0001-01-01T00:00:00%2B14:00")
PATHS = ("a%00b", "%FF", "%2F", "%E9%80%9A", "x" * 3_000, "%E2%80%8B")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("house")
    url = f"sqlite:///{home / 'tracer.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_for_module")
    with house_at(home, url, LOOKUPS_PER_HOUR="1000000", FAILED_LOGINS_PER_HOUR="1000000") as found:
        yield found


@pytest.fixture(scope="module")
def owner(house):
    return house.as_role(Role.OWNER)


@pytest.fixture(scope="module")
def document(owner):
    return owner.get("/openapi.json").json()


class Bodies:
    """Every body that the API takes, with each of its fields replaced by something bad."""

    def __init__(self, document, ids, texts, numbers):
        self.document, self.ids, self.texts, self.numbers = document, ids, texts, numbers

    def fitting(self, path, schema):
        known = {
            "orders": {"canary_id": self.ids["canary_id"]},
            "canaries": {"issued_for": [self.ids["channel_id"]]},
            "exposures": {"channel_id": self.ids["channel_id"]},
            "plan": {"orders": 1, "as_of": "?"},  # not that long work begins
            "power": {"leak_rate": 0.5, "as_of": "?"},
            "merge": {"into": self.ids["call_id"]},
            "keys": {"label": "x", "scopes": ["calls:log"]},
            "session": {"login": "x", "password": "y"},
            "users": {"login": "x", "role": "analyst"},
            "calls": {"heard_name": "x"},
            "jobs": {"kind": "simulate", "family": "?"},
        }
        required = {name: part.get("examples", ["x"])[0] for name, part in self.required(schema)}
        return {**required, **known.get(path.rpartition("/")[2], {})}

    def required(self, schema):
        return [(name, schema["properties"][name]) for name in schema.get("required", [])]

    def resolved(self, schema):
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def all(self):
        """(method, path, body)"""
        for path, operations in self.document["paths"].items():
            for method, operation in operations.items():
                content = operation.get("requestBody", {}).get("content", {}).get("application/json")
                if content:
                    schema = self.resolved(content["schema"])
                    base = self.fitting(path, schema)
                    for body in self.spoilt(base, schema):
                        yield method.upper(), path, body

    def spoilt(self, base, schema):
        for name, part in schema["properties"].items():
            for value in self.bad_values(part):
                yield {**base, name: value}
        for text in self.texts:
            yield {**base, text: "x"}

    def bad_values(self, part):
        part = self.resolved(part)
        kind = part.get("type")
        if kind == "string":
            yield from self.texts
        elif kind in {"integer", "number"}:
            yield from self.numbers
        elif kind == "object":
            yield from ({text: 1} for text in self.texts)
            yield from ({"shop": number} for number in self.numbers)
        elif kind == "array":
            items = self.resolved(part["items"])
            yield from ([value] for value in self.bad_values(items)) if "properties" not in items else self.rows(items)
        for choice in part.get("anyOf", []):
            yield from self.bad_values(choice)

    def rows(self, items):
        base = {name: part.get("examples", ["x"])[0] for name, part in self.required(items)}
        if "channel_id" in base:
            base["channel_id"] = self.ids["channel_id"]
        for name, part in items["properties"].items():
            for value in self.bad_values(part):
                yield [{**base, name: value}]


def address(house, path):
    return path.format(**{**house.ids, "job_id": "j-1", "key_id": "trc_1", "target_id": "nt-1"})


def test_something_bad_in_every_field_of_every_body(house, owner, document):
    sqlite = house.app.settings.url.startswith("sqlite")
    bodies = Bodies(document, house.ids, TEXTS if sqlite else DRIVERS, NUMBERS if sqlite else NUMBERS[:1])
    for method, path, body in bodies.all():
        answer = owner.request(method, address(house, path), content=json.dumps(body), headers=JSON)
        assert answer.status_code < 500, (method, path, body)
        answered(answer)


def test_something_bad_in_every_query_and_path(house, owner, document):
    sqlite = house.app.settings.url.startswith("sqlite")
    for path, operations in document["paths"].items():
        if "get" in operations:
            for one in operations["get"].get("parameters", []):
                if one["in"] == "query":
                    for text in QUERIES if sqlite else QUERIES[:1]:
                        answered(owner.get(f"{address(house, path)}?{one['name']}={text}"))
        for method in operations:
            for text in (PATHS if sqlite else PATHS[:1]) if "{" in path else ():
                bad = "/".join(text if "{" in part else part for part in path.split("/"))
                answered(owner.request(method.upper(), bad))
