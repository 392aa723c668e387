"""The API as its own document describes it: schemathesis makes up requests, and every answer has to fit.

Few of them, and always the same, in the suite; TRACER_SOAK=N makes N for each operation, at random.
"""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from tests.house import house_at
from tests.integration.api.test_every_route import NEEDED, OPEN
from tests.serving import key_with
from tracer.api.schemas.identification import IdentificationOut
from tracer.api.schemas.reports import ExplanationOut, PlanOut, PowerOut, ReportOut
from tracer.domain.access import ROLE_SCOPES, Role

SOAK = int(os.environ.get("TRACER_SOAK", "0"))
LONG = {"/api/v1/report", "/api/v1/plan", "/api/v1/power", "/api/v1/calls/{call_id}/explanation"}
"""Each answer takes seconds: these are asked in the tests of what they say, and in a soak."""
BARE = {"/healthz", "/readyz", "/metrics"}
"""Nothing of their requests can be wrong: neither parameters nor key."""


@schemathesis.serializer("application/zip")
def as_zip(_context, value):
    return b"PK" + bytes(repr(value), "utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    home = tmp_path_factory.mktemp("house")
    with house_at(
        home, f"sqlite:///{home / 'tracer.db'}", LOOKUPS_PER_HOUR="1000000000", FAILED_LOGINS_PER_HOUR="1000000000"
    ) as found:
        yield found


@pytest.fixture(scope="module")
def document(house):
    config = schemathesis.Config.from_dict(
        {
            "auth": {"openapi": {"key": {"bearer": key_with(house.app, *ROLE_SCOPES[Role.OWNER])}}},
            # A schema cannot say all that the domain asks for, such as which ids exist and which times fit each other.
            # What is wrong in a body may also be that it is too large.
            "checks": {
                "positive_data_acceptance": {"enabled": False},
                "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 405, 409, 413, 415, 422, 429]},
            },
        }
    )
    return schemathesis.openapi.from_url(f"{house.address}/openapi.json", config=config)


def operations():
    for method, path in sorted({*NEEDED, *OPEN}):
        if SOAK or path not in LONG:
            yield method, path, "positive"
            if path not in BARE:
                yield method, path, "negative"


@pytest.mark.parametrize(("method", "path", "mode"), list(operations()))
def test_every_answer_is_as_documented(document, method, path, mode):
    """Requests as documented, and such as are wrong in some way."""
    made = document[path][method].as_strategy(generation_mode=GenerationMode(mode))

    @settings(
        max_examples=SOAK or 8,
        derandomize=not SOAK,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(made)
    def answer_fits(case):
        case.call_and_validate()

    answer_fits()


def test_long_answers_are_as_documented(house):
    owner, call = house.as_role(Role.OWNER), house.ids["call_id"]
    asked = [
        (ReportOut, owner.get("/api/v1/report")),
        (ExplanationOut, owner.get(f"/api/v1/calls/{call}/explanation")),
        (ExplanationOut, owner.get(f"/api/v1/calls/{call}/explanation", params={"full": True})),
        (PlanOut, owner.post("/api/v1/plan", json={"orders": 2})),
        (PowerOut, owner.post("/api/v1/power", json={"leak_rate": 0.3})),
        (IdentificationOut, owner.post("/api/v1/identify", json={"heard": house.names[0][:-1] + "国"})),
    ]
    for model, answer in asked:
        assert answer.status_code == 200, answer.text
        model.model_validate(answer.json())
    assert asked[-1][1].json()["candidates"][0]["differs"]
