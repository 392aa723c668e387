"""How many names there can be: declared, so that a number refuses before its names get too near.

Measured with the repertoire's first version by `python -m benchmarks.capacity`; docs/how-many-names.md has the table.
"""

from __future__ import annotations

FIRST_NAMES = 100
"""How many first names of a shared number differ in every place that a caller always says."""

LINE_CAPACITY: dict[str, int] = {"zh_CN": 15_000, "en_US": 3_000, "en_GB": 2_000}
"""Names of a locale that one shared number takes, at a distance of two."""

REGISTRY_CAPACITY: dict[str, int] = {"zh_CN": 2_000_000, "en_US": 1_500_000, "en_GB": 600_000}
"""Names of a locale that a registry takes, each with characters and a sound of its own."""


def same_script(one: str, other: str) -> bool:
    """Whether names of two locales can be taken for one another; an unknown locale counts as Chinese."""
    return one.startswith("en") == other.startswith("en")
