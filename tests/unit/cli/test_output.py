"""How commands speak."""

import json

import pytest

from tracer.cli.output import counted, refuse, say_json, say_long_json, say_table
from tracer.domain.errors import AlreadyExists, BundleRejected, InvalidValue, RowProblem, UnknownId


def test_a_refusal_goes_to_standard_error_and_is_exit_code_1(capsys):
    assert refuse(UnknownId("call", "c-1", "`tracer call list` shows them")) == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", "tracer: there is no call 'c-1'. `tracer call list` shows them\n")


def test_bad_rows_are_listed(capsys):
    problems = [RowProblem("orders.csv", 3, "price", "bad"), RowProblem("calls.csv", 0, "", "the file is empty")]
    refuse(BundleRejected(problems, 2))
    lines = capsys.readouterr().err.splitlines()
    assert lines[1:] == ["  orders.csv:3: price: bad", "  calls.csv: the file is empty"]


def test_what_came_is_shown_in_short():
    message = str(InvalidValue("transcript", "x" * 10_000, "less"))
    assert len(message) < 150
    assert message.startswith("transcript: expected less, got 'xxx")


def test_what_is_there_already_is_named():
    assert str(AlreadyExists("channel", "m", "choose another --id")) == (
        "there is a channel 'm' already: choose another --id"
    )


def test_grammar():
    assert str(AlreadyExists("order", "o", "x")).startswith("there is an order 'o'")
    assert [counted(number, "channel") for number in (0, 1, 2_000)] == ["0 channels", "1 channel", "2,000 channels"]


def test_a_table_keeps_markup_and_long_text_as_it_is(capsys):
    say_table(("a", "b"), [["[red]x[/red]", ":smile:"], ["张" * 120, "y"]])
    out = capsys.readouterr().out
    assert "[red]x[/red]" in out
    assert ":smile:" in out
    assert out.count("张") == 120
    assert not any(line.endswith(" ") for line in out.splitlines())


def test_json_is_readable_and_never_holds_what_json_cannot(capsys):
    say_json({"name": "张"})
    assert "张" in capsys.readouterr().out
    with pytest.raises(ValueError, match="JSON"):
        say_json({"p": float("nan")})


def test_a_long_array_is_written_an_entry_a_line_and_is_the_same_json(capsys):
    value = {"a": {"b": [1, {"c": "张"}]}, "calls": [{"id": n, "p": [0.5, None]} for n in range(3)], "none": []}
    say_long_json({**value, "calls": iter(value["calls"]), "none": iter(())})
    out = capsys.readouterr().out
    assert json.loads(out) == value
    assert list(json.loads(out)) == list(value)
    assert '  {"id": 1, "p": [0.5, null]},\n' in out
    with pytest.raises(ValueError, match="JSON"):
        say_long_json({"calls": iter([float("inf")])})
