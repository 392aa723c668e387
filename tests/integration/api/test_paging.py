"""Lists page by page: each item once, in order, also while others come; filters; cursors that are not theirs."""

import base64
import json
from datetime import datetime

import pytest

from tests.factories import registry
from tests.refusals import is_problem

V1 = "/api/v1"
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def walk(client, path, limit, between=lambda: None, **filters):
    """The items of all pages, in order."""
    found, cursor = [], None
    while True:
        parameters = {**filters, "limit": limit, **({"cursor": cursor} if cursor else {})}
        answer = client.get(f"{V1}/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert 0 < len(page["items"]) <= limit or not found
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
        between()


TIMES = (
    "2026-11-01T10:00:00+08:00",
    "2026-11-01T02:00:00+00:00",  # the same instant
    "2026-11-01T11:00:00+08:00",
    "2026-11-01T02:30:00+00:00",
    "2026-10-31T23:00:00-05:00",
    "2026-11-02T00:00:00+14:00",
    "2026-11-03T10:00:00.000001+08:00",
    "2026-11-03T10:00:00+08:00",
)


@pytest.fixture
def filled(app):
    """Channels, canaries, orders and calls: nine each, with tags of which one is part of another."""
    registry.own_number(app)
    merchants = [registry.add_channel(app, tags="spring" if n % 2 else "spring-2") for n in range(9)]
    canaries = []
    for n, merchant in enumerate(merchants):
        canaries += registry.issue(app, merchant, tags=(("spring",), ("spring-2", "x"), ("x", "spring"))[n % 3])
    for n, canary in enumerate(canaries):
        placed = f"2026-11-21T{12 + n}:00:00+08:00"
        registry.place(app, canary.canary_id, merchants[n % 2], placed_at=placed, state=("", "lost")[n % 2])
    tags = ("spring", "spring-2 x", "x spring", "Spring")
    for n, received in enumerate(TIMES):
        registry.log(app, received_at=received, heard_name="张", tags=tags[n % 4], call_id=f"c-{7 - n}")
    return canaries


@pytest.mark.parametrize("path", ["channels", "canaries", "orders", "calls", "journal"])
def test_a_walk_gives_each_item_once_and_in_order(owner, filled, path):
    name = {"channels": "channel_id", "canaries": "canary_id", "orders": "order_id", "calls": "call_id"}.get(path)
    whole = owner.get(f"{V1}/{path}", params={"limit": 200, "reveal": False}).json()
    assert whole["next_cursor"] is None
    assert len(whole["items"]) >= 8
    for limit in (1, 2, 7):
        found = walk(owner, path, limit, **({} if path == "journal" else {"reveal": False}))
        if path == "journal":  # it grows: what was there stands at its beginning
            assert found[: len(whole["items"])] == whole["items"]
        else:
            assert found == whole["items"]
    if path not in {"calls", "journal"}:
        ids = [item[name] for item in whole["items"]]
        assert ids == sorted(ids)


def test_calls_come_by_the_time_received_whatever_the_offset(owner, filled):
    found = [(datetime.fromisoformat(one["received_at"]), one["call_id"]) for one in walk(owner, "calls", 2)]
    assert [moment for moment, _ in found] == sorted(moment for moment, _ in found)
    assert walk(owner, "calls", 3, newest_first=True) == walk(owner, "calls", 3)[::-1]
    assert {one["received_at"] for one in walk(owner, "calls", 50)} == {
        datetime.fromisoformat(text).isoformat() for text in TIMES
    }


def test_items_that_come_during_a_walk_do_not_disturb_it(app, owner, filled):
    before = [one["call_id"] for one in walk(owner, "calls", 50)]
    numbers = iter(range(100))

    def one_more():
        n = next(numbers)
        registry.log(app, heard_name="李", received_at=TIMES[n % 2], call_id=f"a-{n:03}")
        registry.log(app, heard_name="李", received_at="2026-11-20T10:00:00+08:00", call_id=f"z-{n:03}")

    numbers_after = [one["call_id"] for one in walk(owner, "calls", 2, one_more, newest_first=True)]
    assert [one for one in numbers_after if one.startswith("c-")] == before[::-1]
    assert len(set(numbers_after)) == len(numbers_after)


@pytest.mark.parametrize("path", ["channels", "canaries", "calls"])
def test_a_tag_is_a_whole_word(owner, filled, path):
    for tag in ("spring", "spring-2", "x", "Spring", "pring", "sprin", "%", "_", "spring x", "x spring"):
        found = walk(owner, path, 2, tag=tag)
        everything = walk(owner, path, 50)
        assert found == [one for one in everything if tag in one["tags"].split()], tag


def test_times_are_compared_as_instants(owner, filled):
    def ids(path="calls", **filters):
        return {one[f"{path[:-1]}_id"] for one in walk(owner, path, 2, **filters)}

    assert ids(since="2026-11-01T11:00:00+08:00", until="2026-11-01T03:00:00+00:00") == {"c-5"}
    assert ids(since="2026-11-01T03:00:00Z", until="2026-10-31T22:00:00-05:00") == {"c-5"}
    assert ids(until="2026-11-01T10:00:00+08:00") == {"c-7", "c-6"}
    assert ids(since="2026-11-03T02:00:00.000001Z") == {"c-1"}
    assert ids(since="2026-11-03T02:00:00Z") == {"c-1", "c-0"}
    assert len(ids("orders", since="2026-11-21T05:00:00Z", until="2026-11-21T14:00:00+08:00")) == 2
    for bad in ("2026-11-01", "2026-11-01T10:00:00", "yesterday", "2026-11-01T10:00:00 08:00"):
        told = is_problem(owner.get(f"{V1}/calls", params={"since": bad}), 422)
        assert told["errors"][0]["field"] == "since"


def test_other_filters(owner, filled):
    lost = walk(owner, "orders", 2, state="lost")
    assert len(lost) == 4
    assert {one["state"] for one in lost} == {"lost"}
    first = filled[0].canary_id
    assert [one["canary_id"] for one in walk(owner, "orders", 2, canary_id=first)] == [first]
    assert len(walk(owner, "orders", 2, channel_id="merchant-1")) == 5
    assert [one["canary_id"] for one in walk(owner, "canaries", 2, issued_for="merchant-3")] == [filled[2].canary_id]
    assert walk(owner, "canaries", 2, state="retired") == []
    owner.post(f"{V1}/canaries/{first}/retire")
    assert [one["canary_id"] for one in walk(owner, "canaries", 2, state="quarantined")] == [first]
    owner.post(f"{V1}/calls/c-0/undo")
    assert "c-0" not in {one["call_id"] for one in walk(owner, "calls", 2)}
    assert "c-0" in {one["call_id"] for one in walk(owner, "calls", 2, everything=True)}
    assert {one["event"] for one in walk(owner, "journal", 7, event="call_logged")} == {"call_logged"}
    assert {one["subject_id"] for one in walk(owner, "journal", 1, subject_id="c-0")} == {"c-0"}
    assert walk(owner, "channels", 2, kind="courier") == []


@SQLITE
def test_cursors_that_do_not_belong_here(owner, filled):
    cursor = owner.get(f"{V1}/calls", params={"limit": 2}).json()["next_cursor"]
    version, mark, after = json.loads(base64.urlsafe_b64decode(cursor + "=="))

    def forged(*parts):
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")

    assert owner.get(f"{V1}/calls", params={"limit": 5, "cursor": cursor}).status_code == 200
    assert owner.get(f"{V1}/calls", params={"cursor": forged(version, mark, after)}).status_code == 200
    bad = [
        cursor[:-4],
        cursor[1:],
        "x",
        "通话",
        "\u200b",
        forged(version + 1, mark, after),
        forged(version, mark, [str(after[0]), after[1]]),
        forged(version, mark, [after[0]]),
        forged(version, mark, [True, after[1]]),
        forged(version, mark, [2**63, after[1]]),
        forged(version, mark, [-(2**70), after[1]]),
        forged(version, mark, [1.5, after[1]]),
        forged(version, mark, [after[0], "\0"]),
        forged(version, mark, [after[0], "\ud800"]),
        forged(version, mark, None),
        forged(version, mark, {}),
        forged(version, "0" * 16, after),
        forged(version, None, after),
        forged(),
        base64.urlsafe_b64encode(b"1").decode(),
        base64.urlsafe_b64encode(b"null").decode(),
        base64.urlsafe_b64encode(b"[" * 700).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ]
    for text in bad:
        told = is_problem(owner.get(f"{V1}/calls", params={"cursor": text}), 422)
        assert told["errors"][0]["field"] == "cursor"
    for more in ({"nature": "scam"}, {"newest_first": True}, {"tag": "x"}):
        told = is_problem(owner.get(f"{V1}/calls", params={"cursor": cursor, **more}), 422)
        assert "other filters" in told["detail"]
    is_problem(owner.get(f"{V1}/canaries", params={"cursor": cursor}), 422)
