"""Rows that cannot be imported: each named with file, line, column and reason, and nothing is kept."""

import pytest

from tests.factories import records as rows
from tests.storage_dump import dump


def with_changed(file, **changes):
    """A campaign with one more row in a file, of which something is wrong."""
    make = {
        "channels.csv": lambda **c: rows.channel(**{"channel_id": "station-1", "kind": "station", **c}),
        "canaries.csv": lambda **c: rows.canary(**{"canary_id": "k-9", "recipient_name": "陈思雨", **c}),
        "orders.csv": lambda **c: rows.order(**{"order_id": "o-9", **c}),
        "exposures.csv": lambda **c: rows.exposure(**{"exposed_at": "2026-06-05T00:00:00+08:00", **c}),
        "calls.csv": lambda **c: rows.call(**{"call_id": "c-9", **c}),
        "numbers.csv": lambda **c: rows.number(**{"number": "+442079460077", **c}),
    }[file]
    tables = rows.campaign()
    tables.setdefault("numbers.csv", [rows.number(extension_digits="4")])
    tables[file].append(make(**changes))
    return tables


def problems_of(tracer, folder, tables):
    """Imports tables that must be refused, and nothing kept; gives the problems, one a line."""
    tracer.ok("channel", "add", "platform", "大集")
    url = tracer.database_url or f"sqlite:///{tracer.home / 'tracer.db'}"
    before = dump(url)
    message = tracer("import", rows.write_bundle(folder, tables)).refused()
    assert dump(url) == before
    first, *problems = message.splitlines()
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    assert f"nothing was imported: {count} found" in first
    return [problem.strip() for problem in problems]


@pytest.fixture
def refused(tracer_on, tmp_path):
    return lambda tables: problems_of(tracer_on, tmp_path / "bundle", tables)


@pytest.mark.parametrize(
    ("file", "changes", "where", "says"),
    [
        ("channels.csv", {"kind": "drone"}, "channels.csv:4: kind: ", "got 'drone'"),
        ("channels.csv", {"parent_id": "gone"}, "channels.csv:4: parent_id: ", "there is no channel 'gone'"),
        ("channels.csv", {"channel_id": "other"}, "channels.csv:4: channel_id: ", "reserved"),
        ("channels.csv", {"channel_id": "courier-1"}, "channels.csv:4: channel_id: ", "on line 3"),
        ("numbers.csv", {"number": "020 7946 0077"}, "numbers.csv:3: number: ", "telephone number"),
        ("numbers.csv", {"extension_digits": "12"}, "numbers.csv:3: extension_digits: ", "1 to 7"),
        ("canaries.csv", {"phone": "not a phone"}, "canaries.csv:3: phone: ", "There are no digits of a number in it"),
        ("canaries.csv", {"phone": "+4420794600166"}, "canaries.csv:3: phone: ", "No telephone plan"),
        ("canaries.csv", {"canary_id": "k-1"}, "canaries.csv:3: canary_id: ", "on line 2"),
        ("canaries.csv", {"issued_for": "merchant-1 gone"}, "canaries.csv:3: issued_for: ", "no channel 'gone'"),
        ("canaries.csv", {"recipient_name": "a\x07b"}, "canaries.csv:3: recipient_name: ", "control characters"),
        ("canaries.csv", {"issued_at": "2026-06-01T09:00:00"}, "canaries.csv:3: issued_at: ", "offset is missing"),
        ("orders.csv", {"canary_id": "gone"}, "orders.csv:3: canary_id: ", "there is no canary 'gone'"),
        ("orders.csv", {"price": "NaN"}, "orders.csv:3: price: ", "plain number such as 57.30"),
        ("orders.csv", {"price": "¥349"}, "orders.csv:3: price: ", "without currency sign"),
        ("orders.csv", {"placed_at": "2026/1/5 4:24"}, "orders.csv:3: placed_at: ", "A spreadsheet rewrote it"),
        ("orders.csv", {"placed_at": "46027.18"}, "orders.csv:3: placed_at: ", "A spreadsheet rewrote it"),
        ("orders.csv", {"placed_at": "0001-01-01T00:00:00+08:00"}, "orders.csv:3: placed_at: ", "1971 to 2110"),
        ("orders.csv", {"placed_at": "9999-01-01T00:00:00+08:00"}, "orders.csv:3: placed_at: ", "1971 to 2110"),
        ("orders.csv", {"ended_at": "2026-06-01T00:00:00+08:00"}, "orders.csv:3: ended_at: ", "after placed_at"),
        ("exposures.csv", {"order_id": "gone"}, "exposures.csv:4: order_id: ", "there is no order 'gone'"),
        ("exposures.csv", {"channel_id": "gone"}, "exposures.csv:4: channel_id: ", "there is no channel 'gone'"),
        ("exposures.csv", {"fields": "colour"}, "exposures.csv:4: fields: ", "'colour'"),
        (
            "exposures.csv",
            {"exposed_at": "2026-06-02T09:59:59+08:00"},
            "exposures.csv:4: exposed_at: ",
            "at or after the order's (2026-06-02T10:00:00+08:00), got 2026-06-02T09:59:59+08:00",
        ),
        ("exposures.csv", {"exposed_at": "2026-06-02T02:00:00+00:00"}, "exposures.csv:4: order_id: ", "on line 2"),
        ("calls.csv", {"canary_id": "gone"}, "calls.csv:3: canary_id: ", "there is no canary 'gone'"),
        ("calls.csv", {"kind": "fax"}, "calls.csv:3: kind: ", "call sms chat"),
        ("calls.csv", {"transcript": "x" * 200_001}, "calls.csv:3: transcript: ", "at most 200,000"),
        ("calls.csv", {"call_id": ""}, "calls.csv:3: call_id: ", "may not be empty"),
    ],
)
def test_one_bad_row_is_one_line(tracer, tmp_path, file, changes, where, says):
    (problem,) = problems_of(tracer, tmp_path / "bundle", with_changed(file, **changes))
    assert problem.startswith(where)
    assert says in problem
    assert len(problem) < 500


def test_every_bad_row_is_named_in_one_run(refused):
    tables = rows.campaign()
    tables["channels.csv"].append(rows.channel("x-1", "drone"))
    tables["orders.csv"].append(rows.order("o-2", price="free", placed_at="now"))
    tables["calls.csv"] += [rows.call("c-2", nature="spam"), rows.call("c-3", canary_id="gone")]
    assert [problem.rsplit(": ", 1)[0].split(": ")[:2] for problem in refused(tables)] == [
        ["channels.csv:4", "kind"],
        ["orders.csv:3", "placed_at"],
        ["orders.csv:3", "price"],
        ["calls.csv:3", "nature"],
        ["calls.csv:4", "canary_id"],
    ]


@pytest.mark.parametrize(
    ("file", "bad", "where"),
    [
        ("channels.csv", rows.channel("merchant-1", "drone"), "channels.csv:2: kind"),
        ("channels.csv", rows.channel("merchant-1", name=""), "channels.csv:2: name"),
        ("canaries.csv", rows.canary(phone="12"), "canaries.csv:2: phone"),
        ("canaries.csv", rows.canary(issued_for="gone"), "canaries.csv:2: issued_for"),
        ("orders.csv", rows.order(price="free"), "orders.csv:2: price"),
        ("orders.csv", rows.order(canary_id="gone"), "orders.csv:2: canary_id"),
    ],
)
def test_rows_that_refer_to_a_bad_row_are_not_called_bad_as_well(refused, file, bad, where):
    tables = rows.campaign()
    tables["canaries.csv"].append(rows.canary("k-2", "王志强", issued_for="merchant-1"))
    tables["calls.csv"].append(rows.call("c-2", canary_id="k-1"))
    tables["channels.csv"].append(rows.channel("merchant-2", parent_id="merchant-1"))
    tables["channels.csv"].append(rows.channel("merchant-3", parent_id="merchant-2"))
    tables[file][0] = bad
    (problem,) = refused(tables)
    assert problem.startswith(where)


def test_parents_in_a_circle_are_named_and_their_children_are_not(refused):
    tables = rows.campaign()
    tables["channels.csv"] += [
        rows.channel("a", parent_id="b"),
        rows.channel("b", parent_id="a"),
        rows.channel("child", parent_id="a"),
    ]
    problems = refused(tables)
    assert [problem.split(": ")[0] for problem in problems] == ["channels.csv:4", "channels.csv:5"]
    assert all("circle" in problem for problem in problems)


def test_the_same_id_with_other_content_is_refused(refused, tracer_on, tmp_path):
    tracer_on.ok("import", rows.write_bundle(tmp_path / "first", rows.campaign()))
    tables = rows.campaign()
    tables["orders.csv"] = [rows.order(item="牙刷", price="1.00")]
    tables["canaries.csv"] = [rows.canary(recipient_name="张大萌")]
    assert refused(tables) == [
        "canaries.csv:2: recipient_name: differs from what is registered under the same canary_id; "
        "the registry keeps its own",
        "orders.csv:2: item: differs from what is registered under the same order_id; the registry keeps its own",
        "orders.csv:2: price: differs from what is registered under the same order_id; the registry keeps its own",
    ]


@pytest.mark.parametrize(("file", "column"), [("calls.csv", "call_id"), ("orders.csv", "order_id")])
def test_an_id_twice_far_apart(refused, file, column):
    tables = rows.campaign()
    make = rows.call if file == "calls.csv" else rows.order
    tables[file] = [make(f"x-{n}") for n in range(2_500)] + [make("x-3", notes="again")]
    tables["exposures.csv"] = [] if file == "orders.csv" else tables["exposures.csv"]
    tables = {name: records for name, records in tables.items() if records}
    (problem,) = refused(tables)
    assert problem == f"{file}:2502: {column}: stands earlier in this file already"


def test_very_many_bad_rows_are_counted_and_some_shown(tracer, tmp_path):
    tables = rows.campaign()
    tables["calls.csv"] = [rows.call(f"c-{n}", nature="spam") for n in range(1_234)]
    lines = tracer("import", rows.write_bundle(tmp_path / "bundle", tables)).refused().splitlines()
    assert "1,234 problems found" in lines[0]
    assert len(lines) == 1_002
    assert lines[-1].strip() == "… and 234 more"
