"""make readme: put the first lines of `tracer demo` into both READMEs. A test holds them equal."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")
BLOCK = re.compile(r"(<!-- demo:.*?-->\n```text\n).*?(```\n)", re.DOTALL)


def first_lines(demo: str) -> str:
    """The demo's output up to the table of calls."""
    return demo.split("\nCALLS THAT USED LEAKED DATA")[0] + "\n"


def renewed(text: str, demo: str) -> str:
    """A README with its block replaced."""
    return BLOCK.sub(lambda found: found[1] + first_lines(demo) + found[2], text)


if __name__ == "__main__":
    command = [sys.executable, "-m", "tracer", "demo"]
    output = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    for name in READMES:
        path = ROOT / name
        path.write_text(renewed(path.read_text("utf-8"), output), "utf-8")
