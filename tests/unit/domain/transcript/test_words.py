"""The words of the rules are whole: every file is read, every pattern compiles, every model knows its labels."""

import json
import re
import tomllib
from pathlib import Path

import pytest

import tracer.domain.transcript as transcript
from tracer.domain.call import SCRIPTS, Nature
from tracer.domain.transcript.goods import goods_list

WORDS = Path(next(iter(transcript.__path__))) / "words"


@pytest.mark.parametrize("path", sorted(WORDS.glob("*.toml")), ids=lambda path: path.stem)
def test_a_file_of_words_is_explained_and_well_formed(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    tomllib.loads(text)


@pytest.mark.parametrize("path", sorted(WORDS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_pattern_of_a_file_is_read(path):
    source = "".join(file.read_text(encoding="utf-8") for file in WORDS.parent.glob("*.py"))
    names = tomllib.loads(path.read_text(encoding="utf-8")).keys() if path.stem != "shelves" else ()
    assert [name for name in names if f'"{path.stem}", "{name}"' not in source] == []


def test_each_model_has_a_weight_for_each_label():
    for name, labels in (("nature", set(Nature)), ("story", {"", *SCRIPTS})):
        model = json.loads((WORDS / f"{name}.json").read_text(encoding="utf-8"))
        assert set(model["labels"]) == labels
        assert all(len(row) == len(model["labels"]) for row in model["weights"].values())


def test_a_word_of_goods_is_found_and_stands_on_a_shelf():
    words = goods_list()
    assert words.entries["面膜"].shelf == "skin_care"
    assert words.entries["face mask"] == words.entries["面膜"]
    assert words.entries["护肤品"].whole
    assert words.latin.search("a down jacket")
    assert not words.latin.search("dresser") or re.search(r"\bdresser\b", "dresser")
