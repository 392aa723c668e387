"""What the docs say of the codebook's size is what the program holds."""

from __future__ import annotations

import re
from pathlib import Path

from tracer.domain.codebook.capacity import FIRST_NAMES, LINE_CAPACITY, REGISTRY_CAPACITY
from tracer.domain.codebook.repertoire import LOCALES, given_words, surnames

DOCS = Path(__file__).parents[2] / "docs"


def test_the_capacities_of_the_docs_are_those_declared() -> None:
    page = (DOCS / "how-many-names.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| about ([\d,]+) \|$", page, re.M)
    said = {locale: [int(value.replace(",", "")) for value in values] for locale, *values in rows}
    assert tuple(said) == LOCALES
    for locale, (first, line, line_end, registry, registry_end) in said.items():
        assert (first, line, registry) == (FIRST_NAMES, LINE_CAPACITY[locale], REGISTRY_CAPACITY[locale])
        assert line < line_end
        assert registry < registry_end


def test_the_lists_are_as_long_as_the_docs_say() -> None:
    page = (DOCS / "repertoire.md").read_text(encoding="utf-8")
    assert f"| Chinese surnames | {len(surnames('zh_CN').words)} |" in page
    for gender, called in (("female", "women"), ("male", "men")):
        sizes = [len(given_words("zh_CN", gender, place).words) for place in (1, 2)]
        assert f"| Chinese given names, {called} | {sizes[0]} + {sizes[1]} characters" in page
