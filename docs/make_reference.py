"""make reference: write docs/reference from the program itself. A test holds the pages equal to what it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer
from fastapi import FastAPI

from tracer.bootstrap import build
from tracer.cli.app import app as commands
from tracer.http.heavy import InThisProcess
from tracer.http.metrics import Metrics, RecurringRuns, WhatWaits
from tracer.services.upkeep.count_waiting import Waiting
from tracer.serving.app import create_app
from tracer.settings import config_folder, read_toml

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
MADE = "*Made from the program by `make reference`; do not edit.*"


def pages() -> dict[str, str]:
    """Every page of the reference: file name and text."""
    return {"commands.md": _commands(), "settings.md": _settings(), "api.md": _api(), "metrics.md": _metrics()}


def _commands() -> str:
    parts = ["# Commands", MADE, "Exit codes: 0 done, 1 refused (the message says why and what to do), 2 usage."]
    for path, command in _walk(typer.main.get_command(commands), ("tracer",)):
        parts += _command(path, command)
    return _joined(parts)


def _walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from _walk(child, (*path, name))
    else:
        yield path, command


def _command(path: tuple[str, ...], command: Any) -> list[str]:
    text, _, example = (command.help or "").strip().partition("Example: ")
    shown = [one for one in command.params if one.name != "help"]
    arguments = " ".join(_spelling(one).strip("`") for one in shown if _is_argument(one))
    parts = [f"## {' '.join(path)}", _flowing(text), f"```console\n$ {' '.join(example.split())}\n```"]
    rows = [f"| {_spelling(one)} | {_described(one)} |" for one in shown]
    if arguments:
        parts.insert(1, f"`{' '.join(path)} {arguments}`")
    if rows:
        parts.append("\n".join(["| option | meaning |", "| --- | --- |", *rows]))
    return parts


def _is_argument(parameter: Any) -> bool:
    return parameter.param_type_name == "argument"


def _spelling(parameter: Any) -> str:
    if _is_argument(parameter):
        return "`" + parameter.name.upper().rstrip("_") + "`"
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    return names + (" (repeats)" if parameter.multiple else "")


def _described(parameter: Any) -> str:
    text = _flowing(str(getattr(parameter, "help", "") or "")).replace("|", "\\|")
    default = parameter.default
    if default in (None, False, "", (), []) or callable(default) or parameter.required:
        return text
    return f"{text} Default: {getattr(default, 'value', default)}."


def _settings() -> str:
    parts = [
        "# Settings",
        MADE,
        "Later wins: [config/default.toml](../../config/default.toml), then `tracer.toml` in the home, then `TRACER_…` "
        "in the environment. Two come from the environment only: `TRACER_HOME`, the folder of everything, and "
        "`TRACER_KEY`, the master key in place of a key file.",
    ]
    values = read_toml(config_folder() / "default.toml")
    for comment, name, line in _explained((config_folder() / "default.toml").read_text("utf-8")):
        variable = f"TRACER_{name.upper()}"
        parts += [f"## {name}", f"```toml\n{line}\n```", comment, f"In the environment: `{variable}`."]
        values.pop(name)
    assert not values, f"not explained: {sorted(values)}"
    return _joined(parts)


def _explained(text: str) -> Iterator[tuple[str, str, str]]:
    """The comment before each setting, as prose and code; its name; its line."""
    comment: list[str] = []
    for line in text.splitlines():
        if line.startswith("#"):
            comment.append(line.removeprefix("#").removeprefix(" "))
        elif found := re.match(r"(\w+) = ", line):
            yield _prose(comment), found[1], line
            comment = []
        else:
            comment = []


def _prose(lines: list[str]) -> str:
    blocks: list[str] = []
    for line in lines:
        if line.startswith("  "):
            blocks.append(f"    {line.strip()}")
        elif blocks and not blocks[-1].startswith("    "):
            blocks[-1] += f" {line}"
        else:
            blocks.append(line)
    return "\n\n".join(blocks)


def _api() -> str:
    document = openapi()
    parts = [
        "# HTTP API",
        MADE,
        "The same with examples and what is answered: `/docs` of a running server; for programs: `/openapi.json`. "
        "What holds for all of it (keys, `Idempotency-Key`, refusals, paging) is in [The service](../service.md).",
    ]
    for path, operations in sorted(document["paths"].items()):
        for method, operation in operations.items():
            parts += _operation(f"{method.upper()} {path}", operation)
    parts += ["## Bodies", "What is marked * has to be there."]
    schemas = document["components"]["schemas"]
    for name in sorted(_sent(document["paths"], schemas)):
        parts += [f"### {name}", _flowing(schemas[name].get("description", "")), _fields(schemas[name], schemas)]
    return _joined(parts)


def openapi() -> dict[str, Any]:
    """The document that a server serves."""
    with TemporaryDirectory() as home:
        application = build(Path(home))
        served: FastAPI = create_app(application, InThisProcess(application))
        return served.openapi()


def _operation(title: str, operation: Mapping[str, Any]) -> list[str]:
    parts = [f"## {title}", _flowing(operation.get("description") or operation.get("summary", ""))]
    rows = [
        f"| `{one['name']}` | {one['in']} | {_meaning(one['schema'], one.get('description', ''))} |"
        for one in operation.get("parameters", ())
        if one["name"] != "idempotency-key" and (one["in"] != "path" or "description" in one)
    ]
    if rows:
        parts.append("\n".join(["| parameter | in | meaning |", "| --- | --- | --- |", *rows]))
    body = _schema(operation.get("requestBody", {}).get("content", {}))
    if body:
        parts.append(f"Body: {body}.")
    parts.append("Answers: " + ", ".join(sorted(operation["responses"])) + ".")
    return parts


def _schema(content: Mapping[str, Any]) -> str:
    return ", ".join(f"`{media}`" + _link(_reference(one.get("schema", {}))) for media, one in content.items())


def _link(name: str) -> str:
    return f" ([{name}](#{name.lower()}))" if name else ""


def _reference(schema: Mapping[str, Any]) -> str:
    """The name of the model that a schema stands for, or that its list holds; empty where it is none."""
    choices = [schema, schema.get("items", {}), *schema.get("anyOf", ())]
    return next((one["$ref"].rsplit("/", 1)[1] for one in choices if "$ref" in one), "")


def _sent(paths: Mapping[str, Any], schemas: Mapping[str, Any]) -> set[str]:
    """The models that bodies are made of."""
    contents = [one.get("requestBody", {}).get("content", {}) for found in paths.values() for one in found.values()]
    waiting = [_reference(media.get("schema", {})) for content in contents for media in content.values()]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name and name not in found and "properties" in schemas[name]:
            found.add(name)
            waiting += [_reference(one) for one in schemas[name]["properties"].values()]
    return found


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    rows = []
    for name, one in schema.get("properties", {}).items():
        other = _reference(one)
        words = schemas.get(other, {}).get("enum")
        meaning = _meaning({**one, "enum": words} if words else one, one.get("description", ""))
        kind = f"{_kind(one)}{_link(other) if other and not words else ''}"
        rows.append(f"| `{name}`{' *' if name in required else ''} | {kind} | {meaning} |")
    return "\n".join(["| field | type | meaning |", "| --- | --- | --- |", *rows])


def _kind(schema: Mapping[str, Any]) -> str:
    """`text`, `whole number`, `true or false`, `list` …"""
    names = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list"}
    kinds = [one.get("type", "") for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    return next((names.get(one, one) for one in kinds if one), "text")


def _meaning(schema: Mapping[str, Any], description: str) -> str:
    """What it says of itself, with the words that it may be and what it is where it is left out."""
    choices = [schema, schema.get("items", {}), *schema.get("anyOf", ())]
    words = next((one["enum"] for one in choices if "enum" in one), ())
    told = [_flowing(description)]
    if words:
        told.append("One of: " + ", ".join(f"`{word}`" for word in words if word) + ".")
    default = schema.get("default")
    if default not in (None, False, "", [], {}):
        told.append(f"Default: {str(default).lower() if isinstance(default, bool) else default}.")
    return " ".join(filter(None, told)).replace("|", "\\|")


def _metrics() -> str:
    of_this = [
        (family, metric._labelnames)
        for metric in vars(Metrics()).values()
        if hasattr(metric, "describe")
        for family in metric.describe()
    ]
    together = (RecurringRuns((), datetime.now(UTC)), WhatWaits(Waiting()))
    of_all = [(family, family._labelnames) for one in together for family in one.collect()]
    return _joined(
        [
            "# Metrics",
            MADE,
            "`/metrics`, in the text format of Prometheus. No label holds a name, a number or an id.",
            "Of the process that answers; where several serve, ask each:",
            _families(of_this),
            "From the database, so of all processes together; asking one is enough:",
            _families(of_all),
        ]
    )


def _families(families: Iterable[tuple[Any, Iterable[str]]]) -> str:
    ends = {"counter": "_total", "histogram": "_bucket, _sum, _count"}
    rows = [
        f"| `{family.name}{ends.get(family.type, '').partition(',')[0]}`"
        f"{''.join(f', `{end.strip()}`' for end in ends.get(family.type, '').split(',')[1:])}"
        f" | {family.type} | {' '.join(labels)} | {family.documentation} |"
        for family, labels in families
    ]
    return "\n".join(["| metric | type | labels | meaning |", "| --- | --- | --- | --- |", *rows])


def _flowing(text: str) -> str:
    return " ".join(text.split())


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


if __name__ == "__main__":
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, "utf-8")
