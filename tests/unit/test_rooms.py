"""The map for newcomers names every room, the rooms hold what a room should, and nothing in them is left over."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRACER = ROOT / "tracer"
MAP = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FILES = sorted(TRACER.rglob("*.py"))


def rooms(*layers):
    for layer in layers:
        yield from (path.parent.relative_to(TRACER).as_posix() for path in (TRACER / layer).glob("*/__init__.py"))


@pytest.mark.parametrize("name", sorted(path.name for path in TRACER.iterdir() if path.name[:1] not in "_."))
def test_the_map_names_every_layer(name):
    assert f"`{name}/`" in MAP or f"`{name}`" in MAP


@pytest.mark.parametrize("room", sorted(rooms("domain", "services", "storage")))
def test_the_map_names_every_room(room):
    assert f"`{room.split('/')[1]}/`" in MAP


def test_the_map_names_every_service():
    services = {path.stem for path in (TRACER / "services").rglob("*.py")} - {"__init__"}
    assert services - set(re.findall(r"`(\w+)`", MAP)) == set()


def test_every_file_that_the_map_names_is_there():
    named = set(
        re.findall(
            r"`((?:api|bootstrap|cli|documents|domain|http|scheduler|services|storage|web)/[\w/]+\.(?:py|po))`", MAP
        )
    )
    assert len(named) > 20
    assert [name for name in sorted(named) if not (TRACER / name).is_file()] == []


def test_no_name_of_a_file_s_own_is_left_over():
    left = []
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        words = Counter(re.findall(r"\b_\w+", text))
        left += [f"{path.relative_to(TRACER)}: {name}" for name in own_names(ast.parse(text)) if words[name] == 1]
    assert left == []


def own_names(tree):
    """The private functions, classes and constants of a module; what a decorator registers is used by that."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
            yield from filter(is_private, [node.name])
        elif isinstance(node, ast.Assign):
            yield from (one.id for target in node.targets for one in ast.walk(target) if is_name(one))


def is_name(node):
    return isinstance(node, ast.Name) and is_private(node.id)


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and name != "_"
