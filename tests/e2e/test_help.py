"""Every command says in --help what it does, with an example that names it."""

import pytest
import typer

from tracer.cli.app import app


@pytest.fixture
def tracer(first_tracer):
    """Without a home: help makes none."""
    return first_tracer


def walk(command, path=("tracer",)):
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from walk(child, (*path, name))


COMMANDS = dict(walk(typer.main.get_command(app)))


@pytest.mark.parametrize("path", [path for path, command in COMMANDS.items() if not hasattr(command, "commands")])
def test_a_command_has_an_example(tracer, path):
    text = tracer.ok(*path[1:], "--help").out
    assert f"Example: {' '.join(path)}" in text
    assert "Usage: " in text
    assert not tracer.home.exists()


@pytest.mark.parametrize("path", [path for path, command in COMMANDS.items() if hasattr(command, "commands")])
def test_a_group_lists_its_commands(tracer, path):
    ran = tracer(*path[1:], "--help")
    assert ran.code == 0
    for name in COMMANDS[path].commands:
        assert name in ran.out


@pytest.mark.parametrize("path", [path for path, command in COMMANDS.items() if not hasattr(command, "commands")])
def test_every_option_and_argument_is_described(path):
    bare = [parameter.name for parameter in COMMANDS[path].params if not getattr(parameter, "help", None)]
    assert bare == []


def test_the_surface_is_there():
    names = {" ".join(path[1:]) for path in COMMANDS}
    assert names >= {
        *("demo", "migrate", "channel add", "channel list", "channel show", "number add", "number list"),
        *("canary issue", "canary list", "canary show", "canary retire", "order add", "order list"),
        *(
            "call log",
            "call list",
            "call show",
            "identify",
            "explain",
            "report",
            "refresh",
            "plan",
            "simulate",
            "import",
            "export",
        ),
    }
