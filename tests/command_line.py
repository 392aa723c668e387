"""Runs `tracer` as a user does: in this process for speed, or as a process of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tracer.__main__ import main
from tracer.cli.context import application

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ran:
    """What a run left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    def refused(self) -> str:
        """The message of a refusal: exit code 1, nothing on standard output, no traceback."""
        assert (self.code, self.out) == (1, ""), self
        assert self.err.startswith("tracer: ")
        assert "Traceback" not in self.err
        return self.err


@dataclass
class CommandLine:
    """`tracer` with a home and a database of its own."""

    home: Path
    database_url: str = ""
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        ours = {"TRACER_HOME": str(self.home), "TRACER_DATABASE_URL": self.database_url, "TRACER_ACTOR": "tester"}
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith("TRACER_")},
            **ours,
            **self.more,
        }

    def __call__(self, *arguments: object, stdin: bytes = b"") -> Ran:
        """In this process; everything but the interpreter's start is as in `process`."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        given = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        code = 0
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "argv", ["tracer", *map(str, arguments)])
            patch.setattr(sys, "stdin", given)
            for name in {*os.environ, *self.environment}:
                if name in self.environment:
                    patch.setenv(name, self.environment[name])
                else:
                    patch.delenv(name)
            try:
                main()
            except SystemExit as stop:
                code = int(stop.code or 0)
            finally:
                if application.cache_info().currsize:
                    application().close()
                application.cache_clear()
        return Ran(code, *(_text(stream) for stream in (out, err)))

    def ok(self, *arguments: object, stdin: bytes = b"") -> Ran:
        """In this process, and it must go well."""
        ran = self(*arguments, stdin=stdin)
        assert ran.code == 0, ran.err
        return ran

    def json(self, *arguments: object) -> Any:
        """The JSON that a command prints."""
        return self(*arguments, "--format", "json").json()

    def process(self, *arguments: object, **options: Any) -> Ran:
        """As a process of its own."""
        done = subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, check=False, **options
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: object, **options: Any) -> subprocess.Popen[str]:
        """A process that is not waited for."""
        return subprocess.Popen(self.command(*arguments), env=self.environment, text=True, **options)

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "tracer", *map(str, arguments)]


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()
