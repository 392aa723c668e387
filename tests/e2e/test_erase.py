"""tracer erase: what people and programs see of it."""

import pytest

from tests.factories import records as rows


@pytest.fixture
def home(tracer, tmp_path):
    tracer.ok("import", str(rows.write_bundle(tmp_path / "bundle", rows.campaign())))
    return tracer


def told(tracer, *arguments):
    return tracer(*arguments, "--format", "json").json()


def test_a_call_is_erased_and_everything_says_so(home):
    before = told(home, "call", "show", "c-1")
    assert before["heard_name"]
    assert "erased_at" not in before
    done = told(home, "erase", "call", "c-1", "--reason", "asked", "--anyway", "--yes")
    assert (done["calls"], done["cleared"]) == (["c-1"], True)
    after = told(home, "call", "show", "c-1")
    assert {name: value for name, value in after.items() if before.get(name) != value}.keys() >= {
        "heard_name",
        "erased_at",
    }
    day = after["erased_at"][:10]
    assert f"(erased on {day})" in home.ok("call", "show", "c-1").out
    assert "(erased on" in home.ok("call", "list").out
    (listed,) = [one for one in told(home, "call", "list") if one["call_id"] == "c-1"]
    assert listed.keys() == told(home, "call", "list")[-1].keys() == {*rows_of_calls()}
    assert before["heard_name"] not in home.ok("call", "list", "--format", "json").out
    assert told(home, "ledger", "verify")["erased"] == done["facts"] > 0
    report = told(home, "report")
    assert report["diagnostics"]["erased"] == {"calls": 1, "canaries": 0, "first": day, "last": day}
    assert report["assumptions"][-1].startswith("Personal data was erased (calls: 1, canaries: 0; ")


def rows_of_calls():
    from tracer.domain.records import CALL_COLUMNS

    return CALL_COLUMNS


def test_a_canary_is_given_up_first(home):
    refused = home("erase", "canary", "k-1", "--reason", "asked", "--yes")
    assert (refused.code, "tracer canary retire k-1" in refused.err) == (1, True)
    home.ok("canary", "retire", "k-1")
    assert "Backups and exports made before" in home.ok("erase", "canary", "k-1", "--reason", "asked", "--yes").out
    assert "(erased on 20" in home.ok("canary", "list").out
    assert "(erased on 20" in home.ok("canary", "show", "k-1").out
    assert told(home, "canary", "show", "k-1")["erased_at"]


def test_without_a_terminal_nobody_is_asked_and_nothing_happens(home):
    before = home.ok("call", "list", "--format", "json").out
    refused = home("erase", "call", "c-1", "--reason", "asked", "--anyway")
    assert (refused.code, "say --yes" in refused.err) == (1, True)
    both = home("erase", "call", "c-1", "--reason", "asked", "--anyway", "--settle", "--yes")
    assert (both.code, "give one of them" in both.err) == (1, True)
    assert home("erase", "call", "c-1", "--yes").code == 2
    assert home("erase", "call", "c-none", "--reason", "asked", "--yes").code == 1
    assert home.ok("call", "list", "--format", "json").out == before


def test_what_is_due_is_erased(home):
    refused = home("erase", "due", "--yes")
    assert (refused.code, "nothing is ever due" in refused.err) == (1, True)
    (home.home / "tracer.toml").write_text("retention_call_days = 3650\n")
    done = told(home, "erase", "due")
    assert (done["calls"], done["canaries"], done["skipped"], done["clock_doubted"]) == (0, 0, [], False)
    assert "Erased: 0 calls, 0 canaries." in home.ok("erase", "due").out
