"""The words of the rules, kept in data files: words/<room>.toml, one file a room, read when the room is entered."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

_WORDS = Path(__file__).with_name("words")


@lru_cache(maxsize=64)
def _read(room: str) -> dict[str, Any]:
    return tomllib.loads((_WORDS / f"{room}.toml").read_text(encoding="utf-8"))


def pattern(room: str, name: str) -> re.Pattern[str]:
    """A pattern of a room's file, its lines joined."""
    return re.compile("".join(_read(room)[name]))


def text(room: str, name: str) -> str:
    """A piece of a pattern, its lines joined."""
    return "".join(_read(room)[name])


def texts(room: str, name: str) -> dict[str, str]:
    """A table of patterns as text, their lines joined."""
    return {key: "".join(lines) for key, lines in _read(room)[name].items()}


def patterns(room: str, name: str) -> dict[str, re.Pattern[str]]:
    """A table of patterns."""
    return {key: re.compile(text) for key, text in texts(room, name).items()}


def table(room: str, name: str) -> dict[str, str]:
    """A table of words, each with what it stands for."""
    return dict(_read(room)[name])


def words(room: str, name: str) -> frozenset[str]:
    """A list of words with blanks between."""
    return frozenset(" ".join(_read(room)[name]).split())
