"""What the code refuses with, read out of its source: each text as it would be said, with its values made up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TEXTS = {
    "InvalidValue": {2: "expected", 3: "hint"},
    "UnknownId": {2: "hint"},
    "AlreadyExists": {2: "difference"},
    "NotAllowed": {0: ""},
    "CapacityExhausted": {0: ""},
    "NotAuthenticated": {0: ""},
    "RequestReused": {0: ""},
    "RequestInFlight": {0: ""},
    "WrongKey": {0: ""},
    "StoreUnavailable": {0: ""},
    "DatabaseTooNew": {0: ""},
    "EvidenceRejected": {0: ""},
    "LedgerForked": {0: ""},
    "say": {0: ""},  # a problem that an audit notes
    "RowProblem": {3: "reason"},
}
"""Which arguments of an error are texts for people."""


class Refusal(NamedTuple):
    """One text of one error, and where it stands."""

    where: str
    text: str


def refusals_in(path: Path) -> Iterator[Refusal]:
    """Every text that stands in an error of the file itself; those that are made elsewhere are not found."""
    tree = ast.parse(path.read_text())
    constants = {
        target.id: found
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
        for found in _said(node.value, {})[:1]
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (called := _name(node.func)) in TEXTS:
            given = dict(enumerate(node.args))
            for place, name in TEXTS[called].items():
                value = given.get(place) or next((one.value for one in node.keywords if one.arg == name), None)
                for text in _said(value, constants) if value is not None else []:
                    if re.search("[a-z]", text):
                        yield Refusal(f"{path.name}:{node.lineno}", text)


def _name(function: ast.expr) -> str:
    return getattr(function, "id", "") or getattr(function, "attr", "")


def _said(node: ast.AST, constants: dict[str, str]) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else (_made_up(part, constants)) for part in node.values]
        return ["".join(parts)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        right = _said(node.right, constants) or ["7"]
        return [left + end for left in _said(node.left, constants) for end in right]
    if isinstance(node, ast.IfExp):
        return [*_said(node.body, constants), *_said(node.orelse, constants)]
    if isinstance(node, ast.Name) and node.id in constants:
        return [constants[node.id]]
    return []


def _made_up(part: ast.AST, constants: dict[str, str]) -> str:
    if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name) and part.value.id in constants:
        return constants[part.value.id]
    return "'7'" if isinstance(part, ast.FormattedValue) and part.conversion == ord("r") else "7"
