"""Whatever is sent, the answer is a problem that says what was expected: never a fault of the program."""

import pytest

from tests.refusals import is_problem
from tracer.domain.access import Role
from tracer.serving.app import BODY_BYTES

V1 = "/api/v1"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def owner(house):
    return house.as_role(Role.OWNER)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"heard_name": "x"',
        b"[]",
        b"1",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"\x00",
        b"{" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 90_000 + b"1" + b"}" * 90_000,
        b'{"heard_name": "x", "heard_name": 1}',
        b'{"heard_name": ' + b"9" * 5_000 + b"}",
        '{"heard_name": "张"}'.encode("gb18030"),
        b"NaN",
    ],
    ids=lambda content: content[:12],
)
def test_a_body_that_cannot_be_read(owner, content):
    is_problem(owner.post(f"{V1}/calls", content=content, headers=JSON), 400, 422)


def test_a_body_that_is_not_json_is_told_so(owner):
    told = is_problem(owner.post(f"{V1}/calls", content=b"{", headers=JSON), 400)
    assert told["type"] == "/docs#invalid-request"


def test_an_unknown_field_is_named(owner):
    told = is_problem(owner.post(f"{V1}/calls", json={"heard_name": "x", "hard_name": "y"}), 422)
    assert [one["field"] for one in told["errors"]] == ["hard_name"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "??"])
@pytest.mark.parametrize("path", ["calls", "jobs", "identify", "session"])
def test_another_content_type(owner, path, kind):
    headers = {"Content-Type": kind} if kind else {}
    answer = owner.post(f"{V1}/{path}", content=b'{"heard_name": "x"}', headers=headers)
    assert is_problem(answer, 415)["type"] == "/docs#unsupported-media-type"


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data", "application/json", "", "??"]
)
def test_an_upload_of_another_content_type(owner, kind):
    headers = {"Content-Type": kind} if kind else {}
    answer = owner.post(f"{V1}/imports", content=b"PK", headers=headers)
    assert is_problem(answer, 415)["type"] == "/docs#unsupported-media-type"


def test_a_json_type_with_parameters_is_read(owner):
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert owner.post(f"{V1}/calls", content=b'{"heard_name": "x"}', headers=headers).status_code == 201


def test_a_body_that_is_too_large(owner):
    large = b'{"heard_name": "' + b"x" * BODY_BYTES + b'"}'
    assert is_problem(owner.post(f"{V1}/calls", content=large, headers=JSON), 413)["type"] == "/docs#body-too-large"


def test_a_body_that_is_too_large_and_does_not_say_so(owner):
    pieces = (b"x" * (BODY_BYTES // 8) for _ in range(10))
    assert is_problem(owner.post(f"{V1}/calls", content=pieces, headers=JSON), 413)["type"] == "/docs#body-too-large"


def test_an_upload_of_somebody_unknown_is_not_read(house):
    pieces = (b"PK" + b"x" * 1_000 for _ in range(3))
    answer = house.with_key(None).post(f"{V1}/imports", content=pieces, headers={"Content-Type": "application/zip"})
    is_problem(answer, 401)


def test_an_upload_that_is_empty_or_no_zip(owner):
    for content in (b"", b"order_id,canary_id\n"):
        headers = {"Content-Type": "application/zip"}
        told = is_problem(owner.post(f"{V1}/imports", content=content, headers=headers), 422)
        assert "zip" in told["detail"]


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "1.5", "", "99999999999999999999", "true"])
def test_a_limit_out_of_range(owner, limit):
    told = is_problem(owner.get(f"{V1}/calls?limit={limit}"), 422)
    assert told["errors"][0]["field"] == "limit"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_an_unknown_method(owner, method):
    answer = owner.request(method, f"{V1}/calls")
    assert is_problem(answer, 405)["type"] == "/docs#method-not-allowed"
    assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "POST"}


@pytest.mark.parametrize("path", ["/api", "/api/v1", f"{V1}/", f"{V1}/cal", f"{V1}/calls/", "/api/v2/calls", "/x"])
def test_an_unknown_path(owner, path):
    assert is_problem(owner.get(path), 404)["type"] == "/docs#not-found"


def test_what_is_missing_is_named_by_its_id(owner):
    for nouns, noun in (("calls", "call"), ("orders", "order"), ("canaries", "canary"), ("channels", "channel")):
        told = is_problem(owner.get(f"{V1}/{nouns}/no-such"), 404)
        assert told["detail"] == f"there is no {noun} 'no-such'"


@pytest.mark.parametrize("text", ["通话1", "a?b", "a%b", "a#b", "\u200bx", "é", "a&b=c", "🏮", "%2e", "a+b"])
def test_an_id_of_ones_own_is_found_where_the_answer_says(owner, text):
    made = owner.post(f"{V1}/calls", json={"call_id": text, "heard_name": "x"})
    assert made.status_code == 201
    found = owner.get(made.headers["location"])
    assert (found.status_code, found.json()["call_id"]) == (200, text)


def test_ids_in_any_script_do_not_break_a_walk(owner):
    for text in ("walk-\u200b1", "walk-\u200b2", "walk-通话"):
        made = owner.post(f"{V1}/channels", json={"channel_id": text, "kind": "merchant", "name": "x", "tags": "walk"})
        assert made.status_code == 201
    found, cursor = [], ""
    while cursor is not None:
        page = owner.get(f"{V1}/channels", params={"tag": "walk", "limit": 1, "cursor": cursor}).json()
        found += [one["channel_id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(found) == ["walk-\u200b1", "walk-\u200b2", "walk-通话"]


def test_a_header_that_cannot_be_a_key_of_idempotency(owner):
    for text in ("k\tk", "x" * 201):
        answer = owner.post(f"{V1}/calls", json={"heard_name": "x"}, headers={"Idempotency-Key": text})
        is_problem(answer, 422)


@pytest.mark.parametrize(
    "costs", ['{"shop": NaN}', '{"shop": Infinity}', '{"shop": -1}', '{"?": 1}', '{"merchant": 0}']
)
def test_costs_that_cannot_be(owner, costs):
    answer = owner.post(f"{V1}/plan", content=f'{{"orders": 1, "costs": {costs}}}'.encode(), headers=JSON)
    assert "costs" in is_problem(answer, 422)["errors"][0]["field"]
